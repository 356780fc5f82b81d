"""The application as its command starts it, which tells on stdout what its windows show; for journeys with several.

Run as a process with the command's own arguments.  PRESSED in its environment names the button that answers what a
start asks beside another application.  Each line is a JSON list of the titles of its windows, told
whenever one has changed; what was read was told before whatever ended the process then.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from capsule_desktop import cli


def _watch() -> None:
    """After the command has asked the one that runs: watching imports Qt."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QPushButton

    from capsule_desktop import app
    from capsule_desktop.widgets.beside_dialog import BesideDialog
    from capsule_desktop.widgets.main_window import MainWindow
    from tests.support import piped_application

    applications: list[app.Application] = []
    piped_application.watch(app.Application, "__init__", lambda made, *_, **__: applications.append(made))

    def tell(*_arguments: object, **_named: object) -> None:
        if applications:
            piped_application.tell([window.windowTitle() for window in applications[0].windows.windows])

    if pressed := os.environ.get("PRESSED"):

        def press(dialog: BesideDialog, _event: object) -> None:
            (button,) = (each for each in dialog.findChildren(QPushButton) if each.text() == pressed)
            QTimer.singleShot(0, button, button.click)

        piped_application.watch(BesideDialog, "showEvent", press)
    for name in ("set_title", "set_central_view", "force_close", "show_welcome", "set_banner"):
        piped_application.watch(MainWindow, name, tell)


if __name__ == "__main__":
    if "--separate" in sys.argv:
        _watch()
    begin = cli._begin

    def begin_watched(*arguments: object) -> object:
        start = begin(*arguments)  # type: ignore[arg-type]  # passed on
        cli._begin = begin  # once: what asks again is watched already
        if not start.is_handed_over:
            _watch()
        return start

    cli._begin = begin_watched  # type: ignore[assignment]  # the one place between asking and importing Qt
    sys.exit(cli.main(sys.argv[1:]))
