from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.errors import WorkerStartError
from engine.session.interpreters import Interpreters


def script(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def names_in(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def test_none_is_the_applications_own(short: Path) -> None:
    assert await Interpreters(short).usable(None) == sys.executable


async def test_a_frozen_application_asks_for_an_interpreter(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(WorkerStartError, match="choose an interpreter"):
        await Interpreters(short).usable(None)


async def test_one_with_ipython_is_usable_and_leaves_nothing_behind(short: Path) -> None:
    assert await Interpreters(short).usable(sys.executable) == sys.executable
    assert names_in(short) == []


async def test_it_is_run_once_for_as_long_as_it_does_not_change(short: Path) -> None:
    (short / "bin").mkdir()
    python = script(short / "bin" / "python", f"echo run >> {short}/runs; exit 0")
    interpreters = Interpreters(short)
    for _ in range(3):
        await interpreters.usable(python)
    assert (short / "runs").read_text() == "run\n"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("echo IPython msgpack >&2; exit 3", "lacks IPython and msgpack"),
        ("exit 4", "older than Python 3.10"),
        ("echo 'not me' >&2; exit 1", "does not run as a Python interpreter. not me"),
    ],
)
async def test_one_that_cannot_run_cells_is_refused_in_words(short: Path, body: str, words: str) -> None:
    with pytest.raises(WorkerStartError, match=words):
        await Interpreters(short).usable(script(short / "python", body))


async def test_what_is_no_program_is_refused_in_words(short: Path) -> None:
    with pytest.raises(WorkerStartError, match="no program"):
        await Interpreters(short).usable(str(short / "nothing"))


async def test_one_that_never_answers_is_given_up(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.session.interpreters.CHECK_LIMIT_S", 0.05)
    with pytest.raises(WorkerStartError, match="did not answer"):
        await Interpreters(short).usable(script(short / "python", "exec sleep 60"))
