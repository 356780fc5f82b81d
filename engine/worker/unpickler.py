"""The unpickler of checkpoints: what the pickler's references lead to in this process.  Used by restoration.py.

Functions bind to the live namespace through these references, never to a copy of their globals.
"""

from __future__ import annotations

import importlib
import io
import pickle
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable

from . import arrays, classes, cloudpickling, reducers
from .refusals import Refused

REBUILDERS: dict[str, Callable[..., Any]] = {**reducers.REBUILDERS, **classes.REBUILDERS, **arrays.REBUILDERS}


_MOVED = {"pathlib._local": "pathlib"}  # where Python 3.13 alone says that paths are
FLAT = object()  # the mark in front of what flat.py wrote


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
        self._later: dict[int, Any] = {}
        self._filled = 0

    def load(self) -> Any:
        value = super().load()
        return self._load_flat() if value is FLAT else value

    def _load_flat(self) -> Any:
        """What flat.py wrote: everything is read before anything is filled, the last met first."""
        value, first = super().load(), self._filled
        contents = list(iter(super().load, None))
        for number in reversed(range(len(contents))):
            _fill(self._later[first + number], *contents[number])
        self._filled += len(contents)
        return value

    def _made_empty(self, number: int, which: str) -> Any:
        if number not in self._later:
            makers: dict[str, Callable[[], Any]] = {"list": list, "dict": dict}
            make = makers.get(which)
            self._later[number] = make() if make else object.__new__(self._class(int(which)))
        return self._later[number]

    def find_class(self, module: str, name: str) -> Any:
        found = cloudpickling.rebuilder(module, name)
        return super().find_class(_MOVED.get(module, module), name) if found is None else found

    def persistent_load(self, reference: str) -> Any:
        which, _, name = reference.partition(" ")
        found: dict[str, Callable[[], Any]] = {
            "rebuild": lambda: self._load_isolated if name == load_isolated.__name__ else REBUILDERS[name],
            "class": lambda: self._class(int(name)),
            "nan": lambda: self._present.nans.setdefault(int(name), float("nan")),
            "namespace": lambda: self._present.namespace,
            "globals": lambda: reducers.module_globals(name),
            "constant": lambda: _constant(name),
            "flat": lambda: FLAT,
            "later": lambda: self._made_empty(*_numbered(name)),
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


def _numbered(text: str) -> tuple[int, str]:
    number, _, which = text.partition(" ")
    return int(number), which


def _fill(empty: Any, first: Iterable[Any], second: Iterable[Any] = (), *slots: Iterable[Any]) -> None:
    if type(empty) is list:
        empty.extend(first)
    elif type(empty) is dict:
        empty.update(zip(first, second, strict=True))
    else:
        if attributes := dict(zip(first, second, strict=True)):
            vars(empty).update(attributes)
        for name, value in zip(*slots, strict=True):
            object.__setattr__(empty, name, value)


def load_isolated(stream: bytes, *buffers: Any) -> Any:
    """Only a name for the reference: the unpickler answers it with a method of its own."""
    raise NotImplementedError(stream, buffers)


def _constant(name: str) -> Any:
    module_name, _, attribute = name.partition(":")
    if (found := cloudpickling.rebuilder(module_name, attribute)) is not None:
        return found
    return getattr(importlib.import_module(module_name), attribute)


def shell_of(namespace: dict[str, object]) -> Any:
    """The IPython shell that the namespace belongs to, None without one."""
    return getattr(namespace.get("get_ipython"), "__self__", None)
