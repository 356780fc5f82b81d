"""The project's own source files as parsed trees, for tests that hold rules about code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Source:
    """One module; name is its path below the checkout, as "engine/facade.py"."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(CHECKOUT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.name)

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Every call with its dotted name as it is written ("asyncio.run", "self._menu.exec")."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield dotted(node.func), node

    def imports(self) -> Iterator[tuple[int, str, int]]:
        """Every import as (relative level, module, line); level 0 is absolute."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((0, alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield node.level, node.module or "", node.lineno


def dotted(node: ast.expr) -> str:
    """The name of a plain attribute chain; what is no name within it is "?"."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"


def sources(*folders: str) -> list[Source]:
    return [Source(path) for folder in folders for path in sorted((CHECKOUT / folder).rglob("*.py"))]
