"""One notebook's kernel: the session it has now, started when needed, restarted, ended, watched.

Called by NotebookHandle alone.  Every change of session happens under one lock, so that a
restart and a first run cannot start two workers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from engine.errors import EngineError, NoneChosen, PeerError, WorkerStartError
from engine.events import Event, KernelAttached, KernelEnded, KernelKept, KernelReady, KernelStarting
from engine.kernel_place import KernelPlace
from engine.protocol.messages import Message
from engine.session.living_worker import LivingWorker
from engine.session.manager import SessionManager
from engine.session.session import EndReason, Session
from engine.session.supported_system import must_run_cells
from engine.tasks import TaskOwner

SHUTDOWN_GRACE_S = 2.0  # for atexit handlers of the user's code, then the worker is killed
RESTART_GRACE_S = 0.5  # shorter: somebody is waiting for the new one

Launch = Coroutine[Any, Any, Session | EngineError]


class Kernel:
    """At most one living session; hooks tell the owner what happens to it.

    on_session: a session is there, before anything is sent to it.  on_message: the router of every message.
    on_gone: a session ended, with the reason and whether that was asked for; what waited for it must be settled.
    """

    def __init__(
        self,
        notebook_id: str,
        manager: SessionManager,
        place: KernelPlace,
        *,
        tasks: TaskOwner,
        emit: Callable[[Event], None],
        on_session: Callable[[Session], None],
        on_message: Callable[[Message], None],
        on_gone: Callable[[str, bool], None],
    ) -> None:
        self._notebook_id = notebook_id
        self._manager = manager
        self._place = place
        self._tasks = tasks
        self._emit = emit
        self._on_session, self._on_message, self._on_gone = on_session, on_message, on_gone
        self._lock = asyncio.Lock()
        self._session: Session | None = None
        self._watch: asyncio.Task[None] | None = None
        self._python = ""  # the path that was started last
        self._starting: asyncio.Task[Session | EngineError] | None = None
        self._attaching: asyncio.Task[Session | EngineError] | None = None
        self._unanswered: Session | None = None  # its worker lives, and has not answered yet
        self.follows_alone = False  # what runs is followed through its log: its worker is nobody's to end
        self._is_paused = self._is_held = False  # by the consumer; until it is said who is to see what comes
        self._closed = False

    @property
    def session(self) -> Session | None:
        return self._session

    @property
    def has_worker(self) -> bool:
        """Whether one lives, as far as is known, though it may not have answered yet."""
        return self._session is not None or self._unanswered is not None

    @property
    def place(self) -> KernelPlace:
        """Where the next worker is started."""
        return self._place

    def move_to(self, working_directory: Path) -> None:
        """Where the next worker is started; the one that runs stays where it is, as its code may count on that."""
        self._place = replace(self._place, working_directory=working_directory)

    def cancel(self, execution_id: str) -> None:
        """Interrupt it, and press on until it ends; nothing where it is not with a worker that can hear it."""
        if self._session is not None:
            self._tasks.spawn(_cancel(self._session, execution_id), name=f"cancel {execution_id}")

    def pause(self) -> None:
        """Read nothing more of the output logs: the consumer has enough."""
        self._is_paused = True
        self._let_flow()

    def resume(self) -> None:
        self._is_paused = False
        self._let_flow()

    def read_logs(self) -> None:
        """Those of a worker that was attached to, from now on."""
        self._is_held = False
        self._let_flow()

    def _let_flow(self) -> None:
        if self._session is not None:
            self._session.pause() if self._is_paused or self._is_held else self._session.resume()

    async def ensure(self) -> Session:
        """The living session, started where there is none, once nobody attaches.  Raises WorkerStartError."""
        while self._attaching is not None:
            await asyncio.wait((self._attaching,))
        async with self._lock:
            return self._session or await self._start(self._first)

    async def restart(self) -> None:
        """Take a new worker instead of the one there is.  Raises WorkerStartError.

        One of the same Python is taken while the old one ends.  Of another Python it has to be ready first: where none
        can be started, or none is chosen, the old one goes on with all that it has, and so does what it runs.
        """
        async with self._lock:
            await self._start(self._successor)

    async def shut_down(self, reason: str) -> None:
        """End the worker in good order; nothing where there is none."""
        async with self._lock:
            old = self._forget(reason)
            if old is not None:
                await old.shutdown(SHUTDOWN_GRACE_S)
                self._emit(KernelEnded(expected=True, reason=reason))

    async def kill(self, reason: str) -> None:
        """End the worker at once, whatever it does; nothing where there is none."""
        async with self._lock:
            old = self._forget(reason)
            if old is not None:
                await old.terminate()
                self._emit(KernelEnded(expected=True, reason=reason))

    async def close(self) -> None:
        """End the worker and what it started, at once, also one that has not answered yet, or give up its start, which
        ends who waits for it as cancelled.  None is started any more.
        """
        self._give_up(self._starting)
        async with self._lock:
            old = self._forget("the notebook was closed")
            if old is not None:
                await old.terminate()

    def _give_up(self, *tasks: asyncio.Task[Session | EngineError] | None) -> None:
        """Start and attach to nothing any more."""
        self._closed = True
        for task in tasks:
            if task is not None:
                task.cancel()

    async def _start(self, launch: Callable[[], Launch]) -> Session:
        if self._closed:
            raise WorkerStartError("The notebook was closed, and starts no Python any more.")
        self._emit(KernelStarting())
        self._starting = self._tasks.spawn(launch(), name="start")
        try:
            session = await self._starting
        finally:
            self._starting = None
        if isinstance(session, EngineError):
            told = KernelKept if self.has_worker else KernelEnded
            self._emit(told(expected=isinstance(session, NoneChosen), reason=str(session)))
            raise session
        self._install(session)
        return session

    def _install(self, session: Session) -> None:
        self._session = session
        self._let_flow()
        self._on_session(session)
        session.set_event_handler(self._on_message)
        self._watch = self._tasks.spawn(self._watch_end(session), name=f"end of {session.session_id}")
        ready = session.ready
        self._emit(
            KernelReady(
                pid=ready.pid,
                python_version=ready.python_version,
                ipython_version=ready.ipython_version,
                executable=ready.executable,
                background_end=session.background_offset,
            )
        )

    def placed(self, event: Event) -> Event:
        """event, of the message that is routed now, with how far the background log was read."""
        return event if self._session is None else replace(event, background_end=self._session.background_offset)

    async def attach(self, worker: LivingWorker) -> asyncio.Task[Session | EngineError]:
        """Begin to attach to a worker that lived on without us; its logs wait for read_logs().

        The task gives its session, or why there is none, and waits for one that does not answer for as long as that
        lives; whatever ends the kernel ends that worker too, and with it the task.
        """
        async with self._lock:
            if self._closed or self._session is not None:
                raise WorkerStartError("The notebook was closed, or has another Python by now.")
            reached = asyncio.Event()
            attaching = self._attaching = self._tasks.spawn(self._attached(worker, reached), name="attach")
            has_reached = self._tasks.spawn(reached.wait(), name="reach")
            await asyncio.wait((attaching, has_reached), return_when=asyncio.FIRST_COMPLETED)
            has_reached.cancel()
            return attaching

    async def leave(self) -> None:
        """Leave the worker alone: it goes on, and whoever opens the notebook next attaches to it."""
        self._give_up(self._starting, self._attaching)
        async with self._lock:
            session, self._session = self._session, None
            if self._watch is not None:
                self._watch.cancel()
            if session is not None:
                session.set_event_handler(_unheard)
                await session.detach()

    async def _attached(self, worker: LivingWorker, reached: asyncio.Event) -> Session | EngineError:
        def on_reached(session: Session) -> None:
            self._unanswered = session
            reached.set()

        try:
            session = await self._manager.attach(self._notebook_id, worker, on_reached=on_reached)
        except EngineError as error:
            return error
        else:
            if self._unanswered is not session:
                return WorkerStartError("Python was let go of as it answered.")
            self._is_held = True
            self._emit(KernelAttached(running=session.running))
            self._install(session)
            return session
        finally:
            self._unanswered = self._attaching = None

    async def _first(self) -> Session | EngineError:
        python = await self._chosen()
        return python if isinstance(python, EngineError) else await self._launched(python)

    async def _successor(self) -> Session | EngineError:
        """Of the worker there is, which has ended when this one is given the notebook: they write the same files."""
        python = await self._chosen()
        if isinstance(python, EngineError):
            return python
        if self._session is not None and python not in (self._python, self._session.ready.executable):
            return await self._launched(python, self._see_out)
        async with asyncio.TaskGroup() as group:  # somebody waits, and this Python is known to start
            seen_out = group.create_task(self._see_out())
            return await self._launched(python, partial(asyncio.wait, (seen_out,)))

    async def _chosen(self) -> str | EngineError:
        """The Python to be started, or why there is none: as a value, since whoever waits for the start tells it."""
        place = self._place
        try:
            _make_directory(place.log_directory, "what cells print")
            if place.checkpoint_directory is not None:
                _make_directory(place.checkpoint_directory, "the variables")
            must_run_cells()
            return await place.choose_python()
        except EngineError as error:
            return error

    async def _launched(
        self, python: str, once_ready: Callable[[], Awaitable[object]] | None = None
    ) -> Session | EngineError:
        """A ready session or why there is none.  once_ready: done before it is given the notebook."""
        place = self._place
        try:
            session = await self._manager.start(
                self._notebook_id,
                working_directory=place.working_directory,
                log_directory=place.log_directory,
                outlives=place.outlives,
                allow_stdin=place.allow_stdin,
                python=python,
                checkpoint_directory=place.checkpoint_directory,
                once_ready=once_ready,
            )
        except EngineError as error:
            return error
        self._python = python
        return session

    async def _see_out(self) -> None:
        """Let go of the worker there is, and end it in good order."""
        old = self._forget("Python was restarted")
        if old is not None:
            try:
                await old.shutdown(RESTART_GRACE_S)
            finally:
                await old.terminate()  # nothing where it has gone, which a cancelled shutdown did not wait for

    def _forget(self, reason: str) -> Session | None:
        """Let go of the session, deliberately: its end is no news, and what waited for it is lost."""
        old = self._session or self._unanswered
        self._session = self._unanswered = None
        self._is_held = False
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if old is not None:
            old.set_event_handler(_unheard)
            self._on_gone(reason, True)
        elif self.follows_alone:
            self._on_gone(f"{reason}; its own Python, which cannot be spoken to, was left alone", True)
        return old

    async def _watch_end(self, session: Session) -> None:
        end: EndReason = await asyncio.shield(session.ended)
        if self._session is session:
            self._session = None
            if self._starting is not None:  # its successor was asked for: it goes before that is ready
                self._on_gone(end.words, True)
                return
            self._on_gone(end.words, end.expected)
            self._emit(KernelEnded(expected=end.expected, reason=end.words))


async def _cancel(session: Session, execution_id: str) -> None:
    with contextlib.suppress(PeerError):  # then it ends with its session
        await session.cancel(execution_id)


def _unheard(_message: Message) -> None:
    """What a worker that was let go of still says: its executions have ended, and nothing comes after an end."""


def _make_directory(directory: Path, holds: str) -> None:
    """Made at the first start and not before: opening a notebook writes nothing (invariant 11)."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        words = f"The folder for {holds} ({directory}) cannot be made: {why}. Nothing was run."
        raise WorkerStartError(words) from error
