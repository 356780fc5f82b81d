"""What the engine says happened, brought into document, run states and view.

The only place where events change a notebook.  Printed text goes to the document's transcript and to
the view piece by piece; the view batches its painting.  An execution that outlived an earlier window is
told anew from its beginning, and is taken as any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from capsule_desktop.event_outputs import output_of
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.language import with_language
from capsule_desktop.notebook.outputs import Output
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.presenters.recorded_outputs import SECRET, echo
from capsule_desktop.widgets.values import PromptView
from engine.events import (
    DisplayShown,
    DisplayUpdated,
    Event,
    ExecutionFinished,
    ExecutionQueued,
    ExecutionSkipped,
    ExecutionStarted,
    InputAnswered,
    InputRequested,
    KernelAttached,
    KernelReady,
    NextInputSuggested,
    OutputCleared,
    TextPrinted,
    TracebackShown,
)


class FactsPresenter:
    """on_runs_changed: something was queued, started or ended; the status and the queue show it."""

    def __init__(self, parts: Parts, on_runs_changed: Callable[[], None]) -> None:
        self._parts = parts
        self._on_runs_changed = on_runs_changed
        self._is_attached = False  # what says that it is ready next went on all the time

    def take(self, event: Event) -> None:
        """Bring one event into the notebook; those about the kernel or about requests are not for here."""
        if event.background_end is not None:
            self._parts.document.late.told(event.background_end)
        match event:
            case TextPrinted() | DisplayShown() | TracebackShown():
                self._show(event.execution_id, output_of(event), event.background_end)
            case DisplayUpdated(display_id=display_id, data=data, metadata=metadata):
                self._parts.document.update_display(display_id, data, metadata)
            case OutputCleared(execution_id=execution_id, wait=wait):
                cell_id = self._cell_of(execution_id, event.background_end)
                if cell_id is not None:
                    self._parts.document.clear_output(cell_id, wait=wait)
            case NextInputSuggested():
                self._with_cell(event.execution_id, lambda cell: self._suggest(cell, event))
            case ExecutionQueued() | ExecutionStarted() | ExecutionFinished() | ExecutionSkipped():
                self._run_changed(event)
            case InputRequested() | InputAnswered():
                self._asked(event)
            case KernelAttached():
                self._is_attached = True
            case KernelReady(python_version=version):
                self._python_ready(version)
            case _:
                pass

    def _python_ready(self, version: str) -> None:
        if not self._is_attached:
            self._parts.runs.python_began()
        self._is_attached = False
        if "language_info" not in self._parts.document.metadata:
            self._parts.document.set_metadata(with_language(self._parts.document.metadata, version))

    def _run_changed(self, event: ExecutionQueued | ExecutionStarted | ExecutionFinished | ExecutionSkipped) -> None:
        runs, document, cell_id = self._parts.runs, self._parts.document, CellId(event.cell_id)
        match event:
            case ExecutionQueued():
                runs.queued(event.execution_id, cell_id, event.source)
                self._refresh_later(cell_id)
            case ExecutionStarted():
                runs.started(event.execution_id, _monotonic(event.started_at))
                document.begin_run(cell_id, event.execution_id)
                self._refresh_later(cell_id)
            case ExecutionFinished():
                runs.finished(event)
                document.end_run(cell_id, event.execution_count)
                self._refresh(cell_id)
            case ExecutionSkipped():
                runs.skipped(event.execution_id, event.reason)
                self._refresh(cell_id)
        self._on_runs_changed()

    def _asked(self, event: InputRequested | InputAnswered) -> None:
        runs = self._parts.runs
        cell_id = runs.cell_of(event.execution_id)
        if cell_id is None:
            return
        if isinstance(event, InputRequested):
            prompt = PromptView(
                execution_id=event.execution_id,
                input_number=event.input_number,
                prompt=event.prompt,
                password=event.password,
            )
            runs.asked(event.execution_id, prompt)
        else:
            self._echo(cell_id, event)
            runs.answered(event.execution_id)
        self._refresh(cell_id)
        self._on_runs_changed()

    def _echo(self, cell_id: CellId, event: InputAnswered) -> None:
        """The question and its answer stay readable among the outputs, as on a terminal."""
        prompt = self._parts.runs.of(cell_id).prompt
        if prompt is None:
            return
        if prompt.password:
            answer = SECRET
        elif event.text is None:
            answer = "(end of file)"
        else:
            answer = event.text if self._parts.cells.keeps_answers else "(answered; not kept)"
        self._show(event.execution_id, echo(prompt.prompt, answer))

    def _show(self, execution_id: str, output: Output, background_end: int | None = None) -> None:
        cell_id = self._cell_of(execution_id, background_end)
        if cell_id is not None:
            self._parts.document.add_output(cell_id, output)

    def _cell_of(self, execution_id: str, background_end: int | None) -> CellId | None:
        """Where output belongs; None where that is nowhere, or where it came late and was told to an earlier window."""
        runs, document = self._parts.runs, self._parts.document
        if runs.is_dropped(execution_id):
            return None
        cell_id = runs.cell_of(execution_id)
        if background_end is None or (cell_id is not None and runs.is_active(execution_id)):
            return cell_id
        cell_id = cell_id or document.cell_of_late(execution_id, background_end)
        return None if cell_id is None or document.late.has(cell_id, background_end) else cell_id

    def _suggest(self, cell_id: CellId, event: NextInputSuggested) -> None:
        document = self._parts.document
        if cell_id not in document:
            return
        if event.replace:
            document.replace_text(cell_id, event.text)
        else:
            document.insert(document.index(cell_id) + 1, source=event.text)

    def _with_cell(self, execution_id: str, do: Callable[[CellId], None]) -> None:
        cell_id = self._parts.runs.cell_of(execution_id)
        if cell_id is not None and cell_id in self._parts.document:
            do(cell_id)

    def _refresh(self, cell_id: CellId) -> None:
        self._parts.deferred.now(("cell", cell_id), lambda: self._show_cell(cell_id))

    def _refresh_later(self, cell_id: CellId) -> None:
        self._parts.deferred.later(("cell", cell_id), lambda: self._show_cell(cell_id))

    def _show_cell(self, cell_id: CellId) -> None:
        if cell_id in self._parts.document:
            self._parts.view.cell_changed(cell_id)


def _monotonic(since_1970_s: float) -> float:
    """A moment of the past on the clock of live timers; before this process, and even this boot, began."""
    return time.monotonic() - max(0.0, time.time() - since_1970_s)
