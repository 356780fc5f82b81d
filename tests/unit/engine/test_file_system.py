"""Files by their descriptors, where the system has no calls for it that name a place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import file_system


@pytest.fixture(params=["with pread", "without"])
def descriptor(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    if request.param == "without":
        monkeypatch.delattr(os, "pread")
        monkeypatch.delattr(os, "pwrite")
    opened = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT | file_system.BINARY, 0o600)
    yield opened
    os.close(opened)


def test_what_is_written_at_a_place_is_read_there(descriptor: int) -> None:
    assert file_system.write_at(descriptor, b"first\n", 0) == 6
    assert file_system.write_at(descriptor, memoryview(b"second"), 6) == 6
    assert file_system.write_at(descriptor, b"F", 0) == 1
    assert file_system.read_at(descriptor, 100, 0) == b"First\nsecond"
    assert file_system.read_at(descriptor, 3, 6) == b"sec"
    assert file_system.read_at(descriptor, 3, 100) == b""


def test_a_folder_that_is_not_there_cannot_be_synced(tmp_path: Path) -> None:
    file_system.sync_folder(tmp_path)
    with pytest.raises(FileNotFoundError):
        file_system.sync_folder(tmp_path / "none")


def test_a_system_that_opens_no_folders_syncs_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_DIRECTORY")
    file_system.sync_folder(tmp_path / "none")
