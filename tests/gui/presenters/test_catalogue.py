"""What is known of the Pythons of this computer while more of it is found out; interpreters are made up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from capsule_desktop.finding import Finding
from capsule_desktop.presenters.catalogue import Catalogue
from capsule_desktop.settings import Settings
from engine.interpreters.interpreter import Interpreter, Kind, Standing
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
    """Each goes on when it may, and gives what is in answers, else (of what cannot be run) what it was asked for."""

    def __init__(self, **answers: Interpreter) -> None:
        self.answers = answers
        self.asked = list[tuple[list[str], bool]]()
        self.has_begun, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def run(self, among: Sequence[Interpreter], trusted: bool) -> AsyncIterator[Interpreter]:
        if among:
            self.asked.append(([one.name for one in among], trusted))
        self.has_begun.set()
        await self.may_go_on.wait()
        for each in among:
            yield self.answers.get(each.name, each) if each.standing is Standing.USABLE else each


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


LATE = replace(FIRST, standing=Standing.PARTIAL, reason="It did not answer within 10 s.")
ANSWERED = replace(FIRST, is_probed=True)


class Found(Slow):
    def find(self, notebook_folder: Path | None) -> tuple[Interpreter, ...]:
        return (FIRST,)


async def run_once(catalogue: Catalogue, probes: Probes) -> Interpreter:
    """What is known of FIRST after all was run that may be."""
    ended = asyncio.Event()
    catalogue.complete(await catalogue.found(None), trusted=False)
    catalogue.changed.connect(lambda: None if catalogue.is_probing else ended.set())
    probes.may_go_on.set()
    if catalogue.is_probing:
        await ended.wait()
    (known,) = catalogue.known(None)
    return known


async def test_what_did_not_answer_is_run_again_at_the_next_showing_alone(
    qapp: QApplication, scripted: Scripted, tmp_path: Path
) -> None:
    probes = Probes(first=LATE)
    catalogue = catalogue_of(Found(), probes, scripted, tmp_path)
    assert await run_once(catalogue, probes) == LATE
    assert (await catalogue.found(None))[0] == LATE  # looked at anew, and not run
    catalogue.forget_failures()
    probes.answers["first"] = ANSWERED
    assert await run_once(catalogue, probes) == ANSWERED
    catalogue.forget_failures()
    assert catalogue.known(None) == (ANSWERED,)


@pytest.mark.parametrize("is_of_earlier", [True, False])
async def test_what_was_used_well_is_not_unusable_for_one_run_that_failed(
    qapp: QApplication, scripted: Scripted, tmp_path: Path, is_of_earlier: bool
) -> None:
    probes = Probes(first=LATE)
    catalogue = catalogue_of(Found(), probes, scripted, tmp_path)
    if is_of_earlier:
        Settings(tmp_path / "settings.ini").add_recent_python(FIRST.path)
    else:
        catalogue.used(replace(FIRST, kind=Kind.FOLDER), for_others=True)
        assert catalogue.recent == ()
    assert await run_once(catalogue, probes) == FIRST
    assert await catalogue.tried(FIRST, trusted=False) == FIRST
