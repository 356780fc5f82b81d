"""Runs the look-up of a newer version in a process of its own, for the dialog that somebody has asked for.

What is run, and what its output means, is update_check.py's.  Invariant: nothing is looked up unasked, nothing is
changed, and a look-up ends with its dialog or its time.
"""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer

from capsule_desktop import versions
from capsule_desktop.update_check import Available, Finding, Newest, NotKnown, lookup_command, read_lookup
from capsule_desktop.versions import Installed
from capsule_desktop.widgets.update_dialog import UpdateDialog, UpdateView
from engine.interpreters.child_environment import child_environment, frozen_bundle

LIMIT_S = 30
_OUTPUT_LIMIT = 256 * 1024  # of characters; a version is told at the beginning
_UNCHANGED = "Nothing was changed."


class UpdateLookup(QObject):
    """Belongs to its dialog.  python: has the pip that is asked; "" where there is none."""

    def __init__(self, dialog: UpdateDialog, kind: Installed, python: str) -> None:
        super().__init__(dialog)
        self._dialog, self._kind, self._python = dialog, kind, python
        self._process = QProcess(self)
        self._process.setProcessEnvironment(_environment())
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)
        self._limit = QTimer(self, singleShot=True, interval=LIMIT_S * 1000)
        self._limit.timeout.connect(self._on_limit)
        dialog.cancelled.connect(self.cancel)

    def begin(self) -> None:
        program, *arguments = lookup_command(self._kind, self._python)
        if not program:
            self._show(NotKnown(why="There is no Python here whose pip could look it up."))
            return
        self._process.setStandardInputFile(QProcess.nullDevice())
        self._process.start(program, arguments)
        self._limit.start()

    def cancel(self) -> None:
        """The process has ended when this returns."""
        self._limit.stop()
        self._process.blockSignals(True)
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(1000)

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._limit.stop()
        output, errors = (
            bytes(data.data()[:_OUTPUT_LIMIT]).decode(errors="replace")
            for data in (self._process.readAllStandardOutput(), self._process.readAllStandardError())
        )
        crashed = status is QProcess.ExitStatus.CrashExit
        own = versions.own_version()
        self._show(read_lookup(self._kind, self._python, 1 if crashed else code, output, errors, own_version=own))

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._limit.stop()
            program = lookup_command(self._kind, self._python)[0]
            self._show(NotKnown(why=f"{program} could not be started."))

    def _on_limit(self) -> None:
        self.cancel()
        self._show(NotKnown(why=f"Nothing was heard for {LIMIT_S} seconds."))

    def _show(self, finding: Finding) -> None:
        self._dialog.show_view(view_of(finding, versions.own_version(), self._kind))


def view_of(finding: Finding, own_version: str, kind: Installed) -> UpdateView:
    here = f"Here is {own_version}, a {kind}."
    match finding:
        case Newest(version=version, note=note):
            return UpdateView(text=f"The newest version is installed: {version}.", note=note)
        case Available(version=version, command=command, note=note):
            how = "This command installs it:" if command else ""
            return UpdateView(
                text=" ".join(filter(None, (f"Version {version} is available. {here}", how))),
                command=command,
                note=" ".join(filter(None, (note, _UNCHANGED))),
            )
        case NotKnown(why=why):
            return UpdateView(
                text=f"It could not be looked up whether there is a newer version. {why}", note=f"{here} {_UNCHANGED}"
            )


def looking_up(kind: Installed, python: str) -> UpdateView:
    """What is asked, in words: people should know whom their computer talks to."""
    asked = " ".join(lookup_command(kind, python))
    return UpdateView(text="Looking up the newest version…", note=f"Asks: {asked}", busy=True)


def _environment() -> QProcessEnvironment:
    """In English, whose words are read."""
    environment = QProcessEnvironment()
    for name, value in child_environment(os.environ, bundle=frozen_bundle()).items():
        environment.insert(name, value)
    environment.insert("LC_ALL", "C.UTF-8")
    return environment
