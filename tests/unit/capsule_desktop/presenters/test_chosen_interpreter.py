"""What a notebook is run with next, after a choice that started, one that did not, and none."""

from __future__ import annotations

from pathlib import Path

import pytest

from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.named_interpreter import NamedInterpreter, named_interpreter
from capsule_desktop.presenters.chosen_interpreter import ChosenInterpreter
from engine.commands import KeepInterpreter
from engine.interpreters.interpreter import Interpreter, Kind


def interpreter(name: str) -> Interpreter:
    home = Path("/env") / name
    return Interpreter(path=home / "bin/python", name=name, kind=Kind.VENV, home=home, version="3.12.1")


ANALYSIS, OTHER = interpreter("analysis"), interpreter("other")


class Chosen:
    def __init__(self) -> None:
        self.document, self.kept = Document(), list[str]()
        self.choice = ChosenInterpreter(self.document, self.keep)

    def keep(self, command: KeepInterpreter) -> None:
        self.kept.append(command.path)

    def named(self) -> NamedInterpreter | None:
        return named_interpreter(self.document.metadata)


@pytest.fixture
def chosen() -> Chosen:
    return Chosen()


def test_a_choice_is_named_in_the_notebook_and_kept_in_the_store(chosen: Chosen) -> None:
    chosen.choice.choose(ANALYSIS, picked=True)
    assert chosen.named() == NamedInterpreter(name="analysis", version="3.12")
    assert chosen.kept == [str(ANALYSIS.path)]
    assert chosen.choice.wanted == (str(ANALYSIS.path), str(ANALYSIS.path))


def test_what_starts_without_a_choice_is_kept_and_not_named(chosen: Chosen) -> None:
    chosen.choice.started(ANALYSIS)
    assert chosen.named() is None
    assert chosen.kept == [str(ANALYSIS.path)]


def test_what_the_store_says_by_itself_is_not_written_there_again(chosen: Chosen) -> None:
    chosen.choice.found_recorded(str(ANALYSIS.path))
    chosen.choice.started(ANALYSIS)
    assert chosen.kept == []
    assert chosen.choice.wishes(()).recorded == str(ANALYSIS.path)


def test_a_choice_that_cannot_be_started_gives_way_to_the_one_that_last_could(chosen: Chosen) -> None:
    chosen.choice.choose(ANALYSIS, picked=True)
    chosen.choice.started(ANALYSIS)
    chosen.choice.choose(OTHER, picked=True)
    chosen.choice.choose(interpreter("third"), picked=True)
    assert chosen.choice.take_back(interpreter("third"))
    assert chosen.choice.wanted == (str(ANALYSIS.path), str(ANALYSIS.path))
    assert chosen.named() == NamedInterpreter(name="analysis", version="3.12")
    assert chosen.kept[-1] == str(ANALYSIS.path)


def test_what_was_chosen_while_another_failed_to_start_stays_chosen(chosen: Chosen) -> None:
    chosen.choice.choose(ANALYSIS, picked=True)
    assert not chosen.choice.take_back(OTHER)
    assert chosen.choice.wishes(()).chosen == str(ANALYSIS.path)


def test_what_started_while_another_was_chosen_is_not_kept_over_it(chosen: Chosen) -> None:
    chosen.choice.choose(OTHER, picked=True)
    chosen.choice.started(ANALYSIS)
    assert chosen.kept == [str(OTHER.path)]
    assert chosen.choice.take_back(OTHER)


def test_only_what_the_user_picked_and_has_started_is_for_other_notebooks(chosen: Chosen) -> None:
    assert not chosen.choice.started(OTHER)  # nobody chose it
    chosen.choice.choose(ANALYSIS, picked=False)
    assert not chosen.choice.started(ANALYSIS)  # as it was proposed
    chosen.choice.choose(ANALYSIS, picked=True)
    assert chosen.choice.started(ANALYSIS)
    assert not chosen.choice.started(ANALYSIS)  # a restart says nothing new
    chosen.choice.choose(OTHER, picked=True)
    assert chosen.choice.take_back(OTHER)
    assert not chosen.choice.started(OTHER)
