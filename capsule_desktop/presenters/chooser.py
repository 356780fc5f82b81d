"""The dialog in which the Python of a notebook is chosen: filled from the catalogue, and again as that learns more.

Owns the dialog while it is open.  What the notebook's folder has is run to learn more of it only after a cell was run.
Invariant: a Python that may be run and was not is run once before it is taken, while the one that it replaces lives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from capsule_desktop.presenters.catalogue import Catalogue
from capsule_desktop.presenters.interpreter_views import rows_of, what_to_do
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets import file_dialogs
from capsule_desktop.widgets.interpreter_dialog import ChooserView, InterpreterDialog
from capsule_desktop.widgets.theme import Theme
from engine.interpreters.interpreter import Interpreter, Standing


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Of the notebook that one is chosen for.  current: the path of the one that runs, or will; "" for none.

    wanted: paths that are shown wherever they are.  consequence: what a choice ends, "" where none runs.
    running_version: whose variables could be restored, "" for none.
    may_run_folder: a cell was run.
    """

    folder: Path | None
    current: str
    wanted: tuple[str, ...]
    consequence: str
    elsewhere: str  # the same of a Python of another version
    running_version: str
    may_run_folder: bool


class Chooser:
    """on_chosen: with whether the variables are to be restored.  on_closed: after it, and where none was chosen."""

    def __init__(
        self,
        parts: Parts,
        catalogue: Catalogue,
        theme: Theme,
        *,
        situation: Callable[[], Situation],
        on_chosen: Callable[[Interpreter, bool], None],
        on_closed: Callable[[], None],
        on_new: Callable[[], None],
    ) -> None:
        self._parts, self._catalogue, self._theme = parts, catalogue, theme
        self._situation = situation
        self._on_chosen, self._on_closed, self._on_new = on_chosen, on_closed, on_new
        self._dialog: InterpreterDialog | None = None
        self._is_finding = self._has_uv = self._is_trying = False

    def open(self) -> None:
        """With what is known, at once."""
        if self._dialog is not None:
            self._dialog.raise_()
            return
        self._is_finding = True
        self._catalogue.forget_failures()
        dialog = self._dialog = InterpreterDialog(self._view(), self._theme.palette, self._parts.window)
        self._theme.palette_changed.connect(dialog.apply_palette)
        dialog.chosen.connect(self._take)
        dialog.program_requested.connect(partial(self._browse, file_dialogs.open_python))
        dialog.folder_requested.connect(partial(self._browse, file_dialogs.open_environment))
        dialog.new_requested.connect(self._on_new)
        dialog.finished.connect(self._finished)
        self._catalogue.changed.connect(self.refresh)
        dialog.open()
        self.look()

    def look(self) -> None:
        """Find out anew what there is, an environment that was made just now, say."""
        self._parts.tasks.spawn(self._complete(), name="complete interpreters")

    def refresh(self) -> None:
        if self._dialog is not None:
            self._dialog.show_view(self._view())

    def dismiss(self) -> None:
        if self._dialog is not None:
            self._dialog.dismiss()

    async def _complete(self) -> None:
        """Read what is there, then run what may be run to learn the rest."""
        situation = self._situation()
        among = await self._catalogue.found(situation.folder, situation.wanted)
        finding = await self._catalogue.finding()
        self._has_uv = await asyncio.to_thread(finding.has_uv)
        self._is_finding = False
        if self._dialog is not None:
            self._catalogue.complete(among, trusted=situation.may_run_folder)
        self.refresh()

    def _view(self) -> ChooserView:
        situation = self._situation()
        rows = rows_of(
            self._catalogue.known(situation.folder),
            current=situation.current,
            is_running=bool(situation.consequence),
            recent=self._catalogue.recent,
            added=self._catalogue.added(situation.folder),
            running_version=situation.running_version,
        )
        return ChooserView(
            rows=rows,
            is_looking=self._is_finding or self._catalogue.is_probing,
            what_to_do=what_to_do(has_uv=self._has_uv),
            consequence=situation.consequence,
            elsewhere=situation.elsewhere,
            can_create=any(row.is_usable for row in rows),
        )

    def _take(self, path: str, restore: bool) -> None:
        known = self._catalogue.known(self._situation().folder)
        one = next((one for one in known if str(one.path) == path), None)
        if one is None or self._is_trying:
            return
        if one.is_probed:
            self._use(one, restore)
        else:
            self._is_trying = True
            self._parts.tasks.spawn(self._use_tried(one, restore), name="try interpreter")

    async def _use_tried(self, one: Interpreter, restore: bool) -> None:
        try:
            tried = await self._catalogue.tried(one, trusted=self._situation().may_run_folder)
        finally:
            self._is_trying = False
        if self._dialog is None:
            return
        if tried.standing is Standing.USABLE:
            self._use(tried, restore)
        else:
            self._dialog.show_problem(tried.reason)

    def _use(self, one: Interpreter, restore: bool) -> None:
        if self._dialog is not None:
            self._dialog.answer(partial(self._on_chosen, one, restore))

    def _finished(self, _result: int) -> None:
        self._dialog = None
        self._catalogue.changed.disconnect(self.refresh)
        self._on_closed()

    def _browse(self, dialog_of: Callable[[str, QWidget], QFileDialog]) -> None:
        if self._dialog is not None:
            dialog = dialog_of(str(self._situation().folder or Path.home()), self._dialog)
            dialog.fileSelected.connect(self._on_browsed)
            dialog.open()

    def _on_browsed(self, path: str) -> None:
        self._parts.tasks.spawn(self.add(Path(path)), name="describe interpreter")

    async def add(self, path: Path) -> None:
        """One that was browsed for or made just now, selected where it can be used."""
        situation = self._situation()
        one = await self._catalogue.described(path, situation.folder)
        one = await self._catalogue.tried(one, trusted=situation.may_run_folder)
        if self._dialog is None:
            return
        self._dialog.show_problem("" if one.standing is Standing.USABLE else one.reason)
        if one.standing is not Standing.MISSING:
            self.refresh()
            self._dialog.select(str(one.path))
