"""What the plain shell writes of an exception is folded and shown as IPython's is."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from capsule_desktop.notebook.outputs import ErrorOutput
from capsule_desktop.widgets.outputs.traceback_view import TracebackView
from engine.worker.plain.compiling import Compiler
from engine.worker.plain.errors import NeedsIPython
from engine.worker.plain.tracebacks import Tracebacks

Shown = Callable[[BaseException], list[str]]


def raised(compiler: Compiler, source: str) -> BaseException:
    try:
        code = compiler.compile(source, source).body
    except SyntaxError as error:
        return error.with_traceback(None)
    try:
        exec(code, {"json": json})
    except Exception as error:
        here = error.__traceback__
        assert here is not None
        return error.with_traceback(here.tb_next)
    raise AssertionError("it raises nothing")


@pytest.fixture
def compiler() -> Compiler:
    return Compiler()


@pytest.fixture
def shown(qtbot: QtBot, compiler: Compiler) -> Shown:
    """The lines that the window shows of an exception."""

    def lines(error: BaseException) -> list[str]:
        frames = tuple(Tracebacks(compiler.numbers).of(error))
        view = TracebackView(ErrorOutput(error_type=type(error).__name__, message=str(error), traceback=frames))
        qtbot.addWidget(view)
        return [line.text for line in view._lines]

    return lines


def test_frames_of_libraries_are_folded_and_those_of_cells_are_not(compiler: Compiler, shown: Shown) -> None:
    lines = shown(raised(compiler, "def f(text):\n    return json.loads(text)\nf('{')\nNone"))
    assert lines[0].startswith("JSONDecodeError: Expecting property name")
    assert "Cell In[1], line 3" in lines
    assert "Cell In[1], line 2, in f(text)" in lines
    assert "▸ 3 library frames" in lines
    assert not any("decoder.py" in line for line in lines)
    assert sum("JSONDecodeError" in line for line in lines) == 1


def test_the_failing_line_has_an_arrow(compiler: Compiler, shown: Shown) -> None:
    assert "----> 2 1 / 0" in shown(raised(compiler, "a = 1\n1 / 0\nb = 2\nNone"))


def test_a_syntax_error_says_its_words_once_and_shows_its_place(compiler: Compiler, shown: Shown) -> None:
    lines = shown(raised(compiler, "x = = 2"))
    assert lines[0].startswith("SyntaxError: invalid syntax")
    assert "    x = = 2" in lines
    assert "        ^" in lines


def test_a_magic_that_needs_ipython_is_one_line(shown: Shown) -> None:
    assert shown(NeedsIPython("%%bash needs IPython.")) == ["NeedsIPython: %%bash needs IPython."]
