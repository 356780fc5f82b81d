"""What other starts of the application hand to this one, which runs: the answering side of single_instance.py.

Accepts on the application's own loop.  Owned by app.py, which stops it before the last window goes.  Invariant: what
is answered as taken is opened; what comes while the application ends is not answered, and its start opens it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable

from capsule_desktop.hand_over import (
    LINE_LIMIT,
    Answer,
    HandOver,
    HandOverError,
    answer_line,
    read_request,
)
from capsule_desktop.single_instance import Instance
from engine.session.runtime_folder import peer_identity
from engine.tasks import TaskOwner

log = logging.getLogger("capsule.hand_over")

LINE_LIMIT_S = 5.0  # a start says what it wants at once
AT_ONCE = 128  # connections; more are closed, and their starts open windows of their own


class HandedOver:
    """take: open what was handed over; called on the loop, and returns at once.

    Accepts by itself: asyncio's server leaves a connection open that comes while it is closed (python/cpython#109564).
    """

    def __init__(self, instance: Instance, take: Callable[[HandOver], None]) -> None:
        self._instance, self._take = instance, take
        self._loop = asyncio.get_running_loop()
        self._tasks = TaskOwner("hand-over", log)
        self._is_stopped = False

    def begin(self) -> None:
        self._instance.listener.setblocking(False)
        self._loop.add_reader(self._instance.listener, self._accept)
        self._instance.ready()

    def stop(self) -> None:
        """Take nothing more: from now on another start is the one of the session."""
        if self._is_stopped:
            return
        self._is_stopped = True
        self._tasks.cancel()
        try:
            self._instance.release(lambda: self._loop.remove_reader(self._instance.listener))
        except OSError as error:
            log.warning("the next start may not find that this one has ended: %s", error)

    async def close(self) -> None:
        self.stop()
        await self._tasks.close()

    def _accept(self) -> None:
        try:
            connection, _ = self._instance.listener.accept()
        except (BlockingIOError, ConnectionError):
            return  # whoever it was has gone
        except OSError as error:
            log.warning("files of other starts are not taken any more: %s", error)
            self.stop()
            return
        if len(self._tasks) >= AT_ONCE:
            connection.close()
            return
        serving = self._tasks.spawn(self._serve(connection), name="request")
        serving.add_done_callback(lambda _task: connection.close())  # one that is cancelled may never have begun

    async def _serve(self, connection: socket.socket) -> None:
        if not _is_own(connection):
            return
        reader, writer = await asyncio.open_unix_connection(sock=connection, limit=LINE_LIMIT)
        try:
            async with asyncio.timeout(LINE_LIMIT_S):
                line = await reader.readline()
            if line:
                writer.write(answer_line(self._answer(line)))
                await writer.drain()
        except ValueError:  # readline's, for a line over the limit
            log.warning("what was handed over is refused: it is longer than %s bytes", LINE_LIMIT)
            writer.write(answer_line(Answer(why="Too much was handed over at once.")))
        except (TimeoutError, ConnectionError) as error:
            log.warning("a hand-over came to nothing: %r", error)
        finally:
            writer.close()

    def _answer(self, line: bytes) -> Answer:
        try:
            request = read_request(line)
        except HandOverError as error:
            log.warning("what was handed over is refused: %s", error)
            return Answer(why="What was handed over was not understood.")
        if time.monotonic() > request.until:
            log.warning("what was handed over is not opened: nobody waits for it any more")
            return Answer(why="It took too long.")
        self._take(request)
        return Answer()


def _is_own(connection: socket.socket) -> bool:
    uid, pid = peer_identity(connection)
    if uid != os.getuid():
        log.warning("process %s of another user is not listened to", pid)
    return uid == os.getuid()
