"""Which Python is taken, of all that are wished for in one way or another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from capsule_desktop.interpreter_choice import (
    Gone,
    NonePresent,
    Taken,
    Why,
    Wishes,
    decide,
    label_of,
    missed_words,
    passed_over_words,
)
from capsule_desktop.notebook.jupyter_kernel import JupyterKernel
from engine.interpreters.interpreter import Interpreter, Kind, Standing


def one(name: str, kind: Kind = Kind.VENV, version: str = "3.12.1", **more: object) -> Interpreter:
    home = Path("/env") / name
    return Interpreter(path=home / "bin/python", name=name, kind=kind, version=version, home=home, **more)  # type: ignore[arg-type]  # fields


FOLDER = one(".venv", Kind.FOLDER)
ANALYSIS = one("analysis", Kind.CONDA)
OTHER = one("other")
OWN = one("own", Kind.OWN)
SYSTEM = one("Python 3.11", Kind.SYSTEM, "3.11.2")
OLD = one("old", version="3.6.8", standing=Standing.PARTIAL, reason="Python 3.6 is too old")
ALL = (FOLDER, ANALYSIS, OTHER, OWN, SYSTEM, OLD)


KERNEL = JupyterKernel(shown="Analysis", names=("analysis", "myenv"), version="3.10")


def path(of: Interpreter) -> str:
    return str(of.path)


def nearest(_name: str, _version: str, among: Sequence[Interpreter]) -> Interpreter | None:
    return next(iter(among), None)


def default_like(_name: str, _version: str, among: Sequence[Interpreter]) -> Interpreter | None:
    return default(among)


def default(among: Sequence[Interpreter]) -> Interpreter | None:
    return next((one for one in among if one.kind is Kind.SYSTEM), None)


@pytest.mark.parametrize(
    ("wishes", "among", "taken", "why"),
    [
        (Wishes(chosen=path(OTHER), recorded=path(ANALYSIS), name="analysis"), ALL, OTHER, Why.CHOSEN),
        (Wishes(recorded=path(ANALYSIS), name="other"), ALL, ANALYSIS, Why.RECORDED),
        (Wishes(recorded="/gone/python", name="other", recent=(path(ANALYSIS),)), ALL, OTHER, Why.NAMED),
        (Wishes(recorded=path(OTHER), kernel=KERNEL), ALL, OTHER, Why.RECORDED),
        (Wishes(name="other", kernel=KERNEL), ALL, OTHER, Why.NAMED),
        (Wishes(recent=(path(OTHER),), kernel=KERNEL), ALL, ANALYSIS, Why.KERNEL),
        (Wishes(recent=("/gone/python", path(ANALYSIS))), (ANALYSIS, OTHER, OWN), ANALYSIS, Why.RECENT),
        (Wishes(), (ANALYSIS, OTHER, OWN), OWN, Why.OWN),
        (Wishes(), (ANALYSIS, SYSTEM), SYSTEM, Why.BEST),
    ],
)
def test_the_first_wish_that_can_be_met_decides(
    wishes: Wishes, among: tuple[Interpreter, ...], taken: Interpreter, why: Why
) -> None:
    assert decide(wishes, among, nearest, default) == Taken(interpreter=taken, why=why)


def test_of_several_of_a_name_the_version_decides() -> None:
    older = one("analysis", version="3.10.2")
    wishes = Wishes(name="analysis", version="3.10")
    assert decide(wishes, (ANALYSIS, older), nearest, default) == Taken(interpreter=older, why=Why.NAMED)


def test_a_plain_python_is_named_by_its_minor_version() -> None:
    wishes = Wishes(name="Python 3.11.7", version="3.11", recent=(path(OTHER),))
    assert decide(wishes, ALL, nearest, default) == Taken(interpreter=SYSTEM, why=Why.NAMED)


def test_the_environment_of_another_project_is_not_the_one_that_was_named() -> None:
    elsewhere = one(".venv", Kind.VENV)
    decision = decide(Wishes(name=".venv", version="3.12"), (elsewhere,), nearest, default)
    assert decision == Gone(name=".venv", version="3.12", nearest=elsewhere)


def test_a_named_one_that_is_not_there_is_asked_for_and_not_replaced() -> None:
    decision = decide(Wishes(name="gone", version="3.11", recent=(path(OTHER),)), ALL, nearest, default)
    assert decision == Gone(name="gone", version="3.11", nearest=FOLDER)


def test_a_broken_one_beside_the_notebook_is_told_where_another_is_taken_for_want_of_it() -> None:
    broken = replace(FOLDER, standing=Standing.PARTIAL, reason="Its Python is gone.")
    others = (broken, ANALYSIS, OWN)
    taken = decide(Wishes(), others, nearest, default)
    assert taken == Taken(interpreter=OWN, why=Why.OWN, passed_over=broken)
    assert decide(Wishes(recorded=path(ANALYSIS)), others, nearest, default) == Taken(
        interpreter=ANALYSIS, why=Why.RECORDED
    )
    venv = one("venv", Kind.FOLDER)
    assert decide(Wishes(), (broken, venv), nearest, default) == Taken(interpreter=venv, why=Why.FOLDER)
    assert passed_over_words(broken, ANALYSIS) == (
        "The environment “.venv” of this folder is not used. Its Python is gone. Instead: Python 3.12 · analysis."
    )


def test_a_kernel_that_is_not_found_is_missed_and_one_of_its_version_taken_before_others() -> None:
    newer, older, oldest = one("newer"), one("older", version="3.10.2"), one("oldest", version="3.10.1")
    own = replace(OWN, version="3.10.9")
    wishes = Wishes(kernel=replace(KERNEL, names=("gone",)), recent=(path(newer), path(oldest)))
    for among, taken, why in (
        ((newer, older, oldest, own), oldest, Why.RECENT),
        ((newer, older, own), own, Why.OWN),
        ((newer, older, OWN), newer, Why.RECENT),
        ((newer, OWN, FOLDER), FOLDER, Why.FOLDER),
        ((SYSTEM,), SYSTEM, Why.BEST),
    ):
        expected = Taken(interpreter=taken, why=why, unmet="Analysis")
        assert decide(wishes, among, lambda *_: None, default) == expected
    assert decide(replace(wishes, recent=()), (SYSTEM, older), nearest, lambda among: among[0] if among else None) == (
        Taken(interpreter=older, why=Why.BEST, unmet="Analysis")
    )


def test_a_kernel_is_not_the_environment_of_another_project() -> None:
    elsewhere = one(".venv", Kind.VENV)
    wishes = Wishes(kernel=JupyterKernel(shown=".venv (3.12.1)", names=(".venv",), version="3.12"))
    assert decide(wishes, (elsewhere, FOLDER), nearest, default) == Taken(interpreter=FOLDER, why=Why.KERNEL)
    taken = decide(wishes, (elsewhere, SYSTEM), nearest, default)
    assert taken == Taken(interpreter=SYSTEM, why=Why.BEST, unmet=".venv (3.12.1)")


def test_what_is_missed_is_told_with_what_is_taken_instead() -> None:
    taken = Taken(interpreter=ANALYSIS, why=Why.BEST)
    broken = replace(FOLDER, standing=Standing.PARTIAL, reason="Its Python is gone.")
    assert missed_words(taken) == ""
    assert missed_words(replace(taken, unmet="Stats")) == (
        "This notebook names the kernel “Stats”, which was not found here. Its cells run in Python 3.12 · analysis."
    )
    assert missed_words(replace(taken, passed_over=broken)) == passed_over_words(broken, ANALYSIS)
    assert missed_words(replace(taken, unmet="Stats", passed_over=broken)) == (
        f"This notebook names the kernel “Stats”, which was not found here. {passed_over_words(broken, ANALYSIS)}"
    )


def test_a_named_one_that_is_broken_says_why() -> None:
    decision = decide(Wishes(name="old", version="3.6"), ALL, nearest, default)
    assert decision == Gone(name="old", version="3.6", reason="Python 3.6 is too old", nearest=FOLDER)


def test_what_ran_it_last_and_is_gone_is_asked_for_and_not_replaced() -> None:
    """The store has its path alone, which an executable that is gone is described by."""
    asked: list[tuple[str, str]] = []

    def like(name: str, version: str, among: Sequence[Interpreter]) -> Interpreter | None:
        asked.append((name, version))
        return nearest(name, version, among)

    last = "/p/.venv/bin/python"
    missing = one("python", Kind.SYSTEM, "", standing=Standing.MISSING, reason=f"{last} is no longer there.")
    missing = replace(missing, path=Path(last))
    decision = decide(Wishes(recorded=last), (SYSTEM, missing), like, default)
    assert decision == Gone(name="", version="", path=last, nearest=SYSTEM)
    assert decide(Wishes(recorded=last, recent=(path(OTHER),)), (SYSTEM, OTHER), like, default) == decision
    assert asked == [(".venv", "")] * 2


def test_what_ran_it_last_and_is_broken_says_why() -> None:
    decision = decide(Wishes(recorded=path(OLD)), (OLD, SYSTEM), default_like, default)
    reason = "Python 3.6 is too old"
    assert decision == Gone(name="old", version="3.6", path=path(OLD), reason=reason, nearest=SYSTEM)


def test_where_nothing_can_run_cells_there_is_none() -> None:
    assert decide(Wishes(recent=(path(OLD),)), (OLD,), nearest, default) == NonePresent()


def test_labels_have_the_minor_version_and_the_name_of_what_has_one() -> None:
    assert [label_of(each) for each in (FOLDER, SYSTEM, OWN)] == [
        "Python 3.12 · .venv",
        "Python 3.11",
        "Python 3.12 · Capsule’s own",
    ]
