"""A fresh `__main__` for the cells: theirs alone, since what starts Python again (multiprocessing) reads it."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType
from typing import Any

_replaced: list[ModuleType] = []  # the script that the worker started from; its functions still run


def fresh_main() -> dict[str, Any]:
    """The dict of a new module in the place of `__main__`."""
    module = ModuleType("__main__", "Cells of a notebook.")
    module.__builtins__ = builtins  # type: ignore[attr-defined]  # as exec() would put it, but the module itself
    _replaced.append(sys.modules["__main__"])
    sys.modules["__main__"] = module
    return vars(module)
