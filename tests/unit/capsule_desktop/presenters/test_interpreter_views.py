"""How the chooser words what is known of an interpreter."""

from __future__ import annotations

from pathlib import Path

from capsule_desktop.presenters.interpreter_views import rows_of
from capsule_desktop.widgets.interpreter_rows import InterpreterRow, Section
from engine.interpreters.interpreter import Interpreter, Kind, Standing


def one(path: str, standing: Standing = Standing.USABLE) -> Interpreter:
    home = Path(path).parent.parent
    return Interpreter(path=Path(path), name="Python 3.12", kind=Kind.SYSTEM, home=home, standing=standing)


def rows(*among: Interpreter, added: frozenset[Path] = frozenset()) -> dict[str, InterpreterRow]:
    shown = rows_of(among, current="", recent=(), added=added, running_version="")
    return {row.path: row for row in shown}


def test_what_was_browsed_for_is_not_called_the_systems() -> None:
    system, browsed = one("/usr/bin/python3"), one("/home/ada/tool/bin/python")
    gone = one("/home/ada/gone/bin/python", Standing.MISSING)
    shown = rows(system, browsed, gone, added=frozenset({browsed.path, gone.path}))
    assert [(row.kind, row.section) for row in shown.values()] == [
        ("system", Section.SYSTEM),
        ("chosen by you", Section.RECENT),
        ("used before", Section.RECENT),
    ]


def test_only_the_one_that_runs_is_in_use() -> None:
    chosen = one("/usr/bin/python3")
    for is_running, word in ((True, "in use"), (False, "chosen")):
        (row,) = rows_of((chosen,), current=str(chosen.path), is_running=is_running, recent=(), running_version="")
        assert row.choice == word
    assert next(iter(rows(chosen).values())).choice == ""
