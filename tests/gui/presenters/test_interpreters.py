"""Which Python a notebook's presenter gives to the engine, and what it asks first; interpreters are made up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel

from capsule_desktop.finding import Finding
from capsule_desktop.notebook.json_text import JsonValue
from capsule_desktop.notebook.named_interpreter import NamedInterpreter, named_interpreter, with_interpreter
from capsule_desktop.presenters.banners import Topic
from capsule_desktop.presenters.catalogue import Catalogue
from capsule_desktop.presenters.interpreters import InterpretersPresenter
from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.settings import Settings
from capsule_desktop.widgets.interpreter_dialog import InterpreterDialog
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.theme import Theme
from engine.commands import KeepInterpreter
from engine.errors import WorkerStartError
from engine.events import KernelAttached, KernelEnded, KernelKept, KernelReady, KernelStarting
from engine.interpreters.interpreter import Interpreter, Kind, Standing
from engine.interpreters.nearest import default, nearest
from tests.gui.presenters.conftest import Scripted
from tests.support.live_window import turn_until
from tests.support.scripted_parts import ScriptedParts

pytestmark = pytest.mark.qt_loop
ANALYSIS = Interpreter(
    path=Path("/env/analysis/bin/python"), name="analysis", kind=Kind.VENV, home=Path("/env/analysis"), version="3.12.1"
)
SYSTEM = Interpreter(
    path=Path("/usr/bin/python3"), name="Python 3.11", kind=Kind.SYSTEM, home=Path("/usr"), version="3.11.2"
)


class Found:
    def find(self, notebook_folder: Path | None) -> tuple[Interpreter, ...]:
        return ANALYSIS, SYSTEM

    def describe(self, path: Path, notebook_folder: Path | None = None) -> Interpreter:
        gone = Interpreter(
            path=path, name=path.name, kind=Kind.SYSTEM, home=path.parent.parent, standing=Standing.MISSING
        )
        return next((one for one in self.find(None) if one.path == path), gone)


async def probed(_among: Sequence[Interpreter], _trusted: bool) -> AsyncIterator[Interpreter]:
    for one in tuple[Interpreter, ...]():
        yield one


class Presented:
    def __init__(self, at: ScriptedParts, theme: Theme, folder: Path) -> None:
        self.at, self.labels, self.warmed = at, list[str](), list[str]()
        self.has_kernel, self.is_past_known = False, True
        found = Finding(finder=Found(), probe=probed, nearest=nearest, default=default, has_uv=lambda: False)
        catalogue = self.catalogue = Catalogue(lambda: found, Settings(folder / "settings.ini"), at.parts.tasks)
        self.presenter = InterpretersPresenter(
            at.parts,
            catalogue,
            KeptVariables(),
            theme,
            has_kernel=lambda: self.has_kernel,
            is_past_known=lambda: self.is_past_known,
            show=lambda label, _details, is_missing: self.labels.append(f"{label}!" if is_missing else label),
            warm=self.warmed.append,
            parent=QObject(at.window),
        )

    def questions(self) -> list[MessageDialog]:
        return [dialog for dialog in self.at.window.findChildren(MessageDialog) if dialog.isVisible()]

    async def asked(self) -> MessageDialog:
        await turn_until(lambda: bool(self.questions()))
        return self.questions()[0]

    def recent(self) -> tuple[str, ...]:
        return self.catalogue.recent

    def choose(self, one: Interpreter) -> None:
        """In the chooser, which knows it by then."""
        self.presenter.chooser.open()
        dialog = self.at.window.findChild(InterpreterDialog)
        assert isinstance(dialog, InterpreterDialog)
        dialog.chosen.emit(str(one.path), False)

    async def chooser_is_done(self) -> None:
        """With looking for more, and with what was chosen there."""
        chooser = self.presenter.chooser
        await turn_until(lambda: not (chooser._is_finding or chooser._is_trying))


def ready(one: Interpreter) -> KernelReady:
    return KernelReady(pid=1, python_version=one.version, ipython_version="", executable=str(one.path))


type Present = Callable[[], Presented]


@pytest.fixture
def present(scripted: Scripted, theme: Theme, tmp_path: Path) -> Present:
    """Called on the test's loop."""
    return lambda: Presented(scripted(["1"]), theme, tmp_path)


def name(at: ScriptedParts, called: str) -> None:
    named = NamedInterpreter(name=called, version="3.11")
    at.parts.document.set_metadata(with_interpreter(at.parts.document.metadata, named))


