"""A worker without IPython: an asyncio server that speaks the protocol, in the test's process or as its own.

In the test's process, FakeWorker sends and appends exactly what the test says.  Run as a script with a
worker's arguments, it obeys a tiny language instead of Python (see _obey), and dies like a real one.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.protocol.codec import Decoder, encode
from engine.protocol.framing import FrameReader, frame
from engine.protocol.messages import (
    BACKGROUND,
    BACKGROUND_LOG,
    PROTOCOL_VERSION,
    Adopt,
    Attach,
    Attached,
    Checkpoint,
    CheckpointReport,
    Detach,
    Error,
    Execute,
    LogAt,
    Message,
    Output,
    Query,
    QueryReply,
    Ready,
    Refused,
    Result,
    Shutdown,
)


class FakeWorker:
    """One listening worker.  received: everything the application sent, in order."""

    def __init__(self, socket: Path, token: bytes, *, version: int = PROTOCOL_VERSION, says_ready: bool = True) -> None:
        self._socket = socket
        self._token = token
        self._version = version
        self._says_ready = says_ready
        self._writer: asyncio.StreamWriter | None = None
        self._connected = asyncio.Event()
        self.garbage = False
        self.refuses = ""  # at once, without a look at who is there
        self.received: asyncio.Queue[Message] = asyncio.Queue()
        self.adopted: Adopt | None = None
        self.log_ends: dict[str, int] = {}
        self.running = ""
        self.lets_go = True  # at Detach, as a real one does

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[FakeWorker]:
        server = await asyncio.start_unix_server(self._serve, self._socket)
        try:
            yield self
        finally:
            server.close()
            self.hang_up()
            await server.wait_closed()

    async def received_a[M: Message](self, kind: type[M]) -> M:
        """The next message of that kind; those before it are passed over."""
        while True:
            message = await self.received.get()
            if isinstance(message, kind):
                return message

    async def send(self, *messages: Message) -> None:
        await self.send_bytes(b"".join(encode(message) for message in messages))

    async def send_bytes(self, data: bytes) -> None:
        await self._connected.wait()
        assert self._writer is not None
        self._writer.write(data)
        await self._writer.drain()

    async def log(self, log_id: str, *messages: Message) -> None:
        """Append messages to a log and say how far it reaches."""
        self.append(log_id, b"".join(encode(message) for message in messages))
        await self.announce(log_id)

    def append(self, log_id: str, data: bytes) -> None:
        assert self.adopted is not None, "not adopted yet"
        name = BACKGROUND_LOG if log_id == BACKGROUND else f"{log_id}.log"
        with (Path(self.adopted.log_directory) / name).open("ab") as file:
            file.write(data)
        self.log_ends[log_id] = self.log_ends.get(log_id, 0) + len(data)

    async def announce(self, log_id: str) -> None:
        await self.send(LogAt(execution_id=log_id, end_offset=self.log_ends[log_id]))

    def hang_up(self) -> None:
        """Close the connection, while the worker lives on."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._connected.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._writer is not None:
            await reader.read(65536)
            await self._refuse(writer, "another application is attached")
            return
        if self.refuses:
            await self._refuse(writer, self.refuses)
            return
        self._writer = writer
        self._connected.set()
        frames, decoder = FrameReader(), Decoder()
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                for body in frames.feed(data):
                    message = decoder.decode(body)
                    if message is not None:
                        await self._take(message)
        if self._writer is writer:
            self.hang_up()
        writer.close()

    async def _refuse_this(self, reason: str) -> None:
        assert self._writer is not None
        await self._refuse(self._writer, reason)
        self.hang_up()

    async def _refuse(self, writer: asyncio.StreamWriter, reason: str) -> None:
        writer.write(encode(Refused(reason=reason)))
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    async def _take(self, message: Message) -> None:
        match message:
            case Attach(token=token) if token != self._token:
                await self._refuse_this("the token is wrong")
            case Attach() if self.garbage:
                await self.send_bytes(frame(b"what a later version says"))
            case Attach(protocol_version=version) if version != self._version:
                await self._refuse_this(f"this worker speaks protocol {self._version}, the application {version}")
            case Attach():
                await self.send(self._attached(), *([ready()] if self._says_ready else []))
            case Detach() if self.lets_go:
                self.hang_up()
            case Adopt():
                self.adopted = message
            case _:
                pass
        self.received.put_nowait(message)

    def _attached(self) -> Attached:
        return Attached(
            protocol_version=self._version, pid=os.getpid(), running=self.running, log_ends=dict(self.log_ends)
        )


def ready() -> Ready:
    return Ready(pid=os.getpid(), python_version="3.12", ipython_version="9", executable=sys.executable)


def printed(execution_id: str, text: str) -> Output:
    return Output(execution_id=execution_id, stream="stdout", text=text)


def result(execution_id: str) -> Result:
    return Result(execution_id=execution_id, execution_count=1, execution_time=0.25)


# --- as a process of its own


async def _obey(worker: FakeWorker, execute: Execute) -> None:
    """`print TEXT`, `print adopted` (where checkpoints go), `exit CODE`, `signal NAME`, `say TEXT` (to stderr), `hold`
    (never end)."""
    verb, _, rest = execute.code.partition(" ")
    execution_id = execute.execution_id
    match verb:
        case "print" if rest == "adopted":
            assert worker.adopted is not None
            await worker.log(execution_id, printed(execution_id, worker.adopted.checkpoint_directory))
        case "print":
            await worker.log(execution_id, printed(execution_id, rest))
        case "exit":
            worker.append(execution_id, encode(printed(execution_id, "last words")))
            os._exit(int(rest))
        case "signal":
            worker.append(execution_id, encode(printed(execution_id, "last words")))
            os.kill(os.getpid(), signal.Signals[rest])
        case "say":
            os.write(2, rest.encode())
        case "hold":
            worker.running = execution_id
            await worker.log(execution_id, printed(execution_id, "holding"))
            return
        case _:
            failed = Error(
                execution_id=execution_id, error_type="NameError", message=verb, traceback=[], execution_time=0.1
            )
            await worker.log(execution_id, failed)
            return
    await worker.log(execution_id, result(execution_id))


async def _obey_all(worker: FakeWorker) -> None:
    while True:
        match await worker.received.get():
            case Execute() as execute:
                await _obey(worker, execute)
            case Query(id=request_id):
                await worker.send(QueryReply(request_id=request_id, reply={"matches": ["print"]}))
            case Checkpoint(id=request_id, path=path):
                await worker.send(CheckpointReport(request_id=request_id, path=path, size_bytes=0, variables=[]))
            case Shutdown():
                return
            case _:
                pass


async def _main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--socket", "--token-file"):
        parser.add_argument(name, required=True, type=Path)
    parser.add_argument("--parent-pid", required=True, type=int)
    parser.add_argument("--never-ready", action="store_true")
    parser.add_argument("--version", type=int, default=PROTOCOL_VERSION)
    parser.add_argument("--garbage", action="store_true")
    parser.add_argument("--say-listening", action="store_true")
    arguments = parser.parse_args()
    token = arguments.token_file.read_bytes()
    worker = FakeWorker(arguments.socket, token, version=arguments.version, says_ready=not arguments.never_ready)
    worker.garbage = arguments.garbage
    async with worker.serving():
        if arguments.say_listening:
            print("listening", flush=True)
        await _obey_all(worker)


if __name__ == "__main__":
    asyncio.run(_main())
