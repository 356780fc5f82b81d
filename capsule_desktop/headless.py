"""`capsule-desktop run`: a notebook executed from top to bottom by the same engine, without a window.

One task consumes the engine's events and asks for the next cell when one has finished, so outputs reach the document
as they do in a window.  Called by cli.py, which owns the loop.  However it ends, what was computed is written and no
worker is left.
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from platformdirs import user_state_path

from capsule_desktop.event_outputs import output_of
from capsule_desktop.notebook import disk
from capsule_desktop.notebook.cell import Cell, CellId, CellKind
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.ipynb import NotebookFileError
from capsule_desktop.notebook.outputs import ErrorOutput
from capsule_desktop.terminal import RunProgress, StandardInput
from engine.commands import AnswerInput, CancelExecution, ExecutionId, InterruptKernel, RunCell, StartKernel
from engine.events import (
    DisplayShown,
    DisplayUpdated,
    Event,
    ExecutionFinished,
    ExecutionSkipped,
    ExecutionStarted,
    InputRequested,
    KernelReady,
    Outcome,
    OutputCleared,
    RequestFailed,
    TextPrinted,
    TracebackShown,
)
from engine.facade import Engine, NotebookHandle
from engine.kernel import KernelPlace
from engine.session.manager import SessionManager

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


EXIT_CODES: Mapping[End, int] = {
    End.OK: 0,
    End.FAILED: 1,
    End.NOT_STARTED: 2,
    End.INTERRUPTED: 128 + signal.SIGINT,
    End.TERMINATED: 128 + signal.SIGTERM,
}


async def run(options: RunOptions) -> int:
    """Execute and write; the process's exit code.  Raises NotebookFileError before anything has run."""
    opened = disk.read(options.notebook)
    document = Document(opened.file, options.notebook)
    _refuse_other_languages(document)
    target = options.output or options.notebook
    _refuse_missing_folder(target)
    cells = [cell for cell in map(document.body, document.cell_ids()) if _is_to_run(cell)]
    with RunProgress(options.notebook.name, len(cells)) as progress:
        end = await _run_cells(document, cells, options, progress) if cells else End.OK
        if end is not End.NOT_STARTED:
            expected = opened.state if options.output is None else None
            try:
                disk.save(document.snapshot(), target, expected)
            except NotebookFileError as error:
                progress.say(f"{error} What was computed is not kept; run it again with -o to write another file.")
                end = End.FAILED
    return EXIT_CODES[end]


def _refuse_other_languages(document: Document) -> None:
    if not document.language.casefold().startswith(("python", "ipython")):
        raise NotebookFileError(f"The notebook is written in {document.language}, and Capsule runs Python only.")


def _refuse_missing_folder(target: Path) -> None:
    if not target.parent.is_dir():
        raise NotebookFileError(f"{target} cannot be written: there is no folder {target.parent}.")


def _is_to_run(cell: Cell) -> bool:
    """As nbclient: empty cells and those tagged so keep what they have."""
    return cell.kind is CellKind.CODE and bool(cell.source.strip()) and SKIP_TAG not in _tags(cell)


def _tags(cell: Cell) -> list[object]:
    tags = cell.metadata.get("tags")
    return tags if isinstance(tags, list) else []


async def _run_cells(document: Document, cells: list[Cell], options: RunOptions, progress: RunProgress) -> End:
    engine = Engine(state_directory=user_state_path("capsule-desktop"), manager=SessionManager())
    with tempfile.TemporaryDirectory(prefix="capsule-run-") as logs:
        place = KernelPlace(
            working_directory=options.notebook.absolute().parent,
            log_directory=Path(logs),
            outlives=False,
            allow_stdin=options.stdin,
            python=options.kernel_python,
        )
        handle = engine.open_notebook(document.capsule_id or "headless", place)
        headless = HeadlessRun(handle, document, cells, options, progress)
        loop = asyncio.get_running_loop()
        # until the workers are gone: a key pressed once too often must not leave one behind
        loop.add_signal_handler(signal.SIGINT, headless.interrupt)
        loop.add_signal_handler(signal.SIGTERM, headless.terminate)
        try:
            return await headless.run()
        finally:
            await engine.close()
            loop.remove_signal_handler(signal.SIGINT)
            loop.remove_signal_handler(signal.SIGTERM)


