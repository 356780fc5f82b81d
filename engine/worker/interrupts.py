"""SIGINT on the main thread: which moment it may break into, and how a request of it gets there.

Outside a cell it does nothing.  In a cell it raises KeyboardInterrupt, but never while a frame is being
written (Shield).  FORCE is Cancel's harder one, for code that swallows KeyboardInterrupt and goes on; it
also ends an automatic checkpoint whose time is up.  Owns both handlers.  cells.py opens and closes the
cell's span; the reader thread requests (main.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Callable, Coroutine, Generator, TypeVar

from .cell_names import is_cell_name
from .limits import LimitReached

T = TypeVar("T")
# real-time signals are free for anyone's use; macOS has none
FORCE: int = signal.SIGRTMAX - 2 if sys.platform == "linux" else signal.SIGUSR2
# one that nobody minds; arriving, it wakes the main thread from a wait
_NUDGE: int = signal.SIGURG
_AGAIN_S = 0.01  # until an interrupt that was swallowed comes again: by then a finaliser has ended
_NUDGES_S = (0.02, 0.2)  # after an interrupt, or a fork
_OURS = str(Path(__file__).resolve().parent)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Between cells.  Not SIG_IGN, which programs that a task starts would inherit."""


def _raise_at_next_line(frame: FrameType, event: str, arg: object) -> None:
    """A trace function: one that raises is taken off by Python, and new frames are not traced by it."""
    if event == "line":
        raise KeyboardInterrupt


class Shield:
    """Defers interrupts while held on the main thread; nests; nothing on other threads."""

    def __init__(self) -> None:
        self._main = threading.main_thread().ident
        self._noted: set[int] = set()
        self._previous: Any = _ignore
        self._forked = False  # held since a fork whose hooks are done
        self.depth = 0

    def __enter__(self) -> None:
        if threading.get_ident() != self._main:
            return
        if self.depth == 0:
            self._previous = signal.signal(signal.SIGINT, self.note)
        self.depth += 1

    def __exit__(self, *_: object) -> None:
        if threading.get_ident() != self._main:
            return
        self.depth -= 1
        if self.depth == 0:
            signal.signal(signal.SIGINT, self._previous)
            while self._noted:
                signal.raise_signal(self._noted.pop())
        else:
            self.leave_fork()

    def note(self, number: int, frame: FrameType | None) -> None:
        self._noted.add(number)

    def before_fork(self) -> None:
        """Hold it for the hooks of fork: what they raise is printed and lost, and half of their work is not done."""
        if threading.get_ident() == self._main:
            if not self._forked:
                self.__enter__()
            self._forked = False

    def after_fork(self) -> None:
        """The hooks are nearly done, and raising here would be lost too: it is left by leave_fork(), out of them."""
        if threading.get_ident() == self._main:
            self._forked = True

    def leave_fork(self) -> None:
        """On the main thread, at any point of the user's code behind a fork.  Raises what was noted."""
        if self._forked and self.depth == 1:
            self._forked = False
            if signal.getsignal(signal.SIGINT) != self.note:
                self._previous = signal.getsignal(signal.SIGINT)  # the user's code has set one since
            self.__exit__()

    def forget(self) -> None:
        """In a forked child, from whichever thread: it is interrupted as any program is."""
        self.depth, self._forked = 0, False
        self._noted.clear()
        signal.signal(signal.SIGINT, signal.default_int_handler)


class InterruptibleCoroutine(Coroutine[Any, Any, Any]):
    """A cell's coroutine in which an interrupt arrives as KeyboardInterrupt where it awaits.

    The task that runs it can only be cancelled; what it then throws in is exchanged here, so that
    Stop looks the same whether a cell sleeps or awaits (ipykernel shows CancelledError).
    """

    def __init__(self, inner: Coroutine[Any, Any, Any]) -> None:
        self._inner = inner
        self._interrupted = self._by_force = False
        self._given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def interrupt(self, *, by_force: bool) -> None:
        """Right before its task is cancelled.  Forced twice, it is given up: what it waits for swallows that."""
        if by_force and self._by_force and not self._given_up.done():
            self._given_up.set_result(None)
        self._interrupted, self._by_force = True, by_force

    async def result(self, task: asyncio.Task[Any]) -> Any:
        """Of the task that runs it.  Raises KeyboardInterrupt where it is given up; the task is then nobody's."""
        await asyncio.wait((task, self._given_up), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        self._close()
        raise KeyboardInterrupt

    def _close(self) -> None:
        with contextlib.suppress(RuntimeError):  # it goes on awaiting even so, and is left where it is
            self._inner.close()

    def send(self, value: Any) -> Any:
        if self._given_up.done():
            raise StopIteration
        return self._inner.send(value)

    def throw(self, kind: Any, value: Any = None, traceback: Any = None) -> Any:
        if self._given_up.done():
            raise StopIteration
        if not self._interrupted:
            return self._inner.throw(kind if value is None else value)
        self._interrupted = False
        if self._by_force:
            self._close()
            raise KeyboardInterrupt
        return self._inner.throw(KeyboardInterrupt())

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, None, Any]:
        return self._inner.__await__()


