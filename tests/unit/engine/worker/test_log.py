"""Logs grow by whole frames, say how far they reach, and survive what an earlier worker left."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from engine.protocol.codec import encode
from engine.protocol.messages import BACKGROUND, Output
from engine.worker.log import Log, Logs


def frame(text: str = "x", execution_id: str = "ab") -> bytes:
    return encode(Output(execution_id=execution_id, stream="stdout", text=text))


@pytest.fixture
def told() -> list[tuple[str, int]]:
    return []


@pytest.fixture
def logs(tmp_path: Path, told: list[tuple[str, int]]) -> Logs:
    logs = Logs(lambda name, end: told.append((name, end)))
    logs.adopt(tmp_path)
    return logs


def test_every_append_is_told_with_its_end(logs: Logs, told: list[tuple[str, int]], tmp_path: Path) -> None:
    logs.begin("ab")
    logs.append("ab", frame())
    logs.end(frame())
    assert told == [("ab", len(frame())), ("ab", 2 * len(frame()))]
    assert (tmp_path / "ab.log").stat().st_size == told[-1][1]


def test_what_comes_after_the_end_goes_to_the_background(logs: Logs, told: list[tuple[str, int]]) -> None:
    logs.begin("ab")
    logs.end(frame())
    logs.append("ab", frame())
    assert told[-1] == (BACKGROUND, len(frame()))
    assert logs.ends() == {BACKGROUND: len(frame()), "ab": len(frame())}


def test_a_log_that_exists_is_not_written_again(logs: Logs, tmp_path: Path) -> None:
    (tmp_path / "ab.log").touch()
    assert logs.knows("ab")
    with pytest.raises(FileExistsError):
        logs.begin("ab")


@pytest.mark.parametrize("name", ["../ab", "", "AB", "a" * 65, "background"])
def test_only_hex_names_a_file(logs: Logs, name: str) -> None:
    with pytest.raises(OSError, match="no log can be made"):
        logs.begin(name)


def test_a_torn_tail_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "log"
    whole, after = frame("whole"), frame("after")
    path.write_bytes(whole + frame("torn")[:-3])
    log = Log(path, name=BACKGROUND, new=False)
    log.append(after)
    log.close()
    assert path.read_bytes() == whole + after
    assert log.end == len(whole + after)


def test_a_log_is_its_users_alone(tmp_path: Path) -> None:
    Log(tmp_path / "log", name="ab", new=True).close()
    assert stat.S_IMODE((tmp_path / "log").stat().st_mode) == 0o600


def test_text_past_the_limit_is_dropped_with_one_visible_line(tmp_path: Path) -> None:
    log = Log(tmp_path / "log", name="ab", new=True, limit_bytes=0)
    for _ in range(3):
        log.append_text(frame("lost"))
    log.close()
    data = (tmp_path / "log").read_bytes()
    assert data.count(b"output is dropped") == 1
    assert b"lost" not in data


def test_only_the_ends_that_may_be_asked_for_are_kept_and_every_execution_is_known(logs: Logs, tmp_path: Path) -> None:
    for number in range(2000):
        logs.begin(f"{number:x}")
        logs.end(frame())
        (tmp_path / f"{number:x}.log").unlink()
    assert set(logs.ends()) == {BACKGROUND, f"{1999:x}"}
    assert logs.knows(f"{1500:x}")
    assert not logs.knows("0")
