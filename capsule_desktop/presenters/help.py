"""The Help menu: shortcuts, crash reports, the check for a newer version, About; and a crash that is told once.

One an application.  Knows which Python ran the cells of each notebook, as its own events told.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from capsule_desktop import crash_reports, versions
from capsule_desktop.presenters import update_lookup
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.widgets import messages
from capsule_desktop.widgets.about_dialog import AboutDialog
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.crash_dialog import CrashDialog
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.shortcuts_dialog import ShortcutsDialog
from capsule_desktop.widgets.update_dialog import UpdateDialog
from engine.events import KernelReady
from engine.tasks import TaskOwner

if TYPE_CHECKING:
    from capsule_desktop.presenters.notebook import NotebookPresenter


class HelpPresenter:
    """reports: the folder of crash reports.  notebook_of: what a window shows; None for the welcome."""

    def __init__(
        self, reports: Path, notebook_of: Callable[[MainWindow], NotebookPresenter | None], tasks: TaskOwner
    ) -> None:
        self._reports, self._notebook_of, self._tasks = reports, notebook_of, tasks
        self._pythons: WeakKeyDictionary[NotebookPresenter, KernelReady] = WeakKeyDictionary()
        self.actions: Mapping[Action, Callable[[MainWindow], None]] = {
            Action.SHORTCUTS: lambda window: ShortcutsDialog(window).open(),
            Action.CRASH_REPORTS: lambda window: self._spawn(self._show_folder, window),
            Action.SHOW_CRASH_REPORT: lambda window: self._spawn(self._show_latest, window),
            Action.CHECK_UPDATES: self._check_updates,
            Action.ABOUT: self._show_about,
        }

    def watch(self, notebook: NotebookPresenter) -> None:
        notebook.events.event_occurred.connect(partial(self._note_python, notebook))

    async def offer_report(self, windows: Sequence[MainWindow]) -> None:
        """Tell in the first window of a crash that no start has told of; nothing where there was none."""
        try:
            new = await asyncio.to_thread(crash_reports.take_over, self._reports)
        except OSError as error:
            crash_reports.log.warning("crash reports cannot be looked through: %s", error.strerror or error)
            return
        view = messages.crash_report_kept()
        for window in windows[:1] if new else ():
            notebook = self._notebook_of(window)
            if notebook is None:
                window.set_banner(view)
            else:
                notebook.parts.banners.show(Topic.CRASH, view)

    def _spawn(self, show: Callable[[MainWindow], Coroutine[None, None, None]], window: MainWindow) -> None:
        self._tasks.spawn(show(window), name="crash reports")

    async def _show_latest(self, window: MainWindow) -> None:
        kept = await asyncio.to_thread(crash_reports.kept, self._reports)
        try:
            text = await asyncio.to_thread(crash_reports.read, kept[0]) if kept else ""
        except OSError as error:
            text = f"The report cannot be read: {error.strerror or error}."
        notebook = self._notebook_of(window)
        if notebook is not None:
            notebook.parts.banners.drop(Topic.CRASH)
        if not kept:
            MessageDialog(messages.no_crash_reports(), window).open()
            return
        dialog = CrashDialog(text, str(kept[0]), window)
        dialog.folder_requested.connect(lambda: self._open_folder(dialog))
        dialog.open()

    async def _show_folder(self, window: MainWindow) -> None:
        count = len(await asyncio.to_thread(crash_reports.kept, self._reports))
        view = messages.crash_reports(count, str(self._reports)) if count else messages.no_crash_reports()
        dialog = MessageDialog(view, window)
        dialog.chosen.connect(lambda choice: self._open_folder(window) if choice is Choice.CHOOSE else None)
        dialog.open()

    def _open_folder(self, parent: QWidget) -> None:
        """Qt knows only whether there is a program to be asked, not what becomes of it."""
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._reports))):
            MessageDialog(messages.folder_not_opened(str(self._reports)), parent).open()

    def _check_updates(self, window: MainWindow) -> None:
        kind, python = versions.installed_as(), self._pip_python(window)
        dialog = UpdateDialog(update_lookup.looking_up(kind, python), window)
        dialog.open()
        update_lookup.begin(dialog, kind, python, self._tasks)

    def _pip_python(self, window: MainWindow) -> str:
        """Ours, or the one that the notebook's cells run in, where ours is frozen and has no pip."""
        if not getattr(sys, "frozen", False):
            return sys.executable
        ready = self._python_of(window)
        return "" if ready is None else ready.executable

    def _show_about(self, window: MainWindow) -> None:
        rows = [*versions.versions()]
        ready = self._python_of(window)
        if ready is not None:
            shell = f"IPython {ready.ipython_version}" if ready.ipython_version else "without IPython"
            rows.append(("Cells here run in Python", f"{ready.python_version}, {shell}\n  {ready.executable}"))
        AboutDialog(rows, window).open()

    def _python_of(self, window: MainWindow) -> KernelReady | None:
        notebook = self._notebook_of(window)
        return None if notebook is None else self._pythons.get(notebook)

    def _note_python(self, notebook: NotebookPresenter, event: object) -> None:
        if isinstance(event, KernelReady):
            self._pythons[notebook] = event
