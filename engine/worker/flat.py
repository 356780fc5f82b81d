"""Deeply nested values, written without recursion: for what pickle itself gives up with RecursionError.

Every list, dict and plain object becomes a numbered reference; their contents follow one by one, each only as deep
as one level.  The reading side makes them empty at the first reference and fills the last met first, so that what
is inside a key is there before the key is hashed.  Slower and longer than pickle's own way, so tried second.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable
from typing import Any

from .pickler import HEAP_TYPE, Pickler, Scope
from .unpickler import FLAT

_OWN_WAYS = ("__reduce__", "__reduce_ex__", "__getstate__", "__new__")  # as object has them, or it is not plain
_HOOKS = ("__setstate__", "__getnewargs__", "__getnewargs_ex__")

Contents = tuple[tuple[object, ...], ...]


class FlatPickler(Pickler):
    """A Pickler whose dump() is a mark, the value, the contents of each reference, and None."""

    def __init__(self, file: Any, scope: Scope, own: Iterable[int], seen: dict[int, object] | None = None) -> None:
        super().__init__(file, scope, own, seen)
        self._queue: collections.deque[Any] = collections.deque()
        self._numbers: dict[int, tuple[int, object]] = {}

    def dump(self, value: object) -> None:
        super().dump(FLAT)
        super().dump(value)
        while self._queue:
            super().dump(_contents(self._queue.popleft()))
        super().dump(None)

    def persistent_id(self, value: Any) -> str | None:
        reference = super().persistent_id(value)
        kind = type(value)
        if reference is not None or not (kind is list or kind is dict or self._is_plain(kind)):
            return reference
        numbers = self._numbers
        if id(value) not in numbers:
            numbers[id(value)] = len(numbers), value  # kept alive, so that its id stays its own
            self._queue.append(value)
        which = kind.__name__ if kind is list or kind is dict else f"{self._scope.class_number(kind)}"
        return f"later {numbers[id(value)][0]} {which}"

    def _is_plain(self, kind: type) -> bool:
        """Whether pickle would make it by object.__new__ and fill its attributes, and no code of its own has a say."""
        number = self._scope.class_number(kind) if kind.__flags__ & HEAP_TYPE else None
        if number is None or number in self._own or any(hasattr(kind, name) for name in _HOOKS):
            return False
        if any(getattr(kind, name, None) is not getattr(object, name, None) for name in _OWN_WAYS):
            return False
        self.needs.add(number)
        return True


def _contents(value: Any) -> Contents:
    if type(value) is list:
        return (tuple(value),)
    if type(value) is dict:
        return tuple(value), tuple(value.values())
    state = value.__reduce_ex__(2)[2] or {}
    attributes, slots = state if isinstance(state, tuple) else (state, {})
    attributes = attributes or {}
    return tuple(attributes), tuple(attributes.values()), tuple(slots), tuple(slots.values())
