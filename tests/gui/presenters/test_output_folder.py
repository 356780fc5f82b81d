"""What cells print is removed with the process that ran them, however that ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from capsule_desktop.presenters.output_folder import OutputFolder

_CLAIM_AND_DIE = """
import os, sys
from pathlib import Path
from capsule_desktop.presenters.output_folder import OutputFolder
folder = OutputFolder(Path(sys.argv[1]))
folder.claim()
(folder.path / "log").write_text("printed")
os.kill(os.getpid(), 9)
"""


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _CLAIM_AND_DIE, tmp_path], check=False, cwd=Path(__file__).parents[3])
    (left,) = tmp_path.iterdir()
    assert (left / "log").is_file()
    OutputFolder(tmp_path).sweep()
    assert list(tmp_path.iterdir()) == []


def test_what_a_living_process_uses_is_left_alone(tmp_path: Path) -> None:
    living, other = OutputFolder(tmp_path), OutputFolder(tmp_path)
    living.claim()
    other.claim()
    other.sweep()
    assert set(tmp_path.iterdir()) == {living.path, other.path}
    for folder in (living, other):
        folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_raises_nothing_here(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = OutputFolder(tmp_path / "file")
    folder.claim()
    folder.sweep()
    folder.remove()
    assert (tmp_path / "file").read_text() == "in the way"
