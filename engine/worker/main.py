"""The worker: puts its rooms together and decides what each message of the application does.

Two threads meet here.  The reader thread answers at once what may not wait for a busy cell (Busy,
Duplicate, interrupts, answers to input()); everything else is handed to the main thread, which runs the
one event loop with the cells inside it (errands.py).  Keeps invariants 6 (busy guard) and 12 (who goes when).
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Callable, TextIO

from ..protocol.messages import (
    BUSY,
    DUPLICATE,
    PROTOCOL_VERSION,
    UNSUPPORTED,
    Adopt,
    Attached,
    Cancel,
    Checkpoint,
    Error,
    Execute,
    InputResponse,
    Interrupt,
    Message,
    Query,
    Restore,
    Shutdown,
)
from . import children, owners, streams
from .capture import Capture
from .channel import Channel, ChannelError, Listener, read_token
from .errands import Errand, Errands
from .heartbeat import Pulse
from .interrupts import Interrupts, Shield
from .keeper import Keeper
from .log import Logs
from .outlet import DRAIN_LIMIT_S, Outlet
from .prompts import Prompts

ALONE_LIMIT_S = 24 * 3600.0  # how long a worker that has something stays without an application
START_LIMIT_S = 120.0  # how long one that nobody ever attached to stays
PRESS_INTERVAL_S = 0.1  # between the interrupts of a Cancel whose grace is over
STOP_GRACE_S = 0.5  # for the cell that runs when the worker is told to go
EXIT_LIMIT_S = 5.0  # for a cell that will not end, the final checkpoint, and atexit handlers; then it goes anyway
EXIT_MARGIN_S = (
    1.5  # of that for what follows when the final checkpoint is pickled: its way to the disk, and the handlers
)
EXIT_LIMIT_VARIABLE = "CAPSULE_EXIT_LIMIT_S"  # for tests: EXIT_LIMIT_S in seconds
ALONE_LIMIT_VARIABLE = "CAPSULE_ALONE_LIMIT_S"  # for tests: ALONE_LIMIT_S in seconds
START_LIMIT_VARIABLE = "CAPSULE_START_LIMIT_S"  # for tests: START_LIMIT_S in seconds
DRAIN_LIMIT_VARIABLE = "CAPSULE_DRAIN_LIMIT_S"  # for tests: DRAIN_LIMIT_S in seconds
# A cell waits so long for the checkpoint of the one before it: what ends Python at once, in a run of all cells, would
# else take the variables along.  A larger one than a disk takes in that time is written beside the cell.
KEPT_FIRST_S = 0.05
KEPT_FIRST_VARIABLE = "CAPSULE_KEPT_FIRST_S"  # for tests: KEPT_FIRST_S in seconds
_logger = logging.getLogger("capsule.worker")


class Worker:
    """Everything of one worker process."""

    def __init__(self, socket_path: Path, token: bytes, die_with_parent: Callable[[bool], None]) -> None:
        """Takes over fds 0 to 2 and listens.  Raises ChannelError."""
        self._die_with_parent = die_with_parent
        self._loop = asyncio.new_event_loop()
        self._state = threading.RLock()
        self._running = ""  # accepted and not ended; under _state
        self._ended = threading.Event()  # of the one that runs
        self._began = 0.0  # when that was accepted, by children.now(): what it starts is younger
        self._pressing = ("", 0.0)  # which execution, after which grace
        self._adopted = self._was_attached = self._outlives = self._has_state = self._ready = self._stopping = False
        self._keeps_last = False
        self._last = ""  # the last execution that ended, or restore whose variables no automatic checkpoint has
        self._exit_by = 0.0  # by time.monotonic(), once it stops
        self._alone: asyncio.TimerHandle | None = None
        listener = Listener(
            attached=self._attached,
            after_attach=self._after_attach,
            received=self._received,
            lost=self._on_lost,
            signalled=self._on_signal,
        )
        self._channel = Channel(socket_path, token, listener)
        self._logs = Logs(self._channel.log_at)
        self._shield = Shield()
        self._interrupts = Interrupts(self._shield)
        captures = (Capture(1, stream="stdout"), Capture(2, stream="stderr"))
        limit_s = float(os.environ.get(DRAIN_LIMIT_VARIABLE, DRAIN_LIMIT_S))
        self._outlet = Outlet(self._logs, self._shield, captures, limit_s)
        self._kept_first_s = float(os.environ.get(KEPT_FIRST_VARIABLE, KEPT_FIRST_S))
        self._prompts = Prompts(self._outlet)
        self._errands = Errands(self._outlet, self._interrupts, self._prompts, self._channel.send)
        self._keeper = Keeper(token, self._interrupts, lambda: self._errands.namespace, self._channel.send)

    def run(self) -> None:
        """Serve until told to go."""
        owners.follow_threads()
        streams.install(self._outlet)
        os.register_at_fork(
            before=self._before_fork, after_in_parent=self._after_fork, after_in_child=self._after_fork_in_child
        )
        signal.signal(signal.SIGTERM, self._on_sigterm)
        asyncio.set_event_loop(self._loop)
        self._outlet.start()
        self._channel.start()
        self._loop.call_later(float(os.environ.get(START_LIMIT_VARIABLE, START_LIMIT_S)), self._go_if_never_attached)
        serving = self._loop.create_task(self._serve(), name="capsule cells")
        while not serving.done():
            # a task of the user's that exits, or is interrupted, throws itself out of the loop: back into it
            with contextlib.suppress(KeyboardInterrupt, SystemExit):
                self._loop.run_until_complete(serving)
        if self._keeps_last and self._last:
            self._keeper.keep_last(self._last, self._exit_by - EXIT_MARGIN_S)
        self._keeper.finish()
        atexit._run_exitfuncs()
        self._outlet.flush_all()

    async def _serve(self) -> None:
        self._errands.open_shell()
        with self._state:
            self._ready = True
        self._channel.send(self._errands.ready())
        Pulse(self._channel.beat, self._outlet.touch, lambda: self._running, self._errands.count_variables).start()
        while (request := await self._errands.next_execute()) is not None:
            if self._outlives:
                self._die_with_parent(False)
            self._keeper.finish(self._kept_first_s)
            await self._errands.execute(request, ended=self._on_ended)
            self._last = request.execution_id
            if not self._stopping:
                self._keeper.keep(request.execution_id)
            if self._errands.wants_exit:
                self.stop()

    def _restore(self, errand: Restore) -> None:
        """What comes back may be nowhere else any more: the worker stays for it, as for what a cell has made."""
        if self._outlives:
            self._die_with_parent(False)
        if self._errands.do(errand) and not (errand.clear_existing and self._keeper.has(errand.path)):
            self._last = errand.id
            self._keeper.keep(errand.id)

    # --- the connection, on the reader thread -------------------------------------------------------------

    def _attached(self) -> Attached:
        return Attached(
            protocol_version=PROTOCOL_VERSION, pid=os.getpid(), running=self._running, log_ends=self._logs.ends()
        )

    def _after_attach(self) -> None:
        self._was_attached = True
        self._loop.call_soon_threadsafe(self._set_alone_timer, False)
        with self._state:
            ready = self._ready
        if ready:  # else _serve says it
            self._channel.send(self._errands.ready())
            self._keeper.say_again()

    def _on_lost(self) -> None:
        if self._outlives and self._has_state:
            self._loop.call_soon_threadsafe(self._set_alone_timer, True)
        else:
            self.stop()

    def _received(self, message: Message) -> None:
        try:
            self._dispatch(message)
        except Exception:  # worker dispatch: one message must not end the reader
            _logger.exception("%s could not be handled", type(message).__name__)

    def _dispatch(self, message: Message) -> None:
        match message:
            case Adopt():
                self._adopt(message)
            case Execute():
                self._accept(message)
            case InputResponse():
                self._prompts.answer(message)
            case Interrupt():
                self._interrupt()
            case Cancel():
                self._cancel(message.execution_id, message.grace_s)
            case Query() | Checkpoint() | Restore():
                self._start_errand(message)
            case Shutdown():
                self.stop(keeps_last=False)
            case _:  # known to the protocol, but not for a worker
                self._reject(message, "", UNSUPPORTED, f"A worker takes no {type(message).__name__}.")

    def _start_errand(self, errand: Errand) -> None:
        if self._running:
            self._errands.refuse(errand)
        elif isinstance(errand, Restore):
            self._has_state = True  # from now on: the application may go before it has come back
            self._loop.call_soon_threadsafe(self._restore, errand)
        else:
            self._loop.call_soon_threadsafe(self._errands.do, errand)

    def _adopt(self, message: Adopt) -> None:
        self._outlives = message.outlives
        self._prompts.allowed = message.allow_stdin
        self._keeper.directory = Path(message.checkpoint_directory) if message.checkpoint_directory else None
        if self._adopted:
            return  # said again by one who attaches again: the user may have changed directory meanwhile
        self._logs.adopt(Path(message.log_directory))
        self._adopted = True
        try:
            os.chdir(message.working_directory)
        except OSError as error:
            _logger.warning("working directory: %s", error)

    def _accept(self, request: Execute) -> None:
        with self._state:
            if self._logs.knows(request.execution_id):
                self._reject(request, request.execution_id, DUPLICATE, "This execution was sent here before.")
            elif self._running:
                self._reject(request, request.execution_id, BUSY, "Another cell is running.")
            elif not self._adopted:
                self._reject(request, request.execution_id, UNSUPPORTED, "This worker has no notebook yet.")
            else:
                self._running, self._has_state = request.execution_id, True
                self._began = children.now()
                self._ended = threading.Event()
                self._interrupts.expect_cell()
                self._loop.call_soon_threadsafe(self._errands.add, request)

    def _reject(self, message: Message, execution_id: str, error_type: str, words: str) -> None:
        self._channel.send(
            Error(
                execution_id=execution_id,
                error_type=error_type,
                message=words,
                traceback=[],
                execution_time=0.0,
                request_id=message.id,
            )
        )

    def _on_ended(self) -> None:
        """The running execution's last frame is about to be written: another may be accepted."""
        with self._state:
            self._running = ""
            self._ended.set()

    # --- interrupting, off the main thread ----------------------------------------------------------------

    def _interrupt(self) -> None:
        if self._running:
            children.signal_foreground(signal.SIGINT, since=self._began)
            self._interrupts.request()

    def _cancel(self, execution_id: str, grace_s: float) -> None:
        with self._state:
            pressed, its_grace_s = self._pressing
            if (
                execution_id != self._running
                or not execution_id
                or (execution_id == pressed and grace_s >= its_grace_s)
            ):
                return
            pressing = self._pressing = (execution_id, grace_s)
            ended = self._ended
            self._interrupt()
            if grace_s <= 0:  # the cell may end by the interrupt alone, and leave programs behind that mind none
                children.kill_foreground(since=self._began)
        threading.Thread(target=self._press, args=(ended, pressing), name="capsule cancel", daemon=True).start()

    def _press(self, ended: threading.Event, pressing: tuple[str, float]) -> None:
        wait_s = pressing[1]
        while not ended.wait(wait_s) and self._press_once(ended, pressing):
            wait_s = PRESS_INTERVAL_S

    def _press_once(self, ended: threading.Event, pressing: tuple[str, float]) -> bool:
        with self._state:  # so that no next cell is accepted meanwhile, which this would end
            if ended.is_set() or self._pressing != pressing:
                return False  # one with less grace took over
            children.kill_foreground(since=self._began)
            self._interrupts.request(by_force=True)
            return True

    # --- going ----------------------------------------------------------------------------------------------

    def stop(self, *, keeps_last: bool = True) -> None:
        """Go in good order; from any thread, but not from a signal handler.

        keeps_last: with a final checkpoint, since the user did not ask for this end.
        """
        with self._state:
            if self._stopping:
                return
            self._stopping, self._keeps_last = True, keeps_last
            limit_s = float(os.environ.get(EXIT_LIMIT_VARIABLE, EXIT_LIMIT_S))
            self._exit_by = time.monotonic() + limit_s
            running = self._running
        threading.Thread(target=_exit_after, args=(limit_s,), name="capsule exit", daemon=True).start()
        self._loop.call_soon_threadsafe(self._errands.add, None)
        if running:
            self._cancel(running, STOP_GRACE_S)

    def _on_signal(self, number: int) -> None:
        if number == signal.SIGTERM:
            self.stop()

    def _on_sigterm(self, number: int, frame: FrameType | None) -> None:
        # where a cell took the reader's way away (loop.add_signal_handler); the main thread may hold any lock just now
        threading.Thread(target=self.stop, name="capsule stop", daemon=True).start()

    def _go_if_never_attached(self) -> None:
        if not self._was_attached:
            self.stop()

    def _set_alone_timer(self, alone: bool) -> None:
        if self._alone is not None:
            self._alone.cancel()
        limit_s = float(os.environ.get(ALONE_LIMIT_VARIABLE, ALONE_LIMIT_S))
        self._alone = self._loop.call_later(limit_s, self.stop) if alone else None

    # --- fork -------------------------------------------------------------------------------------------------

    def _before_fork(self) -> None:
        self._shield.before_fork()
        self._outlet.before_fork()
        self._channel.before_fork()

    def _after_fork(self) -> None:
        self._channel.after_fork_in_parent()
        self._outlet.after_fork_in_parent()
        self._interrupts.nudge()
        self._shield.after_fork()

    def _after_fork_in_child(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._channel.after_fork_in_child()
        self._outlet.after_fork_in_child()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, streams.TextStream):
                stream.after_fork_in_child()
        self._shield.forget()


def _exit_after(limit_s: float) -> None:
    threading.Event().wait(limit_s)
    _logger.warning("the worker did not end within %s s and is ended", limit_s)
    os._exit(1)


def run(socket_path: Path, token_file: Path, words: TextIO, die_with_parent: Callable[[bool], None]) -> int:
    """Be a worker; the exit code.  words: where the worker's own log goes, beside the crash handler's."""
    handler = logging.StreamHandler(words)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("capsule")
    logger.addHandler(handler)
    logger.propagate = False  # the user's own logging set-up is not for us
    try:
        worker = Worker(socket_path, read_token(token_file), die_with_parent)
    except (ChannelError, OSError) as error:
        _logger.error("the worker cannot start: %s", error)
        return 1
    try:
        worker.run()
    except Exception:  # the crash hook: fd 2 is a capture pipe by now, which nobody would read
        _logger.exception("the worker failed")
        return 1
    finally:
        with contextlib.suppress(OSError):
            socket_path.unlink()
    return 0
