"""Runs the look-up of a newer version in a process of its own, for the dialog that somebody has asked for.

What is run, and what its output means, is update_check.py's.  Invariant: nothing is looked up unasked, nothing is
changed, nothing of the current folder is run (invariant 11), and a look-up ends with its dialog or its time.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from capsule_desktop import versions
from capsule_desktop.update_check import (
    Available,
    Finding,
    Newest,
    NotKnown,
    lookup_command,
    nobody_to_ask,
    read_lookup,
)
from capsule_desktop.versions import Installed
from capsule_desktop.widgets.update_dialog import UpdateDialog, UpdateView
from engine.interpreters.child_environment import child_environment, frozen_bundle
from engine.interpreters.running import run
from engine.tasks import TaskOwner

LIMIT_S = 30
_UNCHANGED = "Nothing was changed."


def begin(dialog: UpdateDialog, kind: Installed, python: str, tasks: TaskOwner) -> None:
    """Look it up for as long as dialog is open.  python: has the pip that is asked; "" where there is none."""

    async def look_up() -> None:
        finding = await _found(kind, python)
        dialog.show_view(view_of(finding, versions.own_version(), kind))

    looking = tasks.spawn(look_up(), name="check for updates")

    def stop() -> None:
        looking.cancel()

    dialog.cancelled.connect(stop)
    dialog.destroyed.connect(stop)  # its window was closed under it


async def _found(kind: Installed, python: str) -> Finding:
    """Cancelling leaves no process."""
    command = lookup_command(kind, python)
    if not command:
        return nobody_to_ask(kind)
    if not command[0]:
        return NotKnown(why="There is no Python here whose pip could look it up.")
    try:
        folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="capsule-")
    except OSError as error:
        return NotKnown(why=f"There is no room for temporary files: {error.strerror or error}.")
    try:
        return await _asked(command, kind, python, Path(folder))
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


async def _asked(command: tuple[str, ...], kind: Installed, python: str, folder: Path) -> Finding:
    """folder: empty, since `python -m` takes modules of the folder that it is started in before all others."""
    environment = child_environment(os.environ, bundle=frozen_bundle())
    try:
        finished = await run(
            command,
            environment={**environment, "LC_ALL": "C.UTF-8"},  # in English, whose words are read
            working_directory=folder,
            limit_s=LIMIT_S,
        )
    except OSError:
        return NotKnown(why=f"{command[0]} could not be started.")
    if finished.code is None:
        return NotKnown(why=f"Nothing was heard for {LIMIT_S} seconds.")
    return read_lookup(kind, python, finished.code, finished.out, finished.err, own_version=versions.own_version())


def view_of(finding: Finding, own_version: str, kind: Installed) -> UpdateView:
    here = f"Here is {own_version}, a {kind}."
    match finding:
        case Newest(version=version, note=note):
            return UpdateView(text=f"The newest version is installed: {version}.", note=note)
        case Available(version=version, command=command):
            text = f"Version {version} is available. {here} This command installs it:"
            return UpdateView(text=text, command=command, note=_UNCHANGED)
        case NotKnown(why=why):
            return UpdateView(
                text=f"It could not be looked up whether there is a newer version. {why}", note=f"{here} {_UNCHANGED}"
            )


def looking_up(kind: Installed, python: str) -> UpdateView:
    """What is asked, in words: people should know whom their computer talks to."""
    asked = " ".join(lookup_command(kind, python))
    return UpdateView(text="Looking up the newest version…", note=f"Asks: {asked}" if asked else "", busy=True)
