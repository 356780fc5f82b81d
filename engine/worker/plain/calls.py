"""What a cell's own lines call (transform.py), under a name in builtins."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from .expansion import expand
from .inspection import Unknown, describe, find
from .magics import Magics
from .programs import Lines, Programs

_HELP = """Cells run in Python without IPython here.

name?     what is known of name          name??    with its source
!command  run a program                  lines = !command   keep what it prints
%time, %timeit, %pip, %cd, …             %lsmagic  all of them
display(object)                          an object's _repr_html_() is shown as HTML
"""


class Calls:
    """show_page: shows a text beside the outputs."""

    def __init__(self, magics: Magics, programs: Programs, show_page: Callable[[str], None]) -> None:
        self._magics = magics
        self._programs = programs
        self._show_page = show_page

    def __repr__(self) -> str:
        return "<the plain shell of this notebook>"

    def run_line_magic(self, name: str, rest: str) -> Any:
        return self._magics.run_line(name, rest, _callers())

    def run_cell_magic(self, name: str, rest: str, body: str) -> Any:
        return self._magics.run_cell(name, rest, body)

    def system(self, command: str) -> None:
        """`!command`: its status is in _exit_code."""
        self._programs.system(expand(command, _callers()))

    def getoutput(self, command: str) -> Lines:
        """`lines = !command`."""
        return self._programs.output_of(expand(command, _callers()))

    def show_help(self, name: str, detail: int) -> None:
        """`name?`."""
        if not name:
            self._show_page(_HELP)
        elif name.startswith("%"):
            self._magics.check(name)
            self._show_page(f"{name} works here as it does in IPython.")
        else:
            try:
                self._show_page(describe(find(name, _callers()), name, detail))
            except Unknown:
                print(f"Object `{name}` not found.")


def _callers() -> dict[str, Any]:
    """The variables of the cell's code that calls, two frames up: a function's own before the namespace."""
    frame = sys._getframe(2)
    return {**frame.f_globals, **frame.f_locals}
