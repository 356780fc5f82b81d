"""Read-only questions about the namespace: completion, inspection, whether code is complete, variables.

Runs on the main thread between cells (main.py sees to it), since it looks at the user's objects.
"""

from __future__ import annotations

from typing import Any, Callable

from IPython.core.completer import provisionalcompleter, rectify_completions
from IPython.utils.tokenutil import token_at_cursor

from .shell import ZMQInteractiveShell
from .snapshot import is_internal

MAX_MATCHES = 1000  # of a completion
MAX_VARIABLES = 10_000
Reply = dict[str, object]


class UnknownQuestion(Exception):
    """A kind, or arguments, that this version has no answer to."""


class Introspection:
    """Answers Query messages."""

    def __init__(self, shell: ZMQInteractiveShell) -> None:
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
        return sum(self._is_users(name) for name in list(self._shell.user_ns))

    def _complete(self, arguments: dict[str, Any]) -> Reply:
        code, cursor = str(arguments["code"]), int(arguments["cursor"])
        with provisionalcompleter():
            found = list(rectify_completions(code, self._shell.Completer.completions(code, cursor)))
        return {
            "matches": [completion.text for completion in found[:MAX_MATCHES]],
            "types": [completion.type for completion in found[:MAX_MATCHES]],
            "start": found[0].start if found else cursor,
            "end": found[0].end if found else cursor,
        }

    def _inspect(self, arguments: dict[str, Any]) -> Reply:
        name = token_at_cursor(str(arguments["code"]), int(arguments["cursor"]))
        try:
            data = self._shell.object_inspect_mime(name, detail_level=int(arguments.get("detail", 0)))
        except KeyError:
            return {"found": False, "data": {}}
        return {"found": True, "data": {str(mime): str(text) for mime, text in data.items()}}

    def _is_complete(self, arguments: dict[str, Any]) -> Reply:
        status, indent = self._shell.input_transformer_manager.check_complete(str(arguments["code"]))
        return {"status": status, "indent": indent or 0}

    def _variables(self, arguments: dict[str, Any]) -> Reply:
        namespace = self._shell.user_ns
        names = sorted(name for name in list(namespace) if self._is_users(name))
        rows = [{"name": name, "type": type(namespace[name]).__name__} for name in names[:MAX_VARIABLES]]
        return {"variables": rows, "total": len(names)}

    def _is_users(self, name: str) -> bool:
        hidden = self._shell.user_ns_hidden
        return not is_internal(name) and (name not in hidden or hidden[name] is not self._shell.user_ns.get(name))
