"""What `_`, `Out`, `In` and their like hold, by IPython's rules."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from engine.worker.plain.history import MAX_RESULTS, History
from engine.worker.snapshot import is_internal


@pytest.fixture
def names() -> dict[str, Any]:
    return {}


@pytest.fixture
def history(names: dict[str, Any]) -> History:
    return History(names)


def test_every_name_of_it_is_the_shells_and_no_variable(names: dict[str, Any], history: History) -> None:
    history.begin("1", 1)
    history.keep(1, 1)
    assert [name for name in names if not is_internal(name)] == []


def test_results_move_down_the_underscores(names: dict[str, Any], history: History) -> None:
    for number, value in enumerate("abcd", 1):
        history.keep(value, number)
    assert (names["_"], names["__"], names["___"], names["_1"]) == ("d", "c", "b", "a")
    assert names["Out"] == names["_oh"] == {1: "a", 2: "b", 3: "c", 4: "d"}


def test_an_underscore_of_the_users_is_left_alone_until_it_is_gone(names: dict[str, Any], history: History) -> None:
    history.keep("a", 1)
    names["_"] = "theirs"
    history.keep("b", 2)
    assert names["_"] == "theirs"
    assert names["_2"] == "b"
    del names["_"]
    history.keep("c", 3)
    assert names["_"] == "c"


def test_gettexts_underscore_hides_no_result(
    names: dict[str, Any], history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builtins, "_", str, raising=False)
    history.keep("a", 1)
    assert names["_"] == ""
    assert names["Out"] == {1: "a"}


def test_out_itself_is_not_kept_in_out(names: dict[str, Any], history: History) -> None:
    history.keep(names["Out"], 1)
    assert names["Out"] == {}


def test_inputs_are_those_before_and_the_present_one_has_its_number(names: dict[str, Any], history: History) -> None:
    for number, source in enumerate(("a\n", "b", "c"), 1):
        history.begin(source, number)
    assert names["In"] == ["", "a", "b", "c"]
    assert (names["_i"], names["_ii"], names["_iii"], names["_i3"]) == ("b", "a", "", "c")


def test_the_oldest_results_go_when_there_are_too_many(names: dict[str, Any], history: History) -> None:
    for number in range(1, MAX_RESULTS + 2):
        history.keep(number, number)
    assert len(names["Out"]) == MAX_RESULTS * 4 // 5 + 1
    assert "_1" not in names
    assert names[f"_{MAX_RESULTS + 1}"] == MAX_RESULTS + 1
