"""Whether anything changed since the last checkpoint, told without pickling: for what cannot change in secret.

A Look at the namespace holds each value and compares by identity.  It can only be taken where all values are
immutable: numbers, text, modules, what an import finds, tuples of these, and functions of cells, whose parts are
compared too.  One list, frame or object of the user's, and there is none.  Used by keeper.py.
"""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import operator
import pathlib
import sys
import types
from collections.abc import Iterable, Mapping

from .pickler import is_importable

_ATOMS = frozenset(
    (
        *(type(None), bool, int, float, complex, str, bytes, range),
        *(type(Ellipsis), type(NotImplemented), decimal.Decimal),
        *(dt.date, dt.timedelta, pathlib.PosixPath, pathlib.PurePosixPath),
    )
)
_MAX_PARTS = 256  # of a tuple, with those of the tuples in it; a longer one is taken for changed
_ITEM_COUNTS = (list, dict, tuple, set, frozenset, collections.deque)
_BYTE_COUNTS = (str, bytes, bytearray)
_parts = operator.attrgetter("__code__", "__defaults__", "__doc__", "__name__", "__qualname__")  # of a function


class Look:
    """How the user's variables and the modules were at one moment."""

    def __init__(self, values: dict[str, object], parts: dict[str, tuple[object, ...]]) -> None:
        self._values = values
        self._parts = parts  # of functions
        self._modules = len(sys.modules)  # what a module brings along is part of a checkpoint

    @classmethod
    def taken(cls, names: Iterable[str], namespace: dict[str, object]) -> Look | None:
        """A look at these names, None where one of them may change in secret."""
        values: dict[str, object] = {}
        parts: dict[str, tuple[object, ...]] = {}
        for name in names:
            value = values[name] = namespace.get(name)
            if type(value) is types.FunctionType and not is_importable(value, namespace):
                if not _is_plain(value):
                    return None
                parts[name] = _parts(value)
            elif not _is_immutable(value, namespace):
                return None
        return cls(values, parts)

    def holds(self, names: set[str], namespace: Mapping[str, object]) -> bool:
        """Whether all is as it was."""
        if len(names) != len(self._values) or len(sys.modules) != self._modules:
            return False
        for name, value in self._values.items():
            if name not in names or namespace.get(name) is not value:
                return False
        return all(self._is_as_it_was(name, parts) for name, parts in self._parts.items())

    def _is_as_it_was(self, name: str, parts: tuple[object, ...]) -> bool:
        function = self._values[name]
        assert isinstance(function, types.FunctionType)
        return _is_plain(function) and all(new is old for new, old in zip(_parts(function), parts, strict=True))


def is_hopeless(values: Iterable[object], limit_bytes: int, limit_items: int) -> bool:
    """Whether the variables' own lengths alone are over a limit, so that nobody need begin to pickle them."""
    sizes: dict[int, int] = {}
    for value in values:
        kind = type(value)
        if kind in _BYTE_COUNTS:
            sizes[id(value)] = len(value)  # type: ignore[arg-type]  # it is one of these
        elif kind in _ITEM_COUNTS and len(value) > limit_items:  # type: ignore[arg-type]  # as above
            return True
    return sum(sizes.values()) > limit_bytes


def _is_immutable(value: object, namespace: dict[str, object]) -> bool:
    left = [value]
    for met, each in enumerate(left):
        kind = type(each)
        if met > _MAX_PARTS:
            return False
        if isinstance(each, (tuple, frozenset)) and kind in (tuple, frozenset):
            left += each
        elif kind not in _ATOMS and not _is_found_by_import(each, kind, namespace):
            return False
    return True


def _is_found_by_import(value: object, kind: type, namespace: dict[str, object]) -> bool:
    if kind is types.BuiltinFunctionType and not isinstance(getattr(value, "__self__", None), types.ModuleType):
        return False  # a method of something
    if isinstance(value, types.ModuleType):
        return sys.modules.get(value.__name__) is value
    if kind in (type, types.FunctionType, types.BuiltinFunctionType) or issubclass(kind, type):
        return is_importable(value, namespace)
    numpy_scalar = getattr(sys.modules.get("numpy"), "number", None)
    return numpy_scalar is not None and issubclass(kind, numpy_scalar) and kind.__module__ == "numpy"


def _is_plain(function: types.FunctionType) -> bool:
    """Whether its parts are all there is to compare."""
    defaults = function.__defaults__ or ()
    return (
        not function.__closure__
        and not function.__kwdefaults__
        and not function.__dict__
        and all(type(each) in _ATOMS for each in defaults)
    )
