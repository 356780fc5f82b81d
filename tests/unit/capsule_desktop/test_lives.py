"""What was open comes back after a crash, once, and only then."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from capsule_desktop.lives import Life, WindowRecord
from tests.support.logs import ExpectedLogs

_OPEN_AND_DIE = """
import os, sys
from pathlib import Path
from capsule_desktop.lives import Life, WindowRecord
life = Life.begin(Path(sys.argv[1]))
life.write([WindowRecord(path=path, store_id="s") for path in sys.argv[2:]])
os.kill(os.getpid(), 9)
"""


def crash(folder: Path, *paths: str) -> None:
    """A process with these notebooks open is killed."""
    command = [sys.executable, "-c", _OPEN_AND_DIE, str(folder), *paths]
    died = subprocess.run(command, check=False, cwd=Path(__file__).parents[3])
    assert died.returncode == -signal.SIGKILL


def paths(windows: tuple[WindowRecord, ...]) -> list[str]:
    return [window.path for window in windows]


def test_the_windows_of_a_killed_process_come_back_once_and_in_order(tmp_path: Path) -> None:
    crash(tmp_path, "/b", "/a")
    first, second = Life.begin(tmp_path), Life.begin(tmp_path)
    assert paths(first.take_over()) == ["/b", "/a"]
    assert second.take_over() == ()
    first.end()
    second.end()
    assert list(tmp_path.iterdir()) == []


def test_windows_come_back_as_they_were(tmp_path: Path) -> None:
    life, record = Life.begin(tmp_path), WindowRecord(path="", store_id="f" * 32, geometry=b"\0\xff", tries=1)
    life.write([record])
    _let_die(life)
    after = Life.begin(tmp_path)
    assert after.take_over() == (record,)
    after.end()


def test_a_living_process_keeps_its_windows(tmp_path: Path) -> None:
    living, other = Life.begin(tmp_path), Life.begin(tmp_path)
    living.write([WindowRecord(path="/a")])
    assert other.take_over() == ()
    living.end()
    assert other.take_over() == ()
    other.end()


def test_whoever_takes_over_and_is_killed_hands_them_on(tmp_path: Path) -> None:
    crash(tmp_path, "/a", "/b")
    taken = Life.begin(tmp_path)
    taken.take_over()
    _let_die(taken)
    after = Life.begin(tmp_path)
    assert paths(after.take_over()) == ["/a", "/b"]
    after.end()


def test_a_notebook_that_two_lives_had_open_comes_back_once(tmp_path: Path) -> None:
    for _ in range(2):
        crash(tmp_path, "/a")
    life = Life.begin(tmp_path)
    assert paths(life.take_over()) == ["/a"]
    life.end()


def test_notebooks_without_a_file_are_told_apart_by_their_stores(tmp_path: Path) -> None:
    life = Life.begin(tmp_path)
    life.write([WindowRecord(store_id="one"), WindowRecord(store_id="other")])
    _let_die(life)
    after = Life.begin(tmp_path)
    assert [window.store_id for window in after.take_over()] == ["one", "other"]
    after.end()


def test_a_life_that_ended_in_order_leaves_nothing(tmp_path: Path) -> None:
    life = Life.begin(tmp_path)
    life.write([WindowRecord(path="/a")])
    life.end()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 1}', b'{"version": 1, "windows": [{}]}'])
def test_what_cannot_be_read_is_moved_aside_and_holds_nobody_up(
    tmp_path: Path, expected_logs: ExpectedLogs, content: bytes
) -> None:
    expected_logs.expect("capsule.lives", "moved aside")
    (tmp_path / "damaged.json").write_bytes(content)
    crash(tmp_path, "/a")
    life = Life.begin(tmp_path)
    assert paths(life.take_over()) == ["/a"]
    life.end()
    assert (tmp_path / "damaged.unreadable").read_bytes() == content


def test_what_a_later_version_wrote_is_left_to_it(tmp_path: Path) -> None:
    later = json.dumps({"version": 2, "windows": "otherwise"})
    (tmp_path / "later.json").write_text(later)
    life = Life.begin(tmp_path)
    assert life.take_over() == ()
    life.end()
    assert (tmp_path / "later.json").read_text() == later


def test_where_nothing_can_be_written_they_come_back_all_the_same_and_again_later(
    tmp_path: Path, expected_logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected_logs.expect("capsule.lives", "stay listed")
    crash(tmp_path, "/a")
    life = Life.begin(tmp_path)
    with monkeypatch.context() as full:
        full.setattr("capsule_desktop.lives._replace", _raise_full)
        assert paths(life.take_over()) == ["/a"]
    life.end()
    after = Life.begin(tmp_path)
    assert paths(after.take_over()) == ["/a"]
    after.end()


def _raise_full(_path: Path, _data: bytes) -> None:
    raise OSError(28, "No space left on device")


def _let_die(life: Life) -> None:
    """Its locks go as they do with its process, and its files stay."""
    windows, locks = life.windows_file, life.lock_file
    kept = {file: file.read_bytes() for file in (windows, locks)}
    life.end()
    for file, data in kept.items():
        file.write_bytes(data)
