"""The list of recent files."""

from __future__ import annotations

from pathlib import Path

import pytest

from capsule_desktop.notebook.recent import FILE_NAME, LIMIT, add_recent_file, recent_files, remove_recent_file


def test_the_newest_is_first_and_nothing_stands_twice(tmp_path: Path) -> None:
    one, two = tmp_path / "one.ipynb", tmp_path / "zwei é.ipynb"
    for path in (one, two, one):
        add_recent_file(tmp_path / "state", path)
    assert recent_files(tmp_path / "state") == [one, two]


def test_it_is_bounded(tmp_path: Path) -> None:
    for number in range(LIMIT + 3):
        add_recent_file(tmp_path, tmp_path / str(number))
    assert len(recent_files(tmp_path)) == LIMIT
    assert recent_files(tmp_path)[0].name == str(LIMIT + 2)


def test_relative_paths_are_kept_as_absolute_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert add_recent_file(tmp_path, Path("a.ipynb")) == [tmp_path / "a.ipynb"]


def test_one_that_cannot_be_opened_can_be_taken_off(tmp_path: Path) -> None:
    add_recent_file(tmp_path, tmp_path / "a")
    assert remove_recent_file(tmp_path, tmp_path / "a") == []
    assert recent_files(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[1", b"\xff", b"[1, null]", b"[" * 100_000])
def test_a_broken_list_is_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    assert recent_files(tmp_path) == []
