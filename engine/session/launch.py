"""From nothing to a session whose worker is ready, or a WorkerStartError with the worker's own words.

Owns the time between spawn and Ready: whatever goes wrong in it leaves no process and no file behind.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from pathlib import Path

from engine.errors import EngineError, PeerError, WorkerStartError
from engine.protocol.messages import new_id
from engine.session.endings import ProcessExit, exit_words, last_words
from engine.session.living_worker import LivingWorker, adopt_message
from engine.session.process import Process, ProcessFinder, WorkerProcess, is_worker_at, stderr_tail, worker_command
from engine.session.session import Session
from engine.session.supported_system import must_run_cells
from engine.session.transport import (
    Connection,
    Transport,
    UnixTransport,
    WorkerAddress,
    secure_directory,
    write_token,
)
from engine.session.travelling import own_stamp
from engine.session.unattachable import WorkerGone, WorkerOfAnotherVersion, deaf, gone

READY_LIMIT_S = 30.0  # IPython from a cold disk, and room for a slow one
CONNECT_PACE_S = 0.005  # between two tries to reach a worker that does not listen yet: nothing announces that it does

UNSUITABLE = 79  # boot.py's exit code for a Python that cannot run cells; the last line of its stderr says why

_UPGRADED = (
    "Capsule was upgraded while it ran, and its newer version starts Python in a way that this one does not know. Your "
    "notebook is as it was, and what runs goes on. Save it, close Capsule’s windows, and start it again."
)
_PERHAPS_UPGRADED = (
    "Capsule was upgraded while it ran, which may be why. Save the notebook, close Capsule’s windows, and start it "
    "again."
)

Command = Callable[[str, WorkerAddress], list[str]]


def boot_command(python: str, address: WorkerAddress) -> list[str]:
    return worker_command(python, socket=address.socket, token=address.token)


class Launcher:
    """Makes sessions.  application_id: this process life of the application, for the worker's eyes.

    stamp: of the files that workers are started from.
    """

    def __init__(
        self,
        directory: Path,
        *,
        ready_limit_s: float = READY_LIMIT_S,
        transport: Transport | None = None,
        command: Command = boot_command,
        find: ProcessFinder = WorkerProcess.find,
        stamp: Callable[[], object] = own_stamp,
    ) -> None:
        self._directory = directory
        self._ready_limit_s = ready_limit_s
        self._transport = transport or UnixTransport()
        self._command = command
        self._find = find
        self._application_id = uuid.uuid4().hex
        self._stamp = stamp
        self._first_stamp = stamp()

    async def launch(self, python: str) -> Session:
        """Spawn a worker and wait until it is ready.  Raises WorkerStartError; cancelling ends the worker.

        A worker is started from the files that lie there now: those of a newer version, after an upgrade.
        """
        try:
            return await self._launch(python)
        except WorkerStartError as error:
            if isinstance(error.__cause__, WorkerOfAnotherVersion):
                raise WorkerStartError(_UPGRADED) from error
            if self._stamp() == self._first_stamp:
                raise
            raise WorkerStartError(f"{error}\n{_PERHAPS_UPGRADED}") from error

    async def _launch(self, python: str) -> Session:
        must_run_cells()
        secure_directory(self._directory)  # again: cleaners take away what is old in temporary folders
        address = WorkerAddress.new(self._directory)
        try:
            token = write_token(address.token)
            process = WorkerProcess.spawn(
                self._command(python, address), stderr_path=address.stderr, working_directory=self._directory
            )
        except OSError as error:
            address.remove()
            raise WorkerStartError(f"Python cannot be started in {self._directory}: {error.strerror}.") from error
        except BaseException:
            address.remove()
            raise
        try:
            return await self._greet(process, address, token)
        except BaseException:
            process.kill_group()
            await asyncio.wait((process.exited,))
            address.remove()
            raise

    async def attach(self, worker: LivingWorker, on_reached: Callable[[Session], None]) -> Session:
        """A session with a worker that lives already; its logs wait for resume().

        Waits for as long as the worker lives and does not answer: it may be stopped, swapped out, or in a call that
        holds up all of Python, and reads what was said to it when it goes on.
        The token that was kept is enough: its file may have been cleaned away.  Raises what unattachable.py
        lists; whatever is raised, the worker goes on, and no file of it is removed while it lives.
        """
        connection = await self._reach(worker)
        process = self._find(connection.peer_pid, worker.address.stderr)
        session = Session(worker.session_id, connection, process, worker.address, worker.token)
        on_reached(session)
        session.pause()
        session.follow_logs(worker.log_directory, wanted=worker.wanted, background_from=worker.background_from)
        try:
            await self._attach(session, process, worker)
        except BaseException:
            await session.detach()
            process.release()
            raise
        return session

    async def _reach(self, worker: LivingWorker) -> Connection:
        try:
            return await self._transport.connect(worker.address.socket)
        except WorkerGone as error:
            if is_worker_at(worker.pid, worker.address.socket):
                raise deaf(worker.pid, worker.address.socket) from error
            raise gone(worker.pid, stderr_tail(worker.address.stderr)) from error

    async def _attach(self, session: Session, process: Process, worker: LivingWorker) -> None:
        try:
            await session.attach(self._application_id, limit_s=None)
        except WorkerStartError as error:  # the session has ended
            if process.exited.done():
                raise gone(session.pid, process.stderr_tail()) from error
            raise PeerError(str(error)) from error
        await session.send(adopt_message(worker))

    async def _greet(self, process: Process, address: WorkerAddress, token: bytes) -> Session:
        connection = await self._connect(process, address)
        session = Session(new_id(), connection, process, address, token)
        try:
            await session.attach(self._application_id, self._ready_limit_s)
        except EngineError as error:
            words = _with_last_words(str(error), process)
            await session.terminate()
            raise WorkerStartError(words) from error
        except BaseException:
            await session.terminate()
            raise
        return session

    async def _connect(self, process: Process, address: WorkerAddress) -> Connection:
        try:
            async with asyncio.timeout(self._ready_limit_s):
                while not process.exited.done():
                    try:
                        return await self._transport.connect(address.socket)
                    except WorkerGone:
                        await asyncio.wait((process.exited,), timeout=CONNECT_PACE_S)
        except TimeoutError as error:
            words = f"Python did not listen within {self._ready_limit_s:g} s."
            raise WorkerStartError(_with_last_words(words, process)) from error
        raise WorkerStartError(_end_words(process.exited.result(), process.stderr_tail()))


def _end_words(ended: ProcessExit, said: str) -> str:
    if ended.exit_code == UNSUITABLE and said.strip():
        return said.rstrip().splitlines()[-1]
    return exit_words(ended, said)


def _with_last_words(words: str, process: Process) -> str:
    said = last_words(process.stderr_tail())
    return words if not said or said in words else f"{words}\n{said}"
