"""THE single reader of a worker's control socket and output logs (invariant 2); it also writes the socket.

Two tasks of the session read: one the socket, whose LogAt only say how far a log is valid, and one the
logs, slice by slice, so that the loop stays live and a consumer that is behind can hold it up.  Every
message goes to the session's state, to the interceptors and to the router, in that order; all of an
execution's log is routed before its Result, and nothing of it after (invariant 3): a log is read because it
is wanted, and wanted no more once its Result was routed, whatever the worker says of it later.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from engine.errors import EngineError, PeerError
from engine.protocol.codec import CodecError, Decoder, UnknownType, encode
from engine.protocol.framing import FrameReader, FramingError
from engine.protocol.messages import (
    BACKGROUND,
    Error,
    LogAt,
    LogMessage,
    Message,
    Result,
    ToApplication,
)
from engine.session.log_queue import Announcement, LogQueue
from engine.session.log_reader import LogReader, is_log_id, log_path
from engine.session.transport import Connection
from engine.tasks import Logger, TaskOwner

BURST_S = 0.002  # of routing in one piece; then the loop gets its turn (a window paints on it)
LAST_WORDS_S = 0.5  # for the socket's end after the process's: a forked child may hold it open for ever

_ON_SOCKET: tuple[type[Message], ...] = get_args(ToApplication)
_IN_LOGS: tuple[type[Message], ...] = get_args(LogMessage)


@dataclass(frozen=True, kw_only=True)
class LinkEnd:
    """The connection is of no more use.  garbage: what came is not our protocol."""

    words: str
    garbage: bool = False


class Link:
    """One connection and the logs that belong to it; route is called with every message, in order."""

    def __init__(
        self, connection: Connection, *, tasks: TaskOwner, logger: Logger, route: Callable[[Message], None]
    ) -> None:
        self._connection = connection
        self._tasks = tasks
        self._logger = logger
        self._route = route
        self._queue = LogQueue()
        self._announced = asyncio.Event()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._paused = self._hurried = False
        self._directory: Path | None = None
        self._background_from: int | None = None
        self._wanted = {BACKGROUND}
        self._logs: dict[str, LogReader] = {}
        self._finishing = False
        self._read_up_to: dict[str, int] = {}  # by log that another application began: how far it reached then
        self._caught_up: dict[str, asyncio.Event] = {}
        self._burst_ends = 0.0
        self._socket_task: asyncio.Task[None] | None = None
        self._log_task: asyncio.Task[None] | None = None
        self._unknown_types: set[str] = set()
        self.ended: asyncio.Future[LinkEnd] = asyncio.get_running_loop().create_future()

    def start(self) -> None:
        """Read the socket from now on."""
        self._socket_task = self._tasks.spawn(self._read_socket(), "socket")

    def follow_logs(self, directory: Path, wanted: Iterable[str], background_from: int | None) -> None:
        """Read logs in directory from now on: of the executions in wanted from their beginnings, and the background's
        from background_from, or (None) from where note_ends() says that it ends."""
        self._directory = directory
        self._wanted.update(wanted)
        self._background_from = background_from
        if self._log_task is None:
            self._log_task = self._tasks.spawn(self._read_logs(), "logs")

    def expect(self, execution_id: str) -> bool:
        """Read its log, to the end when the worker dies even where it announced nothing of it; whether this is new."""
        new = execution_id not in self._wanted
        self._wanted.add(execution_id)
        return new

    def read_whole(self, execution_id: str) -> None:
        """Read what its log holds already, which was announced to another application; the rest is announced here."""
        try:
            self.announce(execution_id, self._log(execution_id).size())
        except PeerError as error:
            self._end(LinkEnd(words=str(error), garbage=True))

    def withdraw(self, execution_id: str) -> None:
        """The worker did not take what was expected: its log, if there is one, is no business of this link."""
        self._forget(execution_id)

    def note_ends(self, log_ends: Mapping[str, int]) -> None:
        """How far the worker's logs reached when it was attached to."""
        background_end = log_ends.get(BACKGROUND, 0)
        if self._background_from is None or self._background_from > background_end:  # that was of another log
            self._background_from = background_end
        for log_id, end_offset in log_ends.items():
            self._read_up_to[log_id] = end_offset
            self.announce(log_id, end_offset)

    async def caught_up(self, log_id: str) -> None:
        """Wait until all that was in the log when the worker was attached to is routed, or nothing is any more."""
        if log_id in self._read_up_to and log_id in self._wanted:
            await self._caught_up.setdefault(log_id, asyncio.Event()).wait()

    def announce(self, log_id: str, end_offset: int) -> None:
        """The log is valid up to end_offset: read it on, when its turn comes; nothing where it is not wanted."""
        if log_id in self._wanted:
            self._queue.add(Announcement(log_id, end_offset))
            self._announced.set()

    def pause(self) -> None:
        """Route nothing more of the logs until resume(); the socket is read on, and its LogAt merge."""
        self._paused = True
        if not self._hurried:
            self._flowing.clear()

    def resume(self) -> None:
        self._paused = False
        self._flowing.set()

    def hurry(self) -> None:
        """Wait for no paused consumer any more: what it did not take stays in the log files."""
        self._hurried = True
        self._flowing.set()

    @property
    def background_offset(self) -> int:
        """Where another reader of the background log would have to start, so that nothing is lost or doubled."""
        log = self._logs.get(BACKGROUND)
        return (self._background_from or 0) if log is None else log.settled_offset

    async def send(self, message: Message) -> None:
        """Raises PeerError when the connection is gone, EngineError for what cannot be sent."""
        try:
            data = encode(message)
        except CodecError as error:
            raise EngineError(f"This cannot be sent to the worker: {error}.") from error
        await self._connection.send(data)

    async def finish(self) -> None:
        """The process is gone: route what stands in the socket and in the logs, up to the last whole frame."""
        if self._socket_task is not None:
            await asyncio.wait((self._socket_task,), timeout=LAST_WORDS_S)
        if self._directory is not None:
            self._announce_all()
        self._finishing = True
        self._announced.set()
        if self._log_task is not None:
            await asyncio.wait((self._log_task,))

    async def close(self) -> None:
        """Read nothing more and free what is open; the tasks are their owner's to cancel."""
        for log in self._logs.values():
            log.close()
        self._read_up_to.clear()
        for waited_for in self._caught_up.values():
            waited_for.set()
        await self._connection.close()

    def _announce_all(self) -> None:
        for log_id in sorted(self._wanted):
            try:
                self.announce(log_id, self._log(log_id).size())
            except PeerError as error:
                self._logger.warning("what the worker printed last is not shown: %s", error)

    # --- the socket

    async def _read_socket(self) -> None:
        frames, decoder = FrameReader(), Decoder()
        try:
            while data := await self._connection.receive():
                for body in frames.feed(data):
                    self._take_body(decoder, body)
            self._end(LinkEnd(words="The worker closed the connection."))
        except (FramingError, CodecError) as error:
            self._end(LinkEnd(words=f"The worker sent what is no message: {error}.", garbage=True))
        except PeerError as error:
            self._end(LinkEnd(words=str(error)))

    def _take_body(self, decoder: Decoder, body: bytes) -> None:
        try:
            message = decoder.decode(body)
        except UnknownType as error:
            self._note_unknown(error.type_name)
            return
        match message:
            case None:
                pass
            case LogAt(execution_id=log_id, end_offset=end_offset):
                if not is_log_id(log_id):
                    raise CodecError(f"it named a log that cannot be: {log_id[:80]!r}")
                self._route(message)
                self.announce(log_id, end_offset)
            case _ if isinstance(message, _ON_SOCKET):
                self._route(message)
            case _:
                raise CodecError(f"{type(message).__name__} does not belong on the socket")

    # --- the logs

    async def _read_logs(self) -> None:
        try:
            while True:
                while (next_log := self._queue.take()) is not None:
                    await self._read_to(next_log)
                    self._note_progress(next_log)
                if self._finishing:
                    return
                self._announced.clear()
                await self._announced.wait()
                self._burst_ends = time.perf_counter() + BURST_S
        except PeerError as error:
            self._end(LinkEnd(words=str(error), garbage=True))

    async def _read_to(self, target: Announcement) -> None:
        if target.log_id not in self._wanted:
            return
        log = self._log(target.log_id)
        while log.offset < target.end_offset and target.log_id in self._wanted:
            for message in log.read(target.end_offset):
                if self._paused:
                    await self._flowing.wait()
                if self._paused:
                    return
                log.settle()  # before it is routed: who takes it is told how far the log reaches with it
                self._take_logged(target.log_id, message)
                if time.perf_counter() > self._burst_ends:
                    await asyncio.sleep(0)
                    self._burst_ends = time.perf_counter() + BURST_S
            while log.unknown_types:
                self._note_unknown(log.unknown_types.pop())
        if target.log_id not in self._wanted:
            self._forget(target.log_id)

    def _note_progress(self, read: Announcement) -> None:
        if self._read_up_to and read.end_offset >= self._read_up_to.get(read.log_id, read.end_offset + 1):
            del self._read_up_to[read.log_id]
            if read.log_id in self._caught_up:
                self._caught_up.pop(read.log_id).set()

    def _take_logged(self, log_id: str, message: Message) -> None:
        if not isinstance(message, _IN_LOGS):
            raise PeerError(f"{type(message).__name__} does not belong in an output log.")
        if log_id not in self._wanted:
            self._logger.warning("the log of %s goes on after its end with %s", log_id, type(message).__name__)
            return
        if isinstance(message, Result | Error):
            if message.execution_id != log_id:
                raise PeerError(f"The output log of {log_id} ends with another execution's result.")
            self._wanted.discard(log_id)
        self._route(message)

    def _log(self, log_id: str) -> LogReader:
        if self._directory is None:
            raise PeerError("The worker has a log before it was told where to write one.")
        if log_id not in self._logs:
            start = self._background_from or 0 if log_id == BACKGROUND else 0
            self._logs[log_id] = LogReader(log_path(self._directory, log_id), start)
        return self._logs[log_id]

    def _forget(self, log_id: str) -> None:
        self._wanted.discard(log_id)
        log = self._logs.pop(log_id, None)
        if log is not None:
            log.close()

    def _note_unknown(self, type_name: str) -> None:
        if type_name not in self._unknown_types:
            self._unknown_types.add(type_name)
            self._logger.info("the worker knows messages of type %r, which this version skips", type_name)

    def _end(self, end: LinkEnd) -> None:
        if not self.ended.done():
            self.ended.set_result(end)