async def test_what_will_be_used_is_shown_kept_warm_and_recorded_when_it_is_started(
    present: Present,
) -> None:
    presented = present()
    await turn_until(lambda: bool(presented.labels))
    assert presented.labels == ["Python 3.12 · analysis"]
    assert presented.warmed == [str(ANALYSIS.path)]
    assert await presented.presenter.choose() == str(ANALYSIS.path)
    assert presented.at.sent == []  # it may not start
    assert presented.recent() == ()
    presented.presenter.take(ready(ANALYSIS))
    assert presented.at.sent == [KeepInterpreter(path=str(ANALYSIS.path))]
    assert presented.recent() == ()  # nothing for other notebooks: nobody chose
    assert named_interpreter(presented.at.parts.document.metadata) is None
    presented.presenter.let_go()


async def test_what_was_chosen_is_for_other_notebooks_once_it_has_started(present: Present) -> None:
    presented = present()
    await turn_until(lambda: bool(presented.labels))
    presented.choose(SYSTEM)
    await turn_until(lambda: presented.presenter.current == SYSTEM)
    await presented.chooser_is_done()
    assert await presented.presenter.choose() == str(SYSTEM.path)
    assert presented.recent() == ()
    presented.presenter.take(ready(SYSTEM))
    assert presented.recent() == (str(SYSTEM.path),)
    presented.presenter.let_go()


async def test_choosing_the_one_that_runs_makes_it_that_of_other_notebooks(present: Present) -> None:
    presented = present()
    await turn_until(lambda: bool(presented.labels))
    await presented.presenter.choose()
    presented.presenter.take(ready(ANALYSIS))
    presented.has_kernel = True
    presented.choose(ANALYSIS)
    await turn_until(lambda: presented.recent() == (str(ANALYSIS.path),))
    await presented.chooser_is_done()
    assert presented.at.sent == [KeepInterpreter(path=str(ANALYSIS.path))]  # and nothing is started anew
    presented.presenter.let_go()


async def test_what_was_chosen_and_cannot_be_started_gives_way_to_what_was_chosen_before(present: Present) -> None:
    presented = present()
    presenter, document = presented.presenter, presented.at.parts.document
    told = list[Interpreter]()
    presenter.taken_back.connect(told.append)
    presenter.recorded(str(SYSTEM.path))
    await turn_until(lambda: presenter.current == SYSTEM)
    presented.choose(ANALYSIS)
    await turn_until(lambda: named_interpreter(document.metadata) is not None)
    presenter.take(KernelStarting())
    assert await presenter.choose() == str(ANALYSIS.path)
    presenter.take(KernelEnded(expected=False, reason="Python ended itself with exit code 1"))
    await turn_until(lambda: presenter.current == SYSTEM)
    assert presented.at.sent == [KeepInterpreter(path=str(one.path)) for one in (ANALYSIS, SYSTEM)]
    assert named_interpreter(document.metadata) is None
    assert presented.recent() == ()
    assert await presenter.choose() == str(SYSTEM.path)
    assert told == [ANALYSIS]
    presenter.let_go()


async def test_a_choice_that_cannot_be_started_leaves_the_one_that_runs_shown_and_chosen(present: Present) -> None:
    presented = present()
    presenter, document = presented.presenter, presented.at.parts.document
    presenter.recorded(str(SYSTEM.path))
    await turn_until(lambda: presenter.current == SYSTEM)
    await presenter.choose()
    presenter.take(ready(SYSTEM))
    presented.choose(ANALYSIS)
    await turn_until(lambda: named_interpreter(document.metadata) is not None)
    presenter.take(KernelStarting())
    assert await presenter.choose() == str(ANALYSIS.path)
    presenter.take(KernelKept(expected=False, reason="Python ended itself with exit code 1"))
    assert presenter.current == SYSTEM
    assert presented.labels[-1] == "Python 3.11"
    assert named_interpreter(document.metadata) is None
    assert await presenter.choose() == str(SYSTEM.path)  # at the next restart
    presenter.let_go()


async def test_a_worker_that_lived_on_is_what_runs_and_what_is_started_next(present: Present) -> None:
    presented = present()
    await turn_until(lambda: bool(presented.labels))
    for event in (KernelAttached(running=""), ready(SYSTEM)):
        presented.presenter.take(event)
    await turn_until(lambda: presented.labels[-1] == "Python 3.11")
    assert presented.presenter.current == SYSTEM
    assert await presented.presenter.choose() == str(SYSTEM.path)
    presented.presenter.let_go()


