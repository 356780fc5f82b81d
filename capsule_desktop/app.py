"""The window application's composition root: one QApplication, one qasync loop, and the order of their end.

The only module that creates and runs the loop (invariant 1).  The engine is imported and started after
the first window has been painted, so that it is there at once.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import qasync  # type: ignore[import-untyped]  # ships no annotations
from platformdirs import user_config_path, user_documents_path, user_state_path
from PySide6.QtWidgets import QApplication

from capsule_desktop import crash_reports, finding, log_file, resources, versions
from capsule_desktop.collector import MainThreadCollector
from capsule_desktop.crash import CrashHook
from capsule_desktop.desktop_notifier import DesktopNotifier
from capsule_desktop.first_paint import FirstPaint, say_painted
from capsule_desktop.handed_over import HandedOver
from capsule_desktop.presenters import beside_another
from capsule_desktop.presenters.answer_keeping import AnswerKeeping
from capsule_desktop.presenters.catalogue import Catalogue
from capsule_desktop.presenters.checkpoint_reader import CheckpointReader
from capsule_desktop.presenters.environments import EnvironmentsPresenter
from capsule_desktop.presenters.handed_files import HandedFiles
from capsule_desktop.presenters.surroundings import Surroundings
from capsule_desktop.presenters.windows import WindowsPresenter
from capsule_desktop.settings import Settings
from capsule_desktop.single_instance import Instance, Start
from capsule_desktop.widgets.icons import app_icon
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.theme import Theme
from engine.interpreters.child_environment import drop_start_tokens, frozen_bundle, give_back
from engine.tasks import TaskOwner

if TYPE_CHECKING:
    from engine.facade import Engine

log = logging.getLogger("capsule.app")

NAME = "capsule-desktop"


class Application:
    """Everything of one process, made on the running loop; run() returns when the last window has gone.

    crash: told what is going on.
    """

    def __init__(
        self,
        app: QApplication,
        state_folder: Path,
        config_folder: Path,
        checkpoints_folder: Path,
        *,
        crash: CrashHook | None = None,
    ) -> None:
        app.setQuitOnLastWindowClosed(False)  # Qt would stop the loop under the workers that are still to be ended
        settings = Settings(config_folder / "settings.ini")
        self._ended = asyncio.get_running_loop().create_future()
        self._tasks = TaskOwner("application", log)
        self._collector = MainThreadCollector(app)
        self._notifier = DesktopNotifier()
        self._state_folder = state_folder
        self._crash = crash
        self._engine: Engine | None = None
        self.warmed = asyncio.Event()  # a spare worker has been asked for
        self.catalogue = Catalogue(finding.load, settings, self._tasks)
        self.windows = WindowsPresenter(
            self._loaded_engine,
            Surroundings(
                theme=Theme(app, settings.theme()),
                clipboard=[],
                answers=AnswerKeeping(settings),
                checkpoints_folder=checkpoints_folder,
                checkpoint_reader=CheckpointReader(
                    notebooks_folder=state_folder / "notebooks", key_folder=state_folder
                ),
                notify=self._notifier.notify,
                catalogue=self.catalogue,
                environments=EnvironmentsPresenter(self._tasks),
                warm=self._keep_warm,
            ),
            settings,
            self._tasks,
            notebooks_folder=state_folder / "notebooks",
            lives_folder=state_folder / "lives",
            on_all_closed=self._on_all_closed,
        )
        self._handed_files = HandedFiles(self.windows, self._tasks, self._on_handed_files_opened)
        self._handed_over: HandedOver | None = None

    @property
    def engine(self) -> Engine:
        """Made when first asked for, since loading it costs more than painting the first window."""
        if self._engine is None:
            from engine.facade import Engine
            from engine.session.manager import SessionManager

            self._engine = Engine(state_directory=self._state_folder, manager=SessionManager())
        return self._engine

    async def _loaded_engine(self) -> Engine:
        """Loaded on a thread: somebody may be typing."""
        await asyncio.to_thread(importlib.import_module, "engine.facade")
        return self.engine

    def serve(self, instance: Instance) -> None:
        """Before run(): this is the one of its session, to which others hand their files; released in the end."""
        self._handed_over = HandedOver(instance, self._handed_files.take)

    async def run(self, files: Sequence[Path]) -> None:
        """Open a window (one a file, and what a crash had closed), serve until the last one is closed, end in order."""
        window = self.windows.open_window()
        opening = self.windows.begin(files, window)
        self._tasks.spawn(self._warm(window, opening), name="warm")
        try:
            if self._handed_over is not None:
                self._handed_over.begin()
            await self._ended
            await self.windows.ended_in_order()
        finally:
            await self.close()

    async def close(self) -> None:
        """No more files of others; then workers, then whatever was still going on."""
        if self._crash is not None:
            self._crash.note(f"It was ending at {time.ctime()}.")
        if self._handed_over is not None:
            await self._handed_over.close()
        await self.windows.ended()
        if self._engine is not None:
            await self._engine.close()
        await self._tasks.close()
        self._collector.close()

    async def _warm(self, window: MainWindow, opening: asyncio.Task[None]) -> None:
        """Load the engine and start a spare worker when the first window stands with what was asked for."""
        await asyncio.wait([opening])
        await FirstPaint(window).ended()
        drop_start_tokens(os.environ)
        say_painted(os.environ)
        engine, python = await self._loaded_engine(), await self._likely_python(window)
        if python:
            engine.warm(python)
        self._collector.freeze()
        await asyncio.to_thread(resources.hold_icons)
        if self._crash is not None:
            about = await asyncio.to_thread(versions.versions_text)
            self._crash.note(f"{about}\nIts windows were open from {time.ctime()}.")
        self.warmed.set()

    async def _likely_python(self, window: MainWindow) -> str:
        """What the first cell will be run with; "" where nobody knows, or it is not to be started before that."""
        notebook = self.windows.notebook_of(window) if window in self.windows.windows else None
        return await (self.catalogue.likely() if notebook is None else notebook.interpreters.spare())

    def _keep_warm(self, python: str) -> None:
        """Not before the first window stands there."""
        if self.warmed.is_set():
            self.engine.warm(python)

    def _on_all_closed(self) -> None:
        """What is handed over from now on starts an application of its own; what was is opened first."""
        if self._handed_files.is_opening:
            return
        if self._handed_over is not None:
            self._handed_over.stop()
        if not self._ended.done():
            self._ended.set_result(None)

    def _on_handed_files_opened(self) -> None:
        if not self.windows.windows:
            self._on_all_closed()


def main(files: Sequence[Path], start: Start, again: Callable[[], Start]) -> int:
    """Run the window application; the process's exit code.

    Where another one runs that did not take the files, it is asked first whether to open them here; again: asks that
    one once more.
    """
    state = user_state_path(NAME)
    log_file.begin(state)
    crash = CrashHook.begin(state / crash_reports.FOLDER, f"Capsule was being started at {time.ctime()}.")
    app = QApplication(sys.argv[:1])
    give_back(os.environ, bundle=frozen_bundle())  # Qt has found its plugins; what it opens for the user starts without
    crash.watch_qt()
    app.setApplicationName(NAME)
    app.setApplicationDisplayName("Capsule")
    app.setDesktopFileName(NAME)
    app.setWindowIcon(app_icon())
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    loop = qasync.QEventLoop(app)
    crash.watch_loop(loop)
    asyncio.set_event_loop(loop)
    with loop:
        loop.run_until_complete(_run(app, files, state, crash, start, again))
    crash.end()
    return 0


async def _run(
    app: QApplication,
    files: Sequence[Path],
    state: Path,
    crash: CrashHook,
    start: Start,
    again: Callable[[], Start],
) -> None:
    checkpoints = user_documents_path() / "Capsule checkpoints"
    application = Application(app, state, user_config_path(NAME), checkpoints, crash=crash)
    decided = await beside_another.decided(start, files, again) if start.is_beside else start
    if decided is None:
        await application.close()
        return
    if decided.instance is not None:
        application.serve(decided.instance)
    await application.run(files)