class HeadlessRun:
    """The cells still to run, the one that runs, and how it ends."""

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
        self._end = End.OK  # so far
        self._over = asyncio.Event()

    async def run(self) -> End:
        """Until the last cell has run, one has failed, or somebody wants it to stop."""
        self._handle.submit(StartKernel())
        following = asyncio.create_task(self._follow(), name="headless events")
        over = asyncio.create_task(self._over.wait(), name="headless end")
        try:
            await asyncio.wait((following, over), return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                following.result()
        finally:
            self._input.cancel()
            self._stop_timer()
            for task in (following, over):
                task.cancel()
            await asyncio.gather(following, over, return_exceptions=True)
        return self._end

    def interrupt(self) -> None:
        """The first Ctrl+C interrupts the cell, and no other runs; a second one waits for nothing."""
        if self._running is None or self._end is End.INTERRUPTED:
            self._over.set()
        else:
            self._waiting.clear()
            self._handle.submit(InterruptKernel())
        self._end = End.INTERRUPTED

    def terminate(self) -> None:
        self._end = End.TERMINATED
        self._over.set()

    async def _follow(self) -> None:
        async for event in self._handle.events():
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case KernelReady():
                self._describe_language(event)
                self._run_next()
            case RequestFailed(kind="kernel_start", message=message):
                self._progress.say(message)
                self._stop(End.NOT_STARTED)
            case ExecutionStarted(execution_id=execution_id):
                self._start_timer(execution_id)
            case TextPrinted() | DisplayShown() | TracebackShown():
                self._document.add_output(self._cell_of[event.execution_id], output_of(event))
            case DisplayUpdated(display_id=display_id, data=data, metadata=metadata):
                self._document.update_display(display_id, data, metadata)
            case OutputCleared(execution_id=execution_id, wait=wait):
                self._document.clear_output(self._cell_of[execution_id], wait=wait)
            case InputRequested():
                self._ask(event)
            case ExecutionFinished():
                self._finished(event)
            case ExecutionSkipped():  # only ever by our own interrupt, before it began
                self._stop(self._end)
            case _:
                pass

    def _stop(self, end: End) -> None:
        self._end = end
        self._over.set()

    def _run_next(self) -> None:
        if not self._waiting:
            self._stop(self._end)
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
        if event.outcome is not Outcome.OK:
            self._judge(cell, event)
        self._run_next()

    def _judge(self, cell: Cell, event: ExecutionFinished) -> None:
        """What a failure means for the cells that wait and for the exit code."""
        if self._end is End.INTERRUPTED:
            return
        tagged = MAY_FAIL_TAG in _tags(cell) and not self._timed_out
        if event.outcome is not Outcome.LOST and (tagged or self._options.allow_errors):
            return
        self._progress.say(self._failure_words(cell, event))
        self._waiting.clear()
        self._end = End.FAILED

    def _failure_words(self, cell: Cell, event: ExecutionFinished) -> str:
        number = self._document.index(cell.cell_id) + 1
        if self._timed_out:
            return f"Cell {number} did not finish within {self._options.timeout_s:g} s and was stopped."
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

    def _ask(self, event: InputRequested) -> None:
        def answered(text: str | None) -> None:
            self._progress.resume()
            answer = AnswerInput(execution_id=event.execution_id, input_number=event.input_number, text=text)
            self._handle.submit(answer)

        self._progress.pause()
        self._input.ask(event.prompt, password=event.password, on_answer=answered)

    def _describe_language(self, kernel: KernelReady) -> None:
        """metadata.language_info as ipykernel writes it, where the notebook has none."""
        if "language_info" in self._document.metadata:
            return
        language = {
            "codemirror_mode": {"name": "ipython", "version": 3},
            "file_extension": ".py",
            "mimetype": "text/x-python",
            "name": "python",
            "nbconvert_exporter": "python",
            "pygments_lexer": "ipython3",
            "version": kernel.python_version,
        }
        self._document.set_metadata({**self._document.metadata, "language_info": language})