@pytest.mark.parametrize(
    ("called", "is_missed"),
    [("gone", True), ("Analysis", False), ("python3", False)],
)
async def test_a_jupyter_kernel_that_is_not_found_is_told_once(present: Present, called: str, is_missed: bool) -> None:
    presented = present()
    presenter, banners = presented.presenter, presented.at.parts.banners
    kernelspec: dict[str, JsonValue] = {"name": called, "display_name": called}
    presented.at.parts.document.set_metadata({"kernelspec": kernelspec})
    presented.is_past_known = False
    await turn_until(lambda: bool(presented.labels))
    assert not banners.says(Topic.INTERPRETER)  # it may have run before, here
    presented.is_past_known = True
    presenter.recorded("")
    await turn_until(lambda: len(presented.labels) == 2)
    assert banners.says(Topic.INTERPRETER) is is_missed
    banners.drop(Topic.INTERPRETER)
    presenter.look()
    await turn_until(lambda: len(presented.labels) == 3)
    assert not banners.says(Topic.INTERPRETER)
    presenter.let_go()


async def test_what_ran_it_last_and_is_gone_is_asked_for(present: Present) -> None:
    presented = present()
    presented.presenter.recorded("/p/.venv/bin/python")
    start = asyncio.ensure_future(presented.presenter.choose())
    question = await presented.asked()
    said = " ".join(label.text() for label in question.findChildren(QLabel))
    assert presented.labels[-1] == "Python · missing!"
    assert "The Python that ran it last, /p/.venv/bin/python, is not here any more. Nearest: “analysis”" in said
    question.chosen.emit(Choice.OK)
    question.dismiss()
    assert await start == str(ANALYSIS.path)
    presented.presenter.take(ready(ANALYSIS))
    assert presented.recent() == ()  # an answer for this notebook
    assert presented.labels[-1] == "Python 3.12 · analysis"
    assert await presented.presenter.choose() == str(ANALYSIS.path)  # asked no more
    presented.presenter.let_go()


async def test_what_did_not_answer_is_asked_again_when_the_chooser_is_opened_again(present: Present) -> None:
    presented = present()
    chooser, catalogue = presented.presenter.chooser, presented.catalogue
    answers = [replace(SYSTEM, standing=Standing.PARTIAL, reason="It did not answer within 10 s."), SYSTEM]

    async def probe(among: Sequence[Interpreter], _trusted: bool) -> AsyncIterator[Interpreter]:
        if SYSTEM in among:
            answer = answers.pop(0)
            yield replace(answer, is_probed=answer.standing is Standing.USABLE)

    await turn_until(lambda: bool(presented.labels))  # what is found is loaded
    catalogue._finding = replace(await catalogue.finding(), probe=probe)
    for standing in (Standing.PARTIAL, Standing.USABLE):
        chooser.open()
        await turn_until(lambda: not (chooser._is_finding or catalogue.is_probing))
        assert {one.standing for one in catalogue.known(None) if one.path == SYSTEM.path} == {standing}
        chooser.dismiss()
    assert answers == []
    presented.presenter.let_go()


async def test_several_starts_ask_once_together(present: Present) -> None:
    presented = present()
    name(presented.at, "gone")
    starts = [asyncio.ensure_future(presented.presenter.choose()) for _ in range(2)]
    question = await presented.asked()
    assert len(presented.questions()) == 1
    question.chosen.emit(Choice.OK)
    question.dismiss()
    assert await asyncio.gather(*starts) == [str(SYSTEM.path)] * 2
    named = named_interpreter(presented.at.parts.document.metadata)
    assert named == NamedInterpreter(name="Python 3.11", version="3.11")
    presented.presenter.let_go()


async def test_no_answer_starts_nothing_and_is_asked_again(present: Present) -> None:
    presented = present()
    name(presented.at, "gone")
    for _ in range(2):
        start = asyncio.ensure_future(presented.presenter.choose())
        (await presented.asked()).reject()
        with pytest.raises(WorkerStartError, match="No Python was chosen"):
            await start
    presented.presenter.let_go()


async def test_a_start_that_is_given_up_takes_its_question_away(present: Present) -> None:
    presented = present()
    name(presented.at, "gone")
    start = asyncio.ensure_future(presented.presenter.choose())
    await presented.asked()
    start.cancel()
    await turn_until(lambda: not presented.questions())
    with pytest.raises(asyncio.CancelledError):
        await start
    presented.presenter.let_go()
