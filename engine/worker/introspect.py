"""Read-only questions about the namespace: completion, inspection, whether code is complete, variables.

Runs on the main thread between cells (main.py sees to it), since it looks at the user's objects.
"""

from __future__ import annotations

from typing import Any, Callable

from .shell import Shell
from .snapshot import is_internal

MAX_MATCHES = 1000  # of a completion
MAX_VARIABLES = 10_000
Reply = dict[str, object]


class UnknownQuestion(Exception):
    """A kind, or arguments, that this version has no answer to."""


class Introspection:
    """Answers Query messages."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._kinds: dict[str, Callable[[dict[str, Any]], Reply]] = {
            "complete": self._complete,
            "inspect": self._inspect,
            "is_complete": self._is_complete,
            "variables": self._variables,
        }

    def answer(self, kind: str, arguments: dict[str, Any]) -> Reply:
        """Raises UnknownQuestion, and whatever the user's objects raise."""
        if kind not in self._kinds:
            raise UnknownQuestion(f"unknown query {kind!r}")
        try:
            return self._kinds[kind](arguments)
        except KeyError as error:
            raise UnknownQuestion(f"a query {kind!r} needs {error}") from error

    def count_variables(self) -> int:
        """How many variables the user has; from any thread."""
        return sum(self._is_users(name) for name in list(self._shell.namespace))

    def _complete(self, arguments: dict[str, Any]) -> Reply:
        code, cursor = str(arguments["code"]), int(arguments["cursor"])
        found = self._shell.complete(code, cursor)
        return {
            "matches": [match.text for match in found[:MAX_MATCHES]],
            "types": [match.kind for match in found[:MAX_MATCHES]],
            "start": found[0].start if found else cursor,
            "end": found[0].end if found else cursor,
        }

    def _inspect(self, arguments: dict[str, Any]) -> Reply:
        detail = int(arguments.get("detail", 0))
        data = self._shell.inspect(str(arguments["code"]), int(arguments["cursor"]), detail)
        return {"found": data is not None, "data": dict(data or {})}

    def _is_complete(self, arguments: dict[str, Any]) -> Reply:
        status, indent = self._shell.is_complete(str(arguments["code"]))
        return {"status": status, "indent": indent}

    def _variables(self, arguments: dict[str, Any]) -> Reply:
        namespace = self._shell.namespace
        names = sorted(name for name in list(namespace) if self._is_users(name))
        rows = [{"name": name, "type": type(namespace[name]).__name__} for name in names[:MAX_VARIABLES]]
        return {"variables": rows, "total": len(names)}

    def _is_users(self, name: str) -> bool:
        return not is_internal(name) and not self._shell.hides(name)
