"""A worker as a real process and a plain synchronous client of it, for tests of the worker alone.

The client reads the logs as LogAt says, as the session's link does, but blocks instead of awaiting.
Every wait has a limit, and a worker that is left over is killed with its process group.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from engine.protocol.codec import Decoder, encode
from engine.protocol.framing import FrameReader
from engine.protocol.messages import (
    PROTOCOL_VERSION,
    Adopt,
    Attach,
    Attached,
    Error,
    Execute,
    Heartbeat,
    InputResponse,
    Interrupt,
    LogAt,
    Message,
    Output,
    Query,
    QueryReply,
    Ready,
    Result,
    new_id,
)
from engine.session.process import worker_command
from engine.session.travelling import Travelling

PYTHON = os.environ.get("CAPSULE_WORKER_PYTHON", sys.executable)  # another one runs all worker tests under it
LIMIT_S = 30.0  # for anything a worker does in a test

# waits for a lock in C code, which goes on waiting after a signal; says so with no step of Python in between
NEVER_RETURNS = (
    "import ctypes, itertools, os; lib, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(256)\n"
    "lock = lib.pthread_mutex_lock; lock(mutex)\n"
    "list(itertools.chain(map(os.write, [1], [b'waits\\n']), map(lock, [mutex])))"
)

M = TypeVar("M", bound=Message)


@dataclass
class Log:
    """One log file as far as it was announced."""

    path: Path
    frames: FrameReader = field(default_factory=FrameReader)
    decoder: Decoder = field(default_factory=Decoder)
    read: int = 0
    messages: list[Message] = field(default_factory=list)

    def read_to(self, end: int) -> list[Message]:
        with self.path.open("rb") as file:
            file.seek(self.read)
            data = file.read(end - self.read)
        assert len(data) == end - self.read, "a LogAt points past the end of its log"
        self.read = end
        new = [m for m in (self.decoder.decode(body) for body in self.frames.feed(data)) if m is not None]
        assert self.frames.pending_bytes == 0, "a LogAt points into a frame"
        self.messages += new
        return new


class Client:
    """One connection to a worker."""

    def __init__(self, socket_path: Path, log_directory: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(LIMIT_S)
        try:
            self.socket.connect(str(socket_path))
        except OSError:
            self.socket.close()
            raise
        self.log_directory = log_directory
        self.logs: dict[str, Log] = {}
        self.others: list[Message] = []  # what came on the socket and was not waited for
        self._frames, self._decoder = FrameReader(), Decoder()
        self._arrived: deque[Message] = deque()

    def send(self, message: Message) -> None:
        self.socket.sendall(encode(message))

    def receive(self) -> Message:
        """The next message of the socket.  Raises EOFError at its end, TimeoutError after LIMIT_S."""
        while not self._arrived:
            data = self.socket.recv(1 << 16)
            if not data:
                raise EOFError("the worker closed the connection")
            for body in self._frames.feed(data):
                message = self._decoder.decode(body)
                if message is not None:
                    self._arrived.append(message)
        return self._arrived.popleft()

    def wait_for(self, kind: type[M], matching: Callable[[M], bool] = lambda _: True) -> M:
        """The next message of a kind, of the socket or of a log; what passes by is kept in logs and others."""
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            for message in self._step():
                if isinstance(message, kind) and matching(message):
                    return message
        raise TimeoutError(f"no {kind.__name__} within {LIMIT_S} s")

    def _step(self) -> list[Message]:
        message = self.receive()
        if isinstance(message, LogAt):
            return self.read_log(message.execution_id, message.end_offset)
        if not isinstance(message, Heartbeat):
            self.others.append(message)
        return [message]

    def read_log(self, execution_id: str, end: int) -> list[Message]:
        log = self.logs.setdefault(execution_id, Log(self.log_directory / f"{execution_id}.log"))
        return log.read_to(end)

    def attach(self, token: bytes, *, version: int = PROTOCOL_VERSION) -> Attached:
        self.send(Attach(protocol_version=version, token=token, application_id=new_id()))
        return self.wait_for(Attached)

    def start(self, code: str, execution_id: str = "", **options: bool) -> str:
        execution_id = execution_id or new_id()
        self.send(Execute(execution_id=execution_id, code=code, **options))
        return execution_id

    def finish(self, execution_id: str) -> list[Message]:
        """All of an execution's log, once its last frame is there."""
        log = self.logs.get(execution_id)
        if log is None or not log.messages or not isinstance(log.messages[-1], (Result, Error)):
            self.wait_for(Message, lambda m: isinstance(m, (Result, Error)) and m.execution_id == execution_id)
        log = self.logs.get(execution_id)
        return log.messages if log is not None else []

    def run(self, code: str, **options: bool) -> list[Message]:
        return self.finish(self.start(code, **options))

    def text(self, code: str, stream: str = "stdout") -> str:
        """What code prints."""
        return text_of(self.run(code), stream)

    def answer(self, execution_id: str, number: int, data: str = "", *, eof: bool = False) -> None:
        self.send(InputResponse(execution_id=execution_id, input_number=number, data=data, eof=eof))

    def interrupt(self) -> None:
        self.send(Interrupt())

    def ask(self, kind: str, **arguments: object) -> QueryReply:
        query = Query(kind=kind, arguments=arguments)
        self.send(query)
        return self.wait_for(QueryReply, lambda reply: reply.request_id == query.id)

    def close(self) -> None:
        self.socket.close()


