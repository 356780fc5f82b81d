"""Values as text, in the form that IPython gives them: containers that do not fit their line one item a line.

Pure but for the user's own __repr__ and _repr_pretty_ methods, whose exceptions come through.
"""

from __future__ import annotations

import collections
import contextlib
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .signatures import signature_text

WIDTH = 79
MAX_ITEMS = 1000  # of one container; what is behind them is "..."


def pretty(value: object, width: int = WIDTH) -> str:
    """The text of a value."""
    return Printer(width).text(value, 0, 0, 0)


class Printer:
    """Prints one value; knows the containers it is inside of, since they may contain themselves."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._open: set[int] = set()
        self._leaves: dict[int, tuple[object, str]] = {}  # each printed once, and kept alive so that ids stay theirs

    def text(self, value: object, column: int, indent: int, tail: int) -> str:
        """value's text from column on; tail: characters that must follow on its last line."""
        flat = self._flat(value, self._width - column - tail)
        if flat is not None:
            return flat
        layout = _layout(value)
        if layout is None or id(value) in self._open:
            return self._leaf(value).replace("\n", "\n" + " " * indent)
        with self._inside(value):
            return self._broken(*layout, column, indent, tail)

    def _flat(self, value: object, room: int) -> str | None:
        """On one line of so many characters, or None."""
        layout = _layout(value)
        if layout is None:
            leaf = self._leaf(value)
            return leaf if len(leaf) <= room and "\n" not in leaf else None
        head, parts, end = layout
        if id(value) in self._open:
            return f"{head}...{end}"
        room -= len(head) + len(end)
        pieces: list[str] = []
        with self._inside(value):
            for part in _limited(parts):
                piece = self._flat_part(part, room)
                room -= 0 if piece is None else len(piece) + 2
                if piece is None or room < -2:
                    return None
                pieces.append(piece)
        return head + ", ".join(pieces) + end

    def _flat_part(self, part: _Part, room: int) -> str | None:
        texts: list[str] = []
        for each in part:
            text = str(each) if isinstance(each, _Word) else self._flat(each, room)
            if text is None:
                return None
            texts.append(text)
            room -= len(text)
        return _joined(part, texts)

    def _broken(self, head: str, parts: Iterable[_Part], end: str, column: int, indent: int, tail: int) -> str:
        inside = indent + len(head)
        items = list(_limited(parts))
        lines: list[str] = []
        for number, part in enumerate(items):
            its_tail = 1 if number < len(items) - 1 else len(end) + tail
            lines.append(self._part(part, inside if number else column + len(head), inside, its_tail))
        return head + (",\n" + " " * inside).join(lines) + end

    def _part(self, part: _Part, column: int, indent: int, tail: int) -> str:
        """One value, or what stands before it (a key, a name) and the value."""
        if len(part) == 1:
            return str(part[0]) if isinstance(part[0], _Word) else self.text(part[0], column, indent, tail)
        if isinstance(part[0], _Word):
            before = str(part[0])
            indent += len(before)
        else:
            before = self.text(part[0], column, indent, 2) + ": "
        return before + self.text(part[1], column + len(before.rpartition("\n")[2]), indent, tail)

    def _leaf(self, value: object) -> str:
        if id(value) not in self._leaves:
            self._leaves[id(value)] = value, _leaf(value)
        return self._leaves[id(value)][1]

    @contextlib.contextmanager
    def _inside(self, value: object) -> Iterator[None]:
        self._open.add(id(value))
        try:
            yield
        finally:
            self._open.discard(id(value))


def _joined(part: _Part, texts: list[str]) -> str:
    return (": " if len(part) > 1 and not isinstance(part[0], _Word) else "").join(texts)


class _Word(str):
    """A part of a layout that is printed as it is."""

    __slots__ = ()


_REST = _Word("...")
_Part = tuple[Any, ...]  # a value, or a key or a _Word and a value
_Layout = tuple[str, Iterable[_Part], str]  # what it begins with, its parts, its end


def _limited(parts: Iterable[_Part]) -> Iterator[_Part]:
    for number, part in enumerate(parts):
        if number == MAX_ITEMS:
            yield (_REST,)
            return
        yield part


def _layout(value: Any) -> _Layout | None:
    """How a container is written; None for anything else, and for one with a __repr__ of its own."""
    kind = type(value)
    if callable(getattr(kind, "_repr_pretty_", None)):
        return None
    for base, layout in _CONTAINERS.items():
        if issubclass(kind, base):
            return layout(value) if _prints_as(kind, base) else None
    return None


