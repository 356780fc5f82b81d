"""A user's session in a DebianRoot: a screen, a bus, a window manager; opened by double click, driven by keys.

What happened is read from the files that the application writes, never from pixels.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.support import waiting
from tests.support.debian_root import HOME, LIMIT_S, DebianRoot

STATE = HOME / ".local/state/capsule-desktop"
PROGRAM = "capsule-desktop"
_RUNTIME = {"XDG_RUNTIME_DIR": "/run/user/1000"}
_WINDOW_LIMIT_S = 30
_SCREEN = "1440x960x24"


class DesktopSession:
    def __init__(self, root: DebianRoot, environment: dict[str, str]) -> None:
        self.root, self._environment = root, environment

    def run(self, *words: str, limit_s: float = LIMIT_S) -> str:
        """As the user, in the session; its output."""
        return self.root.run(*words, user=True, environment=self._environment, limit_s=limit_s)

    def write_notebook(self, inside: Path, cells: Sequence[str]) -> None:
        """As another program would: no names of interpreters, no ids of ours."""
        file = self.root.outside(inside)
        file.parent.mkdir(parents=True, exist_ok=True)
        listed = [
            {
                "cell_type": "code",
                "id": f"c{i}",
                "execution_count": None,
                "metadata": {},
                "outputs": [],
                "source": source,
            }
            for i, source in enumerate(cells)
        ]
        text = json.dumps({"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        file.write_text(text, encoding="utf-8")
        self.root.give(inside)

    def open(self, notebook: Path) -> None:
        """As a double click does: by the file's type, and the desktop entry that is its default."""
        self.root.launch("gio", "open", str(notebook), environment=self._environment)
        self.focus(notebook.name)

    def start(self) -> None:
        """From the menu, without a file."""
        entry = f"/usr/share/applications/{PROGRAM}.desktop"
        self.root.launch("gio", "launch", entry, environment=self._environment)

    def focus(self, name: str) -> None:
        """Wait for the window of this name, and give it the keys."""
        found = ["search", "--sync", "--onlyvisible", "--limit", "1", "--name", f"^{name}"]
        self.run("xdotool", *found, "windowactivate", "--sync", limit_s=_WINDOW_LIMIT_S)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.run("xdotool", "key", "--delay", "60", key)

    def type(self, text: str) -> None:
        self.run("xdotool", "type", "--delay", "20", text)

    def saved(self, notebook: Path, as_wanted: Callable[[list[str]], bool]) -> None:
        """Save until the file has it: what a cell printed is shown a moment after it was printed."""
        end = time.monotonic() + waiting.LIMIT_S
        while not as_wanted(self.outputs(notebook)):
            assert time.monotonic() < end, f"the file has {self.outputs(notebook)}"
            self.press("ctrl+s")

    def kill(self) -> None:
        """The application and nothing else, as the kernel does where memory runs out."""
        self.run("pkill", "-KILL", "--full", f"^([^ ]*/)?{PROGRAM}( |$)")

    def outputs(self, notebook: Path) -> list[str]:
        """Each cell's text, as the file has it."""
        return ["".join(_texts(cell)) for cell in self._cells(notebook)]

    def sources(self, notebook: Path) -> list[str]:
        return ["".join(cell["source"]) for cell in self._cells(notebook)]

    def kinds(self, notebook: Path) -> list[str]:
        return [cell["cell_type"] for cell in self._cells(notebook)]

    def logged(self) -> str:
        """What the application warned of."""
        log = self.root.outside(STATE / "capsule.log")
        return log.read_text(encoding="utf-8") if log.exists() else ""

    def written(self, inside: Path) -> str:
        """What a cell wrote into a file of the user's, once it is there."""
        file = self.root.outside(inside)
        waiting.until(lambda: file.exists() and bool(file.read_text(encoding="utf-8")))
        return file.read_text(encoding="utf-8")

    def keeps(self, text: str) -> None:
        """Wait until a draft of unsaved edits has this."""
        folder, sought = self.root.outside(STATE), text.encode()
        waiting.until(lambda: any(sought in draft.read_bytes() for draft in folder.rglob("drafts.log")))

    def screenshot(self, to: Path) -> None:
        """For whoever looks at a failed test, or at a passed one."""
        self.run("scrot", "--overwrite", "/tmp/screen.png")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.root.outside("/tmp/screen.png"), to)

    def _cells(self, notebook: Path) -> list[dict[str, Any]]:
        cells: list[dict[str, Any]] = json.loads(self.root.outside(notebook).read_text(encoding="utf-8"))["cells"]
        return cells


def _texts(cell: dict[str, Any]) -> Iterator[str]:
    for output in cell.get("outputs", []):
        yield "".join(output.get("text", output.get("data", {}).get("text/plain", "")))


@contextmanager
def desktop_session(root: DebianRoot) -> Iterator[DesktopSession]:
    """Ends with its screen; the user's workers go on, as after logging out."""
    with ExitStack() as stack:
        screen = _told(stack, root, ["Xvfb", "-displayfd", "1", "-screen", "0", _SCREEN, "-nolisten", "tcp"], {})
        bus = _told(stack, root, ["dbus-daemon", "--session", "--nofork", "--print-address"], {})
        environment = {**_RUNTIME, "DISPLAY": f":{screen}", "DBUS_SESSION_BUS_ADDRESS": bus}
        _told(stack, root, ["openbox", "--startup", "echo"], environment)
        yield DesktopSession(root, environment)


def _told(stack: ExitStack, root: DebianRoot, words: list[str], environment: dict[str, str]) -> str:
    """Start a program of the session; the line that it says when it is ready."""
    command = root.command(words, user=True, environment={**_RUNTIME, **environment})
    program = stack.enter_context(
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    )
    stack.callback(program.kill)
    assert program.stdout is not None
    return program.stdout.readline().strip()
