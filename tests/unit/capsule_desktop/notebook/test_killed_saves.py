"""Killed at any step of editing and saving, a notebook opens with all that was acknowledged, and without a conflict."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from capsule_desktop.notebook import disk, drafts
from capsule_desktop.notebook.draft_log import NAME
from capsule_desktop.notebook.drafts import Fit
from tests.support.dying_saver import ACKS, NOTEBOOK, STORE


@pytest.fixture(scope="module")
def wrecks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What each of the killed left; the last one survived."""
    folder = tmp_path_factory.mktemp("wrecks")
    subprocess.run([sys.executable, "-m", "tests.support.dying_saver", str(folder)], check=True, timeout=60)
    return sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: int(path.name))


def acknowledged(wreck: Path) -> list[list[str]]:
    acks = wreck / ACKS
    return [json.loads(line) for line in acks.read_text().splitlines()]


def reopened(wreck: Path) -> tuple[Fit, list[str]]:
    on_disk = disk.read(wreck / NOTEBOOK)
    draft = drafts.read(wreck / STORE)
    if draft is None:
        return Fit.BASE, [cell.source for cell in on_disk.file.cells()]
    recovered = draft.applied_to(on_disk)
    return recovered.fit, [cell.source for cell in recovered.content.cells]


def test_the_killed_died_at_many_different_steps(wrecks: list[Path]) -> None:
    assert len(wrecks) > 30
    assert len({len(acknowledged(wreck)) for wreck in wrecks}) == len(acknowledged(wrecks[-1])) + 1
    fits = {reopened(wreck)[0] for wreck in wrecks}
    assert fits == {Fit.BASE, Fit.SAVED}  # never a conflict, and both ends of a save were met


def test_nothing_acknowledged_is_lost_and_nothing_else_is_shown(wrecks: list[Path]) -> None:
    states = acknowledged(wrecks[-1])
    for wreck in wrecks:
        acks, (_, sources) = acknowledged(wreck), reopened(wreck)
        # what was acknowledged last, or what was being kept when it died
        expected = [acks[-1] if acks else ["0", "other"], *states[len(acks) : len(acks) + 1]]
        assert sources in expected, wreck.name


def test_no_half_file_counts_for_anything(wrecks: list[Path]) -> None:
    for wreck in wrecks:
        log = wreck / STORE / NAME
        if log.exists():
            drafts.read(wreck / STORE)
        assert not list((wreck / STORE).glob("*.damaged"))
        assert len(list(wreck.glob(".*.saving"))) <= 1
