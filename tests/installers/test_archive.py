"""The portable archive in a fresh Debian: unpacked by a user, told to the desktop, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.debian_root import HOME, DebianRoot
from tests.support.desktop_session import PROGRAM, desktop_session

pytestmark = [pytest.mark.installer, pytest.mark.timeout(600)]

ARCHIVE = Path(f"/tmp/{PROGRAM}.tar.gz")

# the archive brings no dependencies: what any desktop has of X11 and OpenGL is asked for by the .deb's names
_DESKTOP = ("libegl1", "libgl1", "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0", "libxcb-keysyms1", "libxcb-shape0")
_DESKTOP_TOO = ("libxcb-render-util0", "libxkbcommon-x11-0", "libsqlite3-0", "libssl3")


@pytest.mark.parametrize("root", ["bookworm"], indirect=True)
def test_an_unpacked_archive_opens_a_notebook_by_double_click_and_is_taken_back(
    root: DebianRoot, archive: Path
) -> None:
    root.bring(archive, ARCHIVE)
    root.install(*_DESKTOP, *_DESKTOP_TOO)
    with desktop_session(root) as session:
        session.run("tar", "-C", str(HOME), "-xzf", str(ARCHIVE))
        folder = next(path for path in root.outside(HOME).glob(f"{PROGRAM}*") if path.is_dir())
        integrate = str(HOME / folder.name / "integrate.sh")
        session.run(integrate)
        notebook = HOME / "portable.ipynb"
        session.write_notebook(notebook, ["print(6 * 7)"])
        session.open(notebook)
        session.press("Escape", "ctrl+Return")
        session.saved(notebook, lambda outputs: outputs == ["42\n"])
        session.kill()
        session.run(integrate, "--remove")
        assert session.run("find", str(HOME / ".local/share"), "-name", "*capsule*", "-type", "f") == ""
        assert session.run("find", str(HOME / ".local/bin"), "-type", "l") == ""
