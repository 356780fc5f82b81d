"""A checkpoint file in words: what it holds, when and by what it was saved, of which notebook; never unpickled."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from capsule_desktop.presenters.checkpoint_summary import CheckpointSummary, read
from engine.errors import CheckpointError
from engine.protocol.capsule import VARIABLE, Manifest, StoredGroup, StoredVariable
from engine.store import places
from engine.trust import SigningKey
from tests.support.checkpoint_files import write_checkpoint, write_damaged

NOON = time.mktime((2026, 11, 23, 12, 0, 0, 0, 0, -1))
GOOD = Manifest(
    name="clean 1",
    created_at=NOON,
    python_version="3.12.1",
    variables=[
        StoredVariable(name="x", type_name="list", size_bytes=1024),
        StoredVariable(name="y", type_name="array", size_bytes=40 * 1024**2),
        StoredVariable(name="m", type_name="module", size_bytes=0, module="os"),
        StoredVariable(name="f", type_name="generator", size_bytes=0, reason="it cannot"),
    ],
    groups=[StoredGroup(stream_bytes=7, buffers=[], items=[VARIABLE + "x", VARIABLE + "y"])],
    surroundings=[],
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.capsule"


def summary_of(path: Path, manifest: Manifest, now: float = NOON) -> CheckpointSummary:
    return read(write_checkpoint(path, manifest), path.parent / "notebooks", path.parent / "key", now)


def test_it_says_what_is_in_it_without_loading_it(path: Path) -> None:
    summary = summary_of(path, GOOD)  # its pickles are no pickles
    assert summary.name == "clean 1"
    assert summary.described == (
        "some.capsule was saved at 12:00 by Python 3.12.1. It has 3 variables, 40 MB; 1 more could not be saved."
    )
    assert (summary.store_id, summary.notebook) == ("", None)


@pytest.mark.parametrize(
    ("size_bytes", "words"), [(0, "0 bytes"), (999, "999 bytes"), (5000, "5 KB"), (3 * 1024**3, "3.0 GB")]
)
def test_sizes_are_no_finer_than_people_compare(path: Path, size_bytes: int, words: str) -> None:
    only = StoredVariable(name="x", type_name="bytes", size_bytes=size_bytes)
    manifest = replace(GOOD, variables=[only], groups=[StoredGroup(stream_bytes=7, buffers=[], items=[VARIABLE + "x"])])
    assert summary_of(path, manifest).described.endswith(f" It has one variable, {words}.")


@pytest.mark.parametrize("created_at", [float("nan"), float("inf"), -1e300])
def test_a_time_that_is_none_is_not_told(path: Path, created_at: float) -> None:
    assert "was saved at an unknown time by" in summary_of(path, replace(GOOD, created_at=created_at)).described


def test_another_days_time_has_its_date(path: Path) -> None:
    assert "was saved on 2026-11-23 12:00 by" in summary_of(path, GOOD, NOON + 86_400).described


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb\u202e\x00 c", "a b c"),
        ("x" * 100_000, "x" * 59 + "…"),
        ("half \ud800 a pair", "half a pair"),
        ("\n", "some"),
    ],
)
def test_a_strangers_words_are_one_line_that_can_be_drawn(path: Path, name: str, shown: str) -> None:
    assert summary_of(path, replace(GOOD, name=name)).name == shown


def test_a_files_own_name_is_one_line_that_can_be_drawn_too(path: Path) -> None:
    summary = summary_of(path.with_name("tax\u202e\nfdp.capsule"), replace(GOOD, name=""))
    assert summary.name == "tax fdp"
    assert summary.described.startswith("tax fdp.capsule was saved")


def test_the_notebook_is_found_where_it_is_now(path: Path) -> None:
    notebooks, notebook = path.parent / "notebooks", path.with_name("a.ipynb")
    notebook.touch()
    place = places.find(notebooks, notebook, "")
    places.claim(place)
    of_it = replace(GOOD, notebook=place.store_id)
    assert summary_of(path, of_it).notebook == notebook
    moved = notebook.rename(path.with_name("b.ipynb"))
    places.claim(replace(place, path=moved))
    assert summary_of(path, of_it).notebook == moved
    moved.unlink()
    assert (summary_of(path, of_it).notebook, summary_of(path, of_it).store_id) == (None, place.store_id)


def test_a_folder_elsewhere_is_not_looked_into(path: Path) -> None:
    notebook = path.with_name("a.ipynb")
    notebook.touch()
    elsewhere = path.parent / "elsewhere"
    places.claim(places.Place(folder=elsewhere, path=notebook, capsule_id=""))
    summary = summary_of(path, replace(GOOD, notebook="../elsewhere"))
    assert (summary.notebook, summary.store_id) == (None, "")


def test_what_is_no_checkpoint_is_refused_in_words(path: Path) -> None:
    path.write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="no checkpoint"):
        read(path, path.parent, path.parent / "key", NOON)


def test_a_strangers_is_known_from_ones_own(path: Path) -> None:
    assert summary_of(path, GOOD).is_foreign
    write_checkpoint(path, GOOD, SigningKey.open(path.parent / "key"))
    assert not read(path, path.parent, path.parent / "key", NOON).is_foreign


def test_what_is_damaged_is_not_described(path: Path) -> None:
    write_damaged(path)
    with pytest.raises(CheckpointError, match="is damaged"):
        read(path, path.parent, path.parent / "key", NOON)
