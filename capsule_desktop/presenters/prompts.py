"""input() and getpass(): a dialog for each prompt that waits, beside the row in its cell.

A dialog blocks nothing; answered here or in the cell, it is the engine's InputAnswered (or the end of
the run) that ends both.  It waits for its notebook's window to be in front: until then the cell asks, and notifying.py
says so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import BannerButton, BannerView, Tone
from capsule_desktop.widgets.input_dialog import InputDialog, InputQuestion
from engine.commands import AnswerInput, ExecutionId, InterruptKernel
from engine.events import Event, ExecutionFinished, InputAnswered, InputRequested

HISTORY_LIMIT = 100  # answers that Up and Down offer; the oldest go first


class PromptsPresenter:
    """on_interrupted: Stop was sent."""

    def __init__(self, parts: Parts, on_interrupted: Callable[[], None]) -> None:
        self._parts = parts
        self._on_interrupted = on_interrupted
        self._dialogs: dict[str, InputDialog] = {}
        self._unseen: list[InputDialog] = []  # until the window comes to the front
        self._history: list[str] = []

    def take(self, event: Event) -> None:
        match event:
            case InputRequested():
                self._ask(event)
            case InputAnswered(execution_id=execution_id) | ExecutionFinished(execution_id=execution_id):
                self._dismiss(execution_id)
                self._parts.banners.drop(Topic.PROMPT)
            case _:
                pass

    def answer(self, execution_id: str, input_number: int, text: str | None, *, secret: bool) -> None:
        """Send an answer, text None for end of file, from the dialog or from the cell."""
        if text and not secret:
            self._history = [*self._history[-HISTORY_LIMIT + 1 :], text]
        command = AnswerInput(execution_id=ExecutionId(execution_id), input_number=input_number, text=text)
        self._parts.submit(command)

    def answer_in_cell(self, _cell_id: str, execution_id: str, input_number: int, text: str) -> None:
        cell_id = self._parts.runs.cell_of(execution_id)
        prompt = None if cell_id is None else self._parts.runs.of(cell_id).prompt
        self.answer(execution_id, input_number, text, secret=prompt is not None and prompt.password)

    def end_in_cell(self, _cell_id: str, execution_id: str, input_number: int) -> None:
        self.answer(execution_id, input_number, None, secret=False)

    def show_kept(self, kept: bool) -> None:
        """Whether answers are kept was changed, in this window or in another."""
        self._parts.cells.keeps_answers = kept
        for dialog in self._dialogs.values():
            dialog.show_kept(kept)
        for cell_id, run in self._parts.runs.active():
            if run.prompt is not None and cell_id in self._parts.document:
                self._parts.view.cell_changed(cell_id)

    def show_unseen(self) -> None:
        """The window is in front: what was asked while it was not is asked now."""
        unseen, self._unseen = self._unseen, []
        for dialog in unseen:
            dialog.ask()

    def dismiss_all(self) -> None:
        """The notebook goes away under its questions."""
        for execution_id in tuple(self._dialogs):
            self._dismiss(execution_id)

    def interrupt(self) -> None:
        """Stop what runs.  A question that waits ends by it, whether or not the code goes on after it."""
        self._parts.submit(InterruptKernel())
        self._on_interrupted()
        for cell_id, run in self._parts.runs.active():
            if run.prompt is not None:
                self._parts.runs.answered(run.execution_id)
                self._dismiss(run.execution_id)
                if cell_id in self._parts.document:
                    self._parts.view.cell_changed(cell_id)
        self._parts.banners.drop(Topic.PROMPT)

    def _ask(self, event: InputRequested) -> None:
        cell_id = self._parts.runs.cell_of(event.execution_id)
        if cell_id is None:
            return
        question = InputQuestion(
            cell=self._parts.label(cell_id),
            notebook="" if self._parts.document.path is None else self._parts.document.path.name,
            prompt=event.prompt,
            password=event.password,
            history=tuple(self._history),
            kept=self._parts.cells.keeps_answers,
        )
        dialog = InputDialog(question, self._parts.window)
        send = partial(self.answer, event.execution_id, event.input_number, secret=event.password)
        dialog.answered.connect(send)
        dialog.ended.connect(partial(send, None))
        dialog.interrupted.connect(self.interrupt)
        dialog.keep_toggled.connect(self._parts.view.keep_answers_toggled)
        dialog.postponed.connect(partial(self._postponed, cell_id))
        dialog.finished.connect(partial(self._forget, event.execution_id, dialog))
        self._dismiss(event.execution_id)  # an interrupt ends a question without an answer to it
        self._dialogs[event.execution_id] = dialog
        self._unseen.append(dialog)
        if self._parts.window.is_in_front:
            self.show_unseen()

    def _postponed(self, cell_id: CellId) -> None:
        """The question stays in its cell; where there is none any more, one can still stop the run."""
        if cell_id not in self._parts.document:
            stop = BannerButton(label="Stop it", key=Action.INTERRUPT)
            words = "A deleted cell waits for an answer. Undo its deletion to answer it, or stop it."
            self._parts.banners.show(Topic.PROMPT, BannerView(text=words, tone=Tone.WARNING, buttons=(stop,)))

    def _dismiss(self, execution_id: str) -> None:
        dialog = self._dialogs.pop(execution_id, None)
        if dialog is not None:
            dialog.dismiss()

    def _forget(self, execution_id: str, dialog: InputDialog, _result: int = 0) -> None:
        if dialog in self._unseen:
            self._unseen.remove(dialog)
        if self._dialogs.get(execution_id) is dialog:
            del self._dialogs[execution_id]
