"""What is known of the Pythons of this computer while more of it is found out; interpreters are made up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from capsule_desktop.finding import Finding
from capsule_desktop.presenters.catalogue import Catalogue
from capsule_desktop.settings import Settings
from engine.interpreters.interpreter import Interpreter, Kind
from engine.interpreters.nearest import default, nearest
from tests.gui.presenters.conftest import Scripted

pytestmark = pytest.mark.qt_loop


def one(name: str, kind: Kind = Kind.VENV) -> Interpreter:
    home = Path("/env") / name
    return Interpreter(path=home / "bin/python", name=name, kind=kind, home=home, version="3.12.1")


BROWSED, FIRST, SECOND, BESIDE = one("browsed"), one("first"), one("second"), one(".venv", Kind.FOLDER)


class Slow:
    """Finds nothing, and that when it may; everything is described at once."""

    def __init__(self) -> None:
        self.is_asked, self.may_answer = threading.Event(), threading.Event()

    def find(self, notebook_folder: Path | None) -> tuple[Interpreter, ...]:
        self.is_asked.set()
        assert self.may_answer.wait(20)
        return ()

    def describe(self, path: Path, notebook_folder: Path | None = None) -> Interpreter:
        return BROWSED


class Probes:
    """Each goes on when it may."""

    def __init__(self) -> None:
        self.asked = list[tuple[list[str], bool]]()
        self.has_begun, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def run(self, among: Sequence[Interpreter], trusted: bool) -> AsyncIterator[Interpreter]:
        if among:
            self.asked.append(([one.name for one in among], trusted))
        self.has_begun.set()
        await self.may_go_on.wait()
        for each in among:
            yield each


def catalogue_of(finder: Slow, probes: Probes, scripted: Scripted, folder: Path) -> Catalogue:
    finding = Finding(finder=finder, probe=probes.run, nearest=nearest, default=default, has_uv=lambda: False)
    return Catalogue(lambda: finding, Settings(folder / "settings.ini"), scripted(["1"]).parts.tasks)


async def test_what_is_browsed_for_while_others_are_being_found_stays(
    qapp: QApplication, scripted: Scripted, tmp_path: Path
) -> None:
    finder = Slow()
    catalogue = catalogue_of(finder, Probes(), scripted, tmp_path)
    finding = asyncio.ensure_future(catalogue.found(tmp_path))
    await asyncio.to_thread(finder.is_asked.wait, 20)
    await catalogue.described(BROWSED.path, tmp_path)
    finder.may_answer.set()
    assert await finding == (BROWSED,)
    assert await catalogue.found(tmp_path) == (BROWSED,)


async def test_what_is_wanted_while_others_are_run_is_run_after_them(
    qapp: QApplication, scripted: Scripted, tmp_path: Path
) -> None:
    """What was trusted meanwhile, and nothing else, is run as such."""
    probes, ended = Probes(), asyncio.Event()
    catalogue = catalogue_of(Slow(), probes, scripted, tmp_path)
    catalogue.complete([FIRST, BESIDE], trusted=False)
    await probes.has_begun.wait()
    catalogue.complete([SECOND, BESIDE], trusted=True)
    catalogue.complete([SECOND], trusted=False)
    catalogue.changed.connect(lambda: None if catalogue.is_probing else ended.set())
    probes.may_go_on.set()
    await ended.wait()
    assert probes.asked == [(["first"], False), (["second"], False), (["second", ".venv"], True)]
