"""From a cell's source to code objects: what runs, and the last expression whose value is shown.

Owns what earlier cells decided for later ones (`from __future__`), the file names of cells with their source in
linecache, so that tracebacks, warnings and inspect find it, and the numbers that tracebacks call cells by.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
from dataclasses import dataclass
from types import CodeType
from typing import Any

from ..cell_names import cell_name

_FUTURES = 0
for _name in __future__.all_feature_names:
    _FUTURES |= getattr(__future__, _name).compiler_flag


@dataclass(frozen=True)
class CellCode:
    """body runs first; value, where the cell ends in an expression, is evaluated and shown."""

    body: CodeType
    value: CodeType | None

    @property
    def awaits(self) -> bool:
        return any(code is not None and code.co_flags & inspect.CO_COROUTINE for code in (self.body, self.value))


class Compiler:
    """The compiler of one session's cells."""

    def __init__(self) -> None:
        self.number = 1  # of the cell that is compiled
        self._flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.numbers: dict[str, int] = {}  # of the cell that a file name stands for, when it last ran

    def compile(self, source: str, shown: str) -> CellCode:
        """shown: as the user wrote it, line by line.  Raises what compile() does, above all SyntaxError."""
        name = self._remember(shown)
        tree = self._compile(source, name, "exec", ast.PyCF_ONLY_AST)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        body: CodeType = self._compile(tree, name, "exec")
        self._flags |= body.co_flags & _FUTURES
        value = None if last is None else self._compile(ast.Expression(last.value), name, "eval")
        return CellCode(body, value)

    def _remember(self, shown: str) -> str:
        """The file name of a cell; its source is in linecache from now on."""
        name = cell_name(shown)
        self.numbers[name] = self.number
        lines = [line + "\n" for line in shown.split("\n")]
        linecache.cache[name] = (len(shown), None, lines, name)
        return name

    def _compile(self, source: Any, name: str, mode: str, flags: int = 0) -> Any:
        return compile(source, name, mode, self._flags | flags, dont_inherit=True)
