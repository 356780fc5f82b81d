"""Every kind of value in tests/support/zoo.py, saved by one real process and loaded by another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import zoo
from tests.support.sources import CHECKOUT

_LIMIT_S = 100


def _run(work: str, folder: Path) -> dict[str, object]:
    """One process's results, by kind."""
    done = subprocess.run(
        [sys.executable, zoo.__file__, work, str(folder)],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return results


@pytest.fixture(scope="module")
def saved_and_loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], dict[str, object]]:
    folder = tmp_path_factory.mktemp("zoo")
    return _run("save", folder), _run("load", folder)


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return _run("refuse", tmp_path_factory.mktemp("refused"))


@pytest.mark.parametrize("kind", zoo.usable(), ids=lambda kind: kind.name)
def test_a_kind_of_value_comes_back_in_a_fresh_process_as_it_was(
    kind: zoo.Kind, saved_and_loaded: tuple[dict[str, object], dict[str, object]]
) -> None:
    saved, loaded = saved_and_loaded
    assert saved[kind.name] == {}
    assert loaded[kind.name] == {}


@pytest.mark.parametrize(("made", "words"), zoo.REFUSED, ids=[made[-60:] for made, _ in zoo.REFUSED])
def test_a_value_that_cannot_be_saved_is_reported_in_words_and_costs_only_itself(
    made: str, words: str, refused: dict[str, dict[str, str]]
) -> None:
    reasons = refused[made]
    assert words in reasons["x"]
    assert (reasons["good"], reasons["holder_of_good"]) == ("", "")
