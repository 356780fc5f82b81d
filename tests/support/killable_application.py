"""The real application offscreen, driven over a pipe, for journeys that kill it.

Run as a process: FOLDER [FILE…].  Does what Hands can, and tells, whenever what a widget shows has changed, one line
with everything that is shown.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from capsule_desktop.app import Application
from capsule_desktop.presenters.notebook import NotebookPresenter
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import Banner
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.notebook_view import NotebookView
from engine.commands import AnswerInput, ExecutionId, RestoreCheckpoint
from tests.support import piped_application
from tests.support.shown_text import shown_text


class Hands:
    """What the driver asks of the last window."""

    def __init__(self, application: Application) -> None:
        self._windows = application.windows
        self._told: list[dict[str, Any]] = []
        self._is_due = False

    @property
    def _notebook(self) -> NotebookPresenter:
        notebook = self._windows.notebook_of(self._windows.windows[-1])
        assert notebook is not None
        return notebook

    def do(self, name: str, *arguments: Any) -> None:
        getattr(self, name)(*arguments)
        self.tell_soon()

    def perform(self, action: str) -> None:
        self._windows._perform(self._windows.windows[-1], Action(action))

    def select(self, index: int) -> None:
        self._notebook.show_cell(self._notebook.document.cell_id_at(index))

    def write(self, index: int, text: str) -> None:
        document = self._notebook.document
        document.replace_text(document.cell_id_at(index), text)

    def restore(self, file: str) -> None:
        """Whoever saved it."""
        self._notebook.parts.submit(RestoreCheckpoint(path=Path(file), trust_unsigned=True))

    def answer(self, text: str) -> None:
        for _cell, run in self._notebook.parts.runs.active():
            if run.prompt is not None:
                number = run.prompt.input_number
                command = AnswerInput(execution_id=ExecutionId(run.execution_id), input_number=number, text=text)
                self._notebook.parts.submit(command)

    def click(self, key: str) -> None:
        """A button of the banner."""
        self._windows.windows[-1].banner_button_clicked.emit(key)

    def choose(self, choice: str) -> None:
        """A button of the message that is open."""
        dialog = _messages(self._windows.windows[-1])[-1]
        dialog.answer(lambda: dialog.chosen.emit(Choice(choice)))

    def untick(self) -> None:
        """The box of the message that is open."""
        _messages(self._windows.windows[-1])[-1]._option.setChecked(False)

    def tell_soon(self, *_arguments: object, **_named: object) -> None:
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self.tell)

    def tell(self) -> None:
        self._is_due = False
        shown = [self._window(window) for window in self._windows.windows]
        if shown != self._told:
            self._told = shown
            piped_application.tell(shown)

    def _window(self, window: MainWindow) -> dict[str, Any]:
        notebook, banner = self._windows.notebook_of(window), window.findChild(Banner)
        return {
            "path": None if notebook is None or notebook.document.path is None else str(notebook.document.path),
            "title": "" if notebook is None else notebook.status._title_words(),
            "banner": banner.accessibleName() if banner is not None and not banner.isHidden() else "",
            "messages": [dialog.windowTitle() for dialog in _messages(window)],
            "notes": "" if notebook is None else " · ".join(notebook.status._notes()),
            "has_python": notebook is not None and notebook.home.has_kernel,
            "cells": [] if notebook is None else [_cell(notebook, cell) for cell in notebook.document.cell_ids()],
        }


def _messages(window: MainWindow) -> list[MessageDialog]:
    return [dialog for dialog in window.findChildren(MessageDialog) if dialog.isVisible()]


def _cell(notebook: NotebookPresenter, cell_id: Any) -> dict[str, Any]:
    run = notebook.parts.runs.of(cell_id)
    return {
        "source": notebook.document.source(cell_id),
        "state": run.state,
        "note": run.note,
        "waits": run.prompt is not None,
        "text": shown_text(notebook.document.outputs(cell_id)),
    }


def _watch(hands: Hands) -> None:
    """Have what shows something tell that it did."""
    shows: list[tuple[type, tuple[str, ...]]] = [
        (MainWindow, ("set_title", "set_banner", "set_kernel", "set_status", "set_central_view", "show_welcome")),
        (NotebookView, ("cell_changed", "output_appended", "outputs_changed", "order_changed", "source_replaced")),
        (MessageDialog, ("showEvent", "done")),
    ]
    for owner, names in shows:
        for name in names:
            piped_application.watch(owner, name, hands.tell_soon)


def _begin(application: Application) -> Callable[..., None]:
    hands = Hands(application)
    _watch(hands)
    return hands.do


if __name__ == "__main__":
    piped_application.serve(_begin)
