"""Sessions by notebook, and the warm spare they are taken from.

The facade's way to workers: start (from the spare where there is one), attach to one that lives, and
close, after which no worker of ours is left but those that were detached from on purpose.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from engine.errors import BrokenInvariant, PeerError, WorkerStartError
from engine.interpreters.finding import Finder
from engine.interpreters.probing import Stamp, stamp
from engine.session.launch import READY_LIMIT_S, Command, Launcher, boot_command
from engine.session.leftovers import sweep
from engine.session.living_worker import LivingWorker, adopt_message
from engine.session.session import Session
from engine.session.spare import Spare
from engine.session.supported_system import runs_cells
from engine.session.transport import runtime_directory as default_runtime_directory
from engine.session.transport import secure_directory

CLOSE_GRACE_S = 2.0  # for the exit handlers of the user's code when the application goes


class SessionManager:
    """One an application; every session says which Python it is of."""

    def __init__(
        self,
        *,
        runtime_directory: Path | None = None,
        ready_limit_s: float = READY_LIMIT_S,
        command: Command = boot_command,
    ) -> None:
        directory = default_runtime_directory() if runtime_directory is None else secure_directory(runtime_directory)
        sweep(directory)
        self._launcher = Launcher(directory, ready_limit_s=ready_limit_s, command=command)
        self._spare = Spare(self._launch, _stamp_at)
        self._by_notebook: dict[str, Session] = {}
        self._alive: set[Session] = set()
        self._closed = False

    @property
    def spare(self) -> Spare:
        """For tests and diagnostics: what waits to be taken."""
        return self._spare

    def session_of(self, notebook_id: str) -> Session | None:
        """The session that was started or attached last for the notebook, while it has not ended."""
        session = self._by_notebook.get(notebook_id)
        return None if session is None or session.ended.done() else session

    def warm(self, python: str) -> None:
        """Keep a spare worker of the Python at a path from now on, instead of another's; after the first paint."""
        if runs_cells():
            self._spare.warm(python)

    async def start(
        self,
        notebook_id: str,
        *,
        working_directory: Path,
        log_directory: Path,
        python: str,
        outlives: bool,
        allow_stdin: bool = True,
        checkpoint_directory: Path | None = None,
        once_ready: Callable[[], Awaitable[object]] | None = None,
    ) -> Session:
        """A ready session for the notebook: the spare where it is of python, a path, else a new worker.

        The notebook's earlier session, if any, is left to the caller to end: in once_ready, say, which is done when
        the worker is there and before it is given the notebook.  Raises WorkerStartError with the worker's stderr in
        its text.
        """
        session = await self._spare.take(python)
        if session is None:
            session = await self._launch(python)
            if self._spare.wanted:
                self._spare.warm(python)  # what was used last is used again: at a restart, and in the next notebook
        self._own(notebook_id, session)
        worker = LivingWorker(
            session_id=session.session_id,
            address=session.address,
            token=session.token,
            working_directory=working_directory,
            log_directory=log_directory,
            outlives=outlives,
            allow_stdin=allow_stdin,
            checkpoint_directory=checkpoint_directory,
        )
        try:
            if once_ready is not None:
                await once_ready()
            await session.adopt(adopt_message(worker))
        except PeerError as error:
            raise WorkerStartError(f"Python ended as it was given the notebook. {error}") from error
        except BaseException:
            await session.terminate()
            raise
        return session

    async def attach(
        self, notebook_id: str, worker: LivingWorker, on_reached: Callable[[Session], None] = lambda _session: None
    ) -> Session:
        """A session with a worker that lives already: its ready, running and known tell what it is about.

        One that does not answer is waited for as long as it lives; on_reached gives the session that is waited with, to
        be terminated, before its worker has answered; cancelling leaves the worker alone.

        Its logs (worker.wanted, from their beginnings) are read once resume() was called: first the caller says
        who is to see what comes.  Raises WorkerGone where it has ended, else what unattachable.py lists (all
        PeerErrors); then it is left alone, and nothing of it is removed.
        """
        self._must_be_open()
        session = await self._launcher.attach(worker, on_reached)
        self._own(notebook_id, session)
        return session

    async def close(self, *, detach: bool = False) -> None:
        """End every worker, or (detach) leave those that are notebooks' alone.  Nothing can be started any more."""
        self._closed = True
        await self._spare.close()
        await asyncio.gather(*(_leave(session) if detach else _end(session) for session in self._alive))
        for session in list(self._alive):
            session.release_process()
        self._alive.clear()
        self._by_notebook.clear()

    async def _launch(self, python: str) -> Session:
        self._must_be_open()
        return await self._launcher.launch(python)

    def _own(self, notebook_id: str, session: Session) -> None:
        self._by_notebook[notebook_id] = session
        self._alive.add(session)
        session.on_process_exit(lambda: self._alive.discard(session))

    def _must_be_open(self) -> None:
        if self._closed:
            raise BrokenInvariant("the sessions are closed and none can be started")


async def _stamp_at(python: str) -> Stamp:
    """On a thread: an environment may lie on a slow disk."""
    return await asyncio.to_thread(lambda: stamp(Finder(Path.home(), os.environ, None).describe(Path(python))))


async def _leave(session: Session) -> None:
    await session.detach()


async def _end(session: Session) -> None:
    if not session.detached:
        await session.shutdown(CLOSE_GRACE_S)