class Interrupts:
    """The span of a cell, and the requests to interrupt it, which may come before it has begun."""

    def __init__(self, shield: Shield) -> None:
        self.shell_folder = _OURS  # where the code of the shell lies, which calls the cell's
        self._shield = shield
        self._main = threading.main_thread().ident or 0
        self._lock = threading.Lock()
        self._open = self._early = False
        self._deadline = 0.0  # of until()'s work, by its caller's clock; 0 for none
        self._forced = 0  # how often the cell that runs was
        self._awaiting: tuple[InterruptibleCoroutine, asyncio.Task[Any]] | None = None
        signal.signal(signal.SIGINT, _ignore)
        signal.signal(FORCE, self._on_force)
        signal.signal(_NUDGE, self._on_nudge)
        self._report_unraisable = sys.unraisablehook
        sys.unraisablehook = self._on_unraisable

    def expect_cell(self) -> None:
        """A cell was accepted: an interrupt from now on is for it."""
        with self._lock:
            self._early = False

    def request(self, *, by_force: bool = False) -> None:
        """From any thread but the main one: interrupt the cell that runs or is about to."""
        with self._lock:
            if self._open:
                signal.pthread_kill(self._main, FORCE if by_force else signal.SIGINT)
                if not by_force:  # that comes again anyway
                    self.nudge()
            else:
                self._early = True

    def nudge(self) -> None:
        """Soon, twice: see to what the main thread has not seen to yet.

        A signal that comes while it is about to wait is seen by Python only when that wait ends; one that came
        within a fork is noted until then.
        """
        threading.Thread(target=self._nudge, name="capsule nudge", daemon=True).start()

    def _nudge(self) -> None:
        for pause_s in _NUDGES_S:
            threading.Event().wait(pause_s)
            signal.pthread_kill(self._main, _NUDGE)

    def until(self, deadline: float, work: Callable[[], T]) -> T:
        """Between cells: work()'s result.  expire() raises LimitReached in it, and interrupts do nothing."""
        try:
            self._deadline = deadline
            return work()
        finally:
            self._end_limit()

    def _end_limit(self) -> None:
        while True:
            with contextlib.suppress(LimitReached), self._lock:  # one that came with the last step
                self._deadline = 0.0
                return

    def expire(self, deadline: float) -> None:
        """From any thread but the main one: end the work that had until then, and nothing else."""
        with self._lock:
            if self._deadline == deadline:
                signal.pthread_kill(self._main, FORCE)

    def begin_cell(self) -> None:
        """From here to end_cell() interrupts raise KeyboardInterrupt in code of the main thread."""
        with self._lock:
            self._open, early = True, self._early
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if early:
            raise KeyboardInterrupt

    def end_cell(self) -> None:
        """Doing it twice is no harm: an interrupt may come right before the first step here, and leaves it undone."""
        while True:
            with contextlib.suppress(KeyboardInterrupt):  # one that came with the cell's last step
                signal.signal(signal.SIGINT, _ignore)
                self._open = False
                if self._forced:  # else a debugger of the user's may have it
                    sys.settrace(None)
                self._forced = 0
                return

    @contextlib.contextmanager
    def awaiting(self, coroutine: InterruptibleCoroutine, task: asyncio.Task[Any]) -> Generator[None, None, None]:
        """Within the span: its code is a coroutine, and interrupts reach it where it waits as well."""
        self._awaiting = (coroutine, task)
        signal.signal(signal.SIGINT, self._on_interrupt_of_coroutine)
        try:
            yield
        finally:
            self._awaiting = None

    def _on_interrupt_of_coroutine(self, number: int, frame: FrameType | None) -> None:
        if not self._reach_waiting(by_force=False):
            raise KeyboardInterrupt

    def _on_force(self, number: int, frame: FrameType | None) -> None:
        if self._shield.depth:
            self._shield.note(number, frame)
        elif self._deadline:
            raise LimitReached
        elif self._open and not self._reach_waiting(by_force=True):
            self._raise_twice(frame)

    def _on_unraisable(self, swallowed: Any) -> None:
        """An interrupt that hit a finaliser or a callback is not lost there: the cell is interrupted again."""
        if not issubclass(swallowed.exc_type, (KeyboardInterrupt, LimitReached)) or not self._is_main():
            self._report_unraisable(swallowed)
        elif self._open:
            again = threading.Timer(_AGAIN_S, self.request)
            again.daemon = True
            again.start()

    def _is_main(self) -> bool:
        return threading.get_ident() == self._main

    def _on_nudge(self, number: int, frame: FrameType | None) -> None:
        self._shield.leave_fork()

    def _reach_waiting(self, *, by_force: bool) -> bool:
        """Interrupt a coroutine where it waits; False where the main thread runs code."""
        if self._awaiting is None or asyncio.current_task(self._awaiting[1].get_loop()) is not None:
            return False
        coroutine, task = self._awaiting
        coroutine.interrupt(by_force=by_force)
        task.get_loop().call_soon_threadsafe(task.cancel)  # the loop sleeps in select: this wakes it
        return True

    def _raise_twice(self, frame: FrameType | None) -> None:
        """Raise now, and once more at the next line of whoever swallows that: there it is in no `try` of its own.

        By turns the second is for the cell's own lines and for any, since the cell may swallow what a
        library (subprocess waiting for its child) handles and raises again, or a library may swallow it.
        """
        self._forced += 1
        while frame is not None and not frame.f_code.co_filename.startswith(self.shell_folder):
            name = frame.f_code.co_filename
            if is_cell_name(name) or (self._forced % 2 == 0 and not name.startswith(_OURS)):
                frame.f_trace = _raise_at_next_line
            frame = frame.f_back
        sys.settrace(_raise_at_next_line)
        raise KeyboardInterrupt
