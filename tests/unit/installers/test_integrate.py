"""The archive's integrate.sh: what it writes for the desktop, and that it takes exactly that back."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from installers.linux.share import FILES, write_share
from installers.project import read_project


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    folder = tmp_path / 'My $pro`grams "100%" \\o'
    folder.mkdir(parents=True)
    write_share(folder / "share", read_project())
    shutil.copy(FILES / "integrate.sh", folder)
    (folder / "capsule-desktop").write_text("#!/bin/sh\n")
    return folder


def _integrate(unpacked: Path, home: Path, *arguments: str) -> None:
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    subprocess.run(["sh", unpacked / "integrate.sh", *arguments], env=environment, check=True, capture_output=True)


def _files(home: Path) -> set[str]:
    """Without the caches that the desktop's own programs make."""
    found = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_symlink() or path.is_file()}
    return {name for name in found if "capsule" in name or "ipynb" in name}


def test_it_writes_an_entry_with_the_programs_path_and_takes_all_back(unpacked: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".local/share/applications").mkdir(parents=True)
    other = home / ".local/share/applications/capsule-of-somebody.desktop"
    other.touch()
    _integrate(unpacked, home)
    entry = (home / ".local/share/applications/capsule-desktop.desktop").read_text()
    assert rf'Exec="{tmp_path}/My \\$pro\\`grams \\"100%%\\" \\\\o/capsule-desktop" %F' in entry.splitlines()
    assert (home / ".local/bin/capsule-desktop").readlink() == unpacked / "capsule-desktop"
    assert ".local/share/mime/packages/capsule-desktop.xml" in _files(home)
    assert ".local/share/icons/hicolor/48x48/apps/capsule-desktop.png" in _files(home)
    _integrate(unpacked, home, "--remove")
    assert _files(home) == {str(other.relative_to(home))}


def test_a_program_of_that_name_is_left_alone(unpacked: Path, tmp_path: Path) -> None:
    own = tmp_path / "home/.local/bin/capsule-desktop"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    _integrate(unpacked, tmp_path / "home")
    _integrate(unpacked, tmp_path / "home", "--remove")
    assert own.read_text() == "mine"


def test_a_misspelt_word_changes_nothing(unpacked: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with pytest.raises(subprocess.CalledProcessError) as error:
        _integrate(unpacked, home, "--delete")
    assert error.value.returncode == 2
    assert not list(home.iterdir())
