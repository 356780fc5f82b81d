"""The unpickler of checkpoints: what the pickler's references lead to in this process.  Used by restoration.py.

Functions bind to the live namespace through these references, never to a copy of their globals.
"""

from __future__ import annotations

import importlib
import io
import pickle
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable

from . import arrays, classes, reducers
from .refusals import Refused

REBUILDERS: dict[str, Callable[..., Any]] = {**reducers.REBUILDERS, **classes.REBUILDERS, **arrays.REBUILDERS}


@dataclass(frozen=True, kw_only=True)
class Present:
    """What references lead to at load: the live namespace, and by number the classes and not-a-numbers of the file.

    classes: the class, or why it is not there.
    """

    namespace: dict[str, object]
    classes: dict[int, type | Refused] = field(default_factory=dict)
    nans: dict[int, float] = field(default_factory=dict)


class Unpickler(pickle.Unpickler):
    """Of one group; all groups of a file share what is present."""

    def __init__(self, stream: Any, buffers: Iterable[Any], present: Present) -> None:
        super().__init__(stream, buffers=buffers)
        self._present = present

    def persistent_load(self, reference: str) -> Any:
        which, _, name = reference.partition(" ")
        found: dict[str, Callable[[], Any]] = {
            "rebuild": lambda: self._load_isolated if name == load_isolated.__name__ else REBUILDERS[name],
            "class": lambda: self._class(int(name)),
            "nan": lambda: self._present.nans.setdefault(int(name), float("nan")),
            "namespace": lambda: self._present.namespace,
            "globals": lambda: reducers.module_globals(name),
            "constant": lambda: _constant(name),
            "shell": lambda: shell_of(self._present.namespace),
        }
        return found[which]()

    def _class(self, number: int) -> type:
        match self._present.classes.get(number):
            case type() as kind:
                return kind
            case Refused() as refused:
                raise refused
            case _:
                raise Refused("its class is not in the checkpoint")

    def _load_isolated(self, stream: bytes, *buffers: Any) -> Any:
        return Unpickler(io.BytesIO(stream), buffers, self._present).load()


def load_isolated(stream: bytes, *buffers: Any) -> Any:
    """Only a name for the reference: the unpickler answers it with a method of its own."""
    raise NotImplementedError(stream, buffers)


def _constant(name: str) -> Any:
    module_name, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module_name), attribute)


def shell_of(namespace: dict[str, object]) -> Any:
    """The IPython shell that the namespace belongs to, None without one."""
    return getattr(namespace.get("get_ipython"), "__self__", None)
