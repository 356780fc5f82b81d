"""What a session remembers under IPython's names: results, inputs and folders.

`_`, `__`, `___`, `_N`, `Out`; `_i`, `_ii`, `_iii`, `_iN`, `In`; `_dh`.  They stand in the
user's namespace (all of them in snapshot.ENGINE_INTERNALS) and go by IPython's rules: an
underscore that the user has set is left alone, and so is a `_` that gettext put into builtins.
"""

from __future__ import annotations

import builtins
import os
from pathlib import Path
from typing import Any

MAX_RESULTS = 1000  # of Out; then the oldest fifth goes, as in IPython
_UNDERSCORES = ("_", "__", "___")


class History:
    """Inputs and results of one session, in its namespace."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace
        self._results: tuple[Any, ...] = ("", "", "")
        self._written = self._results  # what the underscores were made to stand for
        self._inputs = ("", "", "")
        self._last = ""
        inputs: list[str] = [""]
        outputs: dict[int, Any] = {}
        namespace.update(In=inputs, _ih=inputs, Out=outputs, _oh=outputs, _dh=[Path(os.getcwd())])
        namespace.update(zip(_UNDERSCORES, self._results, strict=True))
        namespace.update(_i="", _ii="", _iii="")
        self._in, self._out = inputs, outputs

    def begin(self, source: str, number: int) -> None:
        """A cell that counts is about to run: `_i` is the one before it."""
        text = source.rstrip("\n")
        self._in.append(text)
        self._inputs = (self._last, *self._inputs[:2])
        self._last = text
        self._namespace.update(zip(("_i", "_ii", "_iii"), self._inputs, strict=True))
        self._namespace[f"_i{number}"] = text

    def keep(self, value: Any, number: int) -> None:
        """A cell's value, which is shown."""
        if value is self._out:
            return
        if len(self._out) >= MAX_RESULTS:
            self._cull()
        names = self._namespace
        is_ours = all(
            name not in names or names[name] is kept for name, kept in zip(_UNDERSCORES, self._written, strict=True)
        ) and not hasattr(builtins, "_")
        self._results = (value, *self._results[:2])
        if is_ours:
            self._written = self._results
            names.update(zip(_UNDERSCORES, self._results, strict=True))
        names[f"_{number}"] = value
        self._out[number] = value

    def forget_results(self) -> None:
        """`%reset`: values are held no longer."""
        for number in self._out:
            self._namespace.pop(f"_{number}", None)
        self._out.clear()
        self._results = self._written = ("", "", "")
        self._namespace.update(zip(_UNDERSCORES, self._results, strict=True))

    def _cull(self) -> None:
        for number in sorted(self._out)[: max(len(self._out) // 5, 1)]:
            self._namespace.pop(f"_{number}", None)
            del self._out[number]