class WorkerProcess:
    """A worker in a folder of its own; leaving the context ends it."""

    def __init__(
        self,
        folder: Path,
        *,
        python: str = PYTHON,
        environment: dict[str, str] | None = None,
        parts: Travelling | None = None,
    ) -> None:
        self.folder = folder
        folder.chmod(0o700)
        self.socket_path = folder / "s"
        self.log_directory = folder / "outputs"
        self.log_directory.mkdir(exist_ok=True)
        self.checkpoint_directory = folder / "checkpoints"
        self.working_directory = folder / "work"
        self.working_directory.mkdir(exist_ok=True)
        self.token = secrets.token_bytes(32)
        token_path = folder / "token"
        token_path.touch(mode=0o600)
        token_path.write_bytes(self.token)
        self.stderr_path = folder / "stderr"
        self._clients: list[Client] = []
        with self.stderr_path.open("wb") as stderr:
            self.process = subprocess.Popen(
                worker_command(python, socket=self.socket_path, token=token_path, parts=parts),
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        for client in self._clients:
            client.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(LIMIT_S)
        if kind is not None:
            sys.stderr.write(self.stderr())

    def connect(self) -> Client:
        """A connection, as soon as the worker listens."""
        deadline = time.monotonic() + LIMIT_S
        while True:
            try:
                client = Client(self.socket_path, self.log_directory)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                # binding makes no event that another process could wait for; the application polls here too
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.005)
        self._clients.append(client)
        return client

    def attach(self, *, outlives: bool = True, allow_stdin: bool = True, checkpoints: bool = False) -> Client:
        """Connected, attached, adopted and ready; checkpoints: with automatic ones, in checkpoint_directory."""
        client = self.connect()
        client.attach(self.token)
        if checkpoints:
            self.checkpoint_directory.mkdir(exist_ok=True)
        client.send(
            Adopt(
                session_id="test",
                working_directory=str(self.working_directory),
                log_directory=str(self.log_directory),
                outlives=outlives,
                allow_stdin=allow_stdin,
                checkpoint_directory=str(self.checkpoint_directory) if checkpoints else "",
            )
        )
        client.wait_for(Ready)
        return client

    def stderr(self) -> str:
        return self.stderr_path.read_text(errors="replace")


@contextlib.contextmanager
def running_worker(folder: Path, **options: str) -> Iterator[Client]:
    """A client of a worker of its own."""
    with WorkerProcess(folder, **options) as worker:
        yield worker.attach()


def text_of(messages: list[Message], stream: str = "stdout") -> str:
    return "".join(m.text for m in messages if isinstance(m, Output) and m.stream == stream)
