"""Exceptions as a list of strings: a ruler, a heading, one string a frame, and what it says.

The form is that of IPython 9, by which the window folds the frames of libraries and finds the failing line
(traceback_view.py): "Cell In[3], line 2" for a cell's frame, "File path:line, in name(arguments)" for others.
Our own frames were taken out before (../frames.py).
"""

from __future__ import annotations

import linecache
import os
import traceback
from collections.abc import Iterator, Mapping
from itertools import groupby
from types import CodeType, FrameType, TracebackType
from typing import Any

from ..failures import text_of
from .errors import ShellError

_BEFORE, _AFTER = 2, 2  # lines around the one that failed
_WIDTH = 75
_MAX_ROWS = 60  # frames of one exception: of more, the first and the last are shown
_RED, _GREEN, _CYAN, _BOLD, _OFF = "\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[1m", "\x1b[39m"
_PLAIN = "\x1b[0m"
_DIRECT = "\nThe above exception was the direct cause of the following exception:\n"
_DURING = "\nDuring handling of the above exception, another exception occurred:\n"


class Tracebacks:
    """numbers: of cells, by file name (compiling.py)."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers

    def of(self, error: BaseException) -> list[str]:
        """What is shown of error; the exceptions behind it first."""
        if isinstance(error, (ShellError, SystemExit)):
            return [_conclusion(error)]
        if isinstance(error, SyntaxError) and error.__traceback__ is None and error.__cause__ is None:
            return [self._syntax_error(error)]
        return list(self._chain(error, set()))

    def _chain(self, error: BaseException, seen: set[int]) -> Iterator[str]:
        seen.add(id(error))
        behind = error.__cause__ if error.__cause__ is not None else error.__context__
        is_shown = error.__cause__ is not None or not error.__suppress_context__
        if behind is not None and is_shown and id(behind) not in seen:
            yield from self._chain(behind, seen)
            yield _DIRECT if error.__cause__ is not None else _DURING
        yield _RED + "-" * _WIDTH + _OFF
        yield _heading(error)
        yield from self._frames(error.__traceback__)
        if isinstance(error, SyntaxError):
            yield self._syntax_error(error)
        else:
            yield _conclusion(error)
        yield from self._parts(error, seen)

    def _parts(self, error: BaseException, seen: set[int]) -> Iterator[str]:
        """The exceptions of a group, each behind a bar.  Groups come with Python 3.11, or a backport."""
        parts: Any = getattr(error, "exceptions", ())
        if not isinstance(parts, tuple):
            return
        for number, part in enumerate(parts, 1):
            if isinstance(part, BaseException) and id(part) not in seen:
                text = "\n".join(self._chain(part, seen))
                yield f"+--------------- {number} ----------------\n" + "\n".join(
                    f"| {line}" for line in text.split("\n")
                )

    def _frames(self, entry: TracebackType | None) -> Iterator[str]:
        entries: list[TracebackType] = []
        while entry is not None:
            entries.append(entry)
            entry = entry.tb_next
        rows = [list(group) for _, group in groupby(entries, _place)]
        left_out = len(rows) - _MAX_ROWS
        for number, same in enumerate(rows):
            if left_out <= 0 or not _MAX_ROWS // 2 <= number < len(rows) - _MAX_ROWS // 2:
                yield self._frame(same[0].tb_frame, same[0].tb_lineno)
                if len(same) > 1:
                    name = same[0].tb_frame.f_code.co_name
                    yield f"    [... the same {len(same) - 1} times more: {name} at line {same[0].tb_lineno}]\n"
            elif number == _MAX_ROWS // 2:
                yield f"    [... skipping {left_out} frames]\n"

    def _frame(self, frame: FrameType, line: int) -> str:
        name = frame.f_code.co_filename
        if name in self._numbers:
            where = f"{_CYAN}Cell{_OFF} {_GREEN}In[{self._numbers[name]}], line {line}{_OFF}"
            function = frame.f_code.co_name
            called = "" if function == "<module>" else f", in {_CYAN}{function}{_OFF}({_arguments(frame)})"
        else:
            where = f"File {_GREEN}{_short(name)}:{line}{_OFF}"
            called = f", in {_CYAN}{_qualified(frame)}{_OFF}({_arguments(frame)})"
        return "\n".join([where + called, *_lines(name, line, frame.f_globals), ""])

    def _syntax_error(self, error: SyntaxError) -> str:
        rows: list[str] = []
        if error.filename is not None and error.lineno:
            number = self._numbers.get(error.filename)
            where = f"Cell {_GREEN}In[{number}]" if number else f"File {_GREEN}{_short(error.filename)}"
            rows.append(f"  {where}{', line ' if number else ':'}{error.lineno}{_OFF}")
            if error.text is None:  # found behind the parser, as `return` in no function is
                error.text = linecache.getline(error.filename, error.lineno) or None
        told = traceback.TracebackException(type(error), error, None)
        rows += [line for line in "".join(told.format_exception_only()).rstrip("\n").split("\n") if line][:-1][1:]
        rows.append(_conclusion(error, text_of(error.msg)))
        return "\n".join(rows)


def _place(entry: TracebackType) -> tuple[CodeType, int]:
    return entry.tb_frame.f_code, entry.tb_lineno


def _heading(error: BaseException) -> str:
    name = type(error).__name__
    words = "Traceback (most recent call last)"
    return f"{_RED}{name}{_OFF}{words:>{max(_WIDTH - len(name), len(words) + 1)}}"


def _conclusion(error: BaseException, message: str | None = None) -> str:
    words = text_of(error, "<exception str() failed>") if message is None else message
    notes = "".join(f"\n{text_of(note)}" for note in getattr(error, "__notes__", ()) or ())
    return f"{_RED}{type(error).__name__}{_OFF}: {words}{notes}"


def _lines(name: str, failing: int, module: dict[str, Any]) -> Iterator[str]:
    lines = linecache.getlines(name, module)
    first = max(1, failing - _BEFORE)
    for number, text in enumerate(lines[first - 1 : failing + _AFTER], first):
        if number == failing:
            arrow = "-" * max(0, 5 - len(str(number))) + "> "
            yield f"{_GREEN}{arrow}{number}{_OFF} {_BOLD}{text.rstrip()}{_PLAIN}"
        else:
            yield f"{_GREEN}{number:>7}{_OFF} {text.rstrip()}"


def _short(name: str) -> str:
    home = os.path.expanduser("~")
    return "~" + name[len(home) :] if home != "/" and name.startswith(home + os.sep) else name


def _qualified(frame: FrameType) -> str:
    return str(getattr(frame.f_code, "co_qualname", frame.f_code.co_name))  # since 3.11


def _arguments(frame: FrameType) -> str:
    code = frame.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return ", ".join(names)