def _set(value: Any, head: str, end: str) -> _Layout:
    try:
        items = sorted(value)
    except (TypeError, ValueError):  # they have no order
        items = sorted(value, key=str)
    return head, ((each,) for each in items), end


def _named(value: Any) -> _Layout:
    return "namespace(", ((_Word(f"{name}="), each) for name, each in vars(value).items()), ")"


def _sequence(head: str, end: str) -> Callable[[Any], _Layout]:
    return lambda value: (head, ((each,) for each in value), end)


def _mapping(head: str, end: str) -> Callable[[Any], _Layout]:
    return lambda value: (head, value.items(), end)


_CONTAINERS: dict[type, Callable[[Any], _Layout | None]] = {
    collections.Counter: lambda value: (f"{type(value).__name__}({{", value.most_common(), "})") if value else None,
    collections.defaultdict: lambda value: ("defaultdict(", [(value.default_factory,), (dict(value),)], ")"),
    collections.OrderedDict: lambda value: ("OrderedDict([", ((pair,) for pair in value.items()), "])"),
    collections.deque: lambda value: None if value.maxlen is not None else _sequence("deque([", "])")(value),
    dict: _mapping("{", "}"),
    list: _sequence("[", "]"),
    tuple: lambda value: _sequence("(", ",)" if len(value) == 1 else ")")(value),
    set: lambda value: _set(value, "{", "}") if value else None,
    frozenset: lambda value: _set(value, "frozenset({", "})") if value else None,
    types.MappingProxyType: _mapping("mappingproxy({", "})"),
    types.SimpleNamespace: _named,
}


def _prints_as(kind: Any, base: Any) -> bool:
    """Whether kind has base's __repr__ and none of its own."""
    return kind.__repr__ is base.__repr__


def _leaf(value: Any) -> str:
    kind = type(value)
    own = getattr(kind, "_repr_pretty_", None)
    if callable(own):
        return _by_method(value)
    if isinstance(value, type) and _prints_as(kind, type):
        return _qualified(value)
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
        return _function(value)
    if isinstance(value, BaseException) and _prints_as(kind, BaseException):
        return f"{_qualified(kind)}({', '.join(map(pretty, value.args))})"
    if _prints_as(kind, object):
        return f"<{_leaf(kind)} at {id(value):#x}>"
    return repr(value)


def _qualified(kind: type) -> str:
    name = getattr(kind, "__qualname__", kind.__name__)
    module = kind.__module__
    return name if module in (None, "builtins", "exceptions") else f"{module}.{name}"


def _function(value: Any) -> str:
    name = getattr(value, "__qualname__", value.__name__)
    module = value.__module__
    if module and module != "builtins":
        name = f"{module}.{name}"
    try:
        name += signature_text(value)
    except (ValueError, TypeError):
        pass  # one in C that does not say
    return f"<function {name}>"


def _by_method(value: Any) -> str:
    canvas = _Canvas()
    value._repr_pretty_(canvas, False)
    return canvas.written()


class _Canvas:
    """What a _repr_pretty_ method writes on: the part of IPython's RepresentationPrinter that such methods use."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._indents = [0]

    def text(self, text: str) -> None:
        self._pieces.append(text)

    def pretty(self, value: object) -> None:
        self._pieces.append(pretty(value))

    def breakable(self, sep: str = " ") -> None:
        self._pieces.append(sep)

    def break_(self) -> None:
        self._pieces.append("\n" + " " * self._indents[-1])

    def begin_group(self, indent: int = 0, open: str = "") -> None:  # noqa: A002  # IPython's name
        self._indents.append(self._indents[-1] + indent)
        self._pieces.append(open)

    def end_group(self, dedent: int = 0, close: str = "") -> None:
        if len(self._indents) > 1:
            self._indents.pop()
        self._pieces.append(close)

    def group(self, indent: int = 0, open: str = "", close: str = "") -> _Group:  # noqa: A002  # IPython's name
        return _Group(self, indent, open, close)

    def written(self) -> str:
        return "".join(self._pieces)


class _Group:
    def __init__(self, canvas: _Canvas, indent: int, start: str, close: str) -> None:
        self._canvas, self._indent, self._start, self._close = canvas, indent, start, close

    def __enter__(self) -> None:
        self._canvas.begin_group(self._indent, self._start)

    def __exit__(self, *_: object) -> None:
        self._canvas.end_group(self._indent, self._close)
