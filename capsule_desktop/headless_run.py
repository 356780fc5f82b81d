"""One headless run: which cell is next, what its events mean for document and exit code, and how it stops.

One task consumes the engine's events and asks for the next cell when one has finished, so outputs reach the document
as they do in a window.  headless.py owns the engine, the signals and the files around it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from capsule_desktop.event_outputs import output_of
from capsule_desktop.notebook.cell import Cell, CellId, CellKind
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.language import with_language
from capsule_desktop.notebook.outputs import ErrorOutput
from capsule_desktop.terminal import RunProgress, StandardInput
from engine.commands import (
    AnswerInput,
    CancelExecution,
    EndWorker,
    ExecutionId,
    InterruptKernel,
    RunCell,
    ShutDownKernel,
    StartKernel,
)
from engine.events import (
    DisplayShown,
    DisplayUpdated,
    Event,
    ExecutionFinished,
    ExecutionSkipped,
    ExecutionStarted,
    InputRequested,
    KernelEnded,
    KernelReady,
    Outcome,
    OutputCleared,
    TextPrinted,
    TracebackShown,
)
from engine.notebook_handle import NotebookHandle

END_AFTER_S = 5.0  # after its time-out: a cell that does not let itself be stopped goes with its Python
_NOBODY_ANSWERS = "StdinNotImplementedError"  # what input() raises in a worker that may not ask
SKIP_TAG, MAY_FAIL_TAG = "skip-execution", "raises-exception"  # as nbclient has them


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    notebook: Path
    output: Path | None = None
    allow_errors: bool = False
    timeout_s: float | None = None  # a cell
    kernel_python: str | None = None
    stdin: bool = False


class End(Enum):
    """How a run ended."""

    OK = auto()
    FAILED = auto()
    NOT_STARTED = auto()
    INTERRUPTED = auto()
    TERMINATED = auto()


def is_to_run(cell: Cell) -> bool:
    """As nbclient: empty cells and those tagged so keep what they have."""
    return cell.kind is CellKind.CODE and bool(cell.source.strip()) and SKIP_TAG not in _tags(cell)


def _tags(cell: Cell) -> list[object]:
    tags = cell.metadata.get("tags")
    return tags if isinstance(tags, list) else []


class HeadlessRun:
    """The cells still to run, the one that runs, and (end) how it ends.

    Its order: over() returns, the engine is closed, follow() ends with what was still to be read.
    """

    def __init__(
        self,
        handle: NotebookHandle,
        document: Document,
        cells: list[Cell],
        options: RunOptions,
        progress: RunProgress,
    ) -> None:
        self._handle = handle
        self._document = document
        self._waiting = list(reversed(cells))
        self._options = options
        self._progress = progress
        self._input = StandardInput()
        self._cell_of: dict[str, CellId] = {}
        self._running: Cell | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timed_out = False
        self._kernel_is_there = False
        self._asked_in_vain: list[int] = []  # numbers of cells
        self._done = False  # what exit handlers and dying threads print is no cell's output, as in nbclient
        self._over = asyncio.Event()
        self.end = End.NOT_STARTED  # so far

    async def follow(self) -> None:
        """Take every event until the handle is closed; each end of a cell begins the next."""
        self._handle.submit(StartKernel())
        async for event in self._handle.events():
            self._take(event)

    async def over(self, following: asyncio.Task[None]) -> None:
        """Until the kernel has ended in good order, or somebody waits no longer; following, failed, ends it too."""
        following.add_done_callback(lambda _: self._over.set())
        await self._over.wait()
        self._input.cancel()
        self._stop_timer()
        if self._asked_in_vain:
            cells = ", ".join(map(str, self._asked_in_vain))
            which = f"Cell {cells}" if len(self._asked_in_vain) == 1 else f"Cells {cells}"
            self._progress.say(
                f"{which} asked for input, which nobody answers here: with --stdin, each line of the "
                "standard input is an answer."
            )

    def interrupt(self) -> None:
        """The first Ctrl+C interrupts the cell, and no other runs; a second one waits for nothing."""
        if self._running is None or self.end is End.INTERRUPTED:
            self._over.set()
        else:
            self._handle.submit(InterruptKernel())
        self._waiting.clear()
        self.end = End.INTERRUPTED

    def terminate(self) -> None:
        self._waiting.clear()
        self.end = End.TERMINATED
        self._over.set()

    def _take(self, event: Event) -> None:
        match event:
            case KernelReady():
                self._kernel_is_there, self.end = True, End.OK
                self._describe_language(event)
                self._run_next()
            case KernelEnded(reason=reason):
                self._kernel_ended(reason)
            case ExecutionStarted(execution_id=execution_id):
                self._start_timer(execution_id)
            case TextPrinted() | DisplayShown() | TracebackShown() if not self._done:
                self._document.add_output(self._cell(event.execution_id), output_of(event))
            case DisplayUpdated(display_id=display_id, data=data, metadata=metadata):
                self._document.update_display(display_id, data, metadata)
            case OutputCleared(execution_id=execution_id, wait=wait):
                self._document.clear_output(self._cell(execution_id), wait=wait)
            case InputRequested():
                self._ask(event)
            case ExecutionFinished():
                self._finished(event)
            case ExecutionSkipped():  # interrupted before it began
                self._running = None
                self._run_next()
            case _:
                pass

    def _cell(self, execution_id: ExecutionId) -> CellId:
        """Whose output it is; of what threads print for no execution at all, the cell's that ran last."""
        return self._cell_of.get(execution_id) or next(reversed(self._cell_of.values()), CellId(""))

    def _kernel_ended(self, reason: str) -> None:
        self._kernel_is_there = False
        if self.end is End.NOT_STARTED:
            self._progress.say(reason)
        if self._running is None:  # else the end of what runs is still to come
            self._over.set()

    def _run_next(self) -> None:
        if not self._waiting:
            self._done = True
            if self._kernel_is_there:
                self._handle.submit(ShutDownKernel())  # the user's exit handlers run
            else:
                self._over.set()
            return
        cell = self._running = self._waiting.pop()
        self._document.begin_run(cell.cell_id)
        command = RunCell(cell_id=cell.cell_id, source=cell.source, continue_on_error=True)
        self._cell_of[self._handle.submit(command)] = cell.cell_id

    def _finished(self, event: ExecutionFinished) -> None:
        self._stop_timer()
        self._input.cancel()
        cell = self._running
        assert cell is not None  # one that runs has finished
        self._running = None
        if event.outcome is Outcome.REFUSED:  # the user's own errors have shown a traceback
            error = ErrorOutput(error_type=event.error_type, message=event.message, traceback=())
            self._document.add_output(cell.cell_id, error)
        self._document.end_run(cell.cell_id, event.execution_count)
        self._progress.advance()
        if event.error_type == _NOBODY_ANSWERS:
            self._asked_in_vain.append(self._document.index(cell.cell_id) + 1)
        if event.outcome is not Outcome.OK:
            self._judge(cell, event)
        self._run_next()

    def _judge(self, cell: Cell, event: ExecutionFinished) -> None:
        """What a failure means for the cells that wait and for the exit code."""
        if self.end is not End.OK:
            return
        tagged = MAY_FAIL_TAG in _tags(cell) and not self._timed_out
        if event.outcome is not Outcome.LOST and (tagged or self._options.allow_errors):
            return
        self._progress.say(self._failure_words(cell, event))
        self._waiting.clear()
        self.end = End.FAILED

    def _failure_words(self, cell: Cell, event: ExecutionFinished) -> str:
        number = self._document.index(cell.cell_id) + 1
        if self._timed_out:
            how = "its Python was ended, since it did not stop" if event.outcome is Outcome.LOST else "was stopped"
            return f"Cell {number} did not finish within {self._options.timeout_s:g} s and {how}."
        if event.outcome is Outcome.LOST:
            return f"Cell {number} was lost: {event.message}"
        last = next(reversed(self._document.outputs(cell.cell_id)), None)
        traceback = "\n".join(last.traceback) + "\n" if isinstance(last, ErrorOutput) else ""
        return f"{traceback}Cell {number} failed: {event.error_type}: {event.message}"

    # --- time limits and questions

    def _start_timer(self, execution_id: ExecutionId) -> None:
        if self._options.timeout_s is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._options.timeout_s, self._time_out, execution_id)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _time_out(self, execution_id: ExecutionId) -> None:
        self._timed_out = True
        self._handle.submit(CancelExecution(execution_id=execution_id))
        self._timer = asyncio.get_running_loop().call_later(END_AFTER_S, self._handle.submit, EndWorker())

    def _ask(self, event: InputRequested) -> None:
        def answered(text: str | None) -> None:
            self._progress.resume()
            answer = AnswerInput(execution_id=event.execution_id, input_number=event.input_number, text=text)
            self._handle.submit(answer)

        self._progress.pause()
        self._input.ask(event.prompt, password=event.password, on_answer=answered)

    def _describe_language(self, kernel: KernelReady) -> None:
        self._document.set_metadata(with_language(self._document.metadata, kernel.python_version))
