"""What the window says while the disk lets somebody wait who saves or closes."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from capsule_desktop.presenters import slow_work
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.closing import ClosingPresenter
from capsule_desktop.presenters.slow_work import said_when_slow
from capsule_desktop.widgets.message_dialog import Choice
from tests.gui.presenters.conftest import Scripted
from tests.gui.presenters.test_conflicts import Conflict, conflict
from tests.support.live_window import turn_until

pytestmark = pytest.mark.qt_loop


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The disk of the drafts writes nothing until this is set."""
    answers, real = threading.Event(), os.pwrite

    def hanging(descriptor: int, data: memoryview, place: int) -> int:
        answers.wait()
        return real(descriptor, data, place)

    monkeypatch.setattr(os, "pwrite", hanging)
    yield answers
    answers.set()


@asynccontextmanager
async def edited(qapp: QApplication, folder: Path, answers: threading.Event) -> AsyncIterator[Conflict]:
    answers.set()
    async with conflict(qapp, folder, wrote=None) as c:
        c.document.replace_text(c.document.cell_id_at(0), "edited again")
        answers.clear()
        try:
            yield c
        finally:
            answers.set()


def said(c: Conflict) -> str:
    return c.banner.accessibleName() if c.banner.isVisible() else ""


async def test_a_save_that_waits_for_the_disk_says_so_until_it_has_ended(
    qapp: QApplication, tmp_path: Path, answers: threading.Event
) -> None:
    async with edited(qapp, tmp_path, answers) as c:
        c.saving.save()
        await turn_until(lambda: said(c).startswith("Saving a.ipynb"))
        assert "Your changes are still here" in said(c)
        answers.set()
        await turn_until(lambda: len(c.saves) == 1 and not said(c))


async def test_closing_says_what_it_waits_for(qapp: QApplication, tmp_path: Path, answers: threading.Event) -> None:
    async with edited(qapp, tmp_path, answers) as c:
        closed: list[bool] = []
        ClosingPresenter(c.parts, c.saving, c.drafts, lambda: True, lambda: None).ask(closed.append)
        await c.choose(Choice.DISCARD)
        await turn_until(lambda: said(c).startswith("Waiting for the disk"))
        assert not closed
        answers.set()
        await turn_until(lambda: closed == [False] and not said(c))


def test_of_what_has_ended_nothing_is_said(
    qapp: QApplication, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_work, "SAID_AFTER_MS", 0)
    parts = scripted(["1"]).parts
    with said_when_slow(parts.banners, "Waiting."):
        assert not parts.banners.says(Topic.WAITING)
    qapp.processEvents()
    assert not parts.banners.says(Topic.WAITING)
