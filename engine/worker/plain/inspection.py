"""What is known of an object, for `name?`, `name??` and the tooltip: signature, documentation, file, source."""

from __future__ import annotations

import builtins
import inspect
import types
from collections.abc import Iterator, Mapping
from typing import Any

from ..cell_names import is_cell_name
from .pretty import pretty
from .signatures import signature_text

_RED, _OFF = "\x1b[31m", "\x1b[39m"
_LONGEST_TEXT = 200  # characters of a value
_CALLABLE = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)


class Unknown(Exception):
    """There is no object of that name."""


def find(name: str, namespace: Mapping[str, Any]) -> Any:
    """The object of a dotted name, which may have subscripts.  Raises Unknown; properties of the user's are run."""
    try:
        return eval(name, {"__builtins__": builtins}, dict(namespace))  # what the user wrote
    except Exception as error:  # running a cell: a property of the user's
        raise Unknown(name) from error


def describe(value: Any, name: str, detail: int) -> str:
    """Fields as text; detail 1: with the source where there is one."""
    fields = [*_fields(value, name, detail)]
    width = max(len(title) for title, _ in fields) + 1
    return "\n".join(
        f"{_RED}{title}:{_OFF}\n{text}" if "\n" in text else f"{_RED}{title + ':':<{width}}{_OFF} {text}"
        for title, text in fields
    )


def _fields(value: Any, name: str, detail: int) -> Iterator[tuple[str, str]]:
    signature = _signature(value, name)
    if signature:
        yield ("Init signature" if isinstance(value, type) else "Signature"), signature
    source = _source(value) if detail else ""
    if source:
        yield "Source", source
    else:
        yield "Docstring", inspect.getdoc(value) or "<no docstring>"
    if not isinstance(value, (*_CALLABLE, types.ModuleType)):
        text = pretty(value)
        yield "String form", text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"
        if (length := _length(value)) is not None:
            yield "Length", str(length)
    if file := _file(value):
        yield "File", file
    yield "Type", type(value).__name__
    if isinstance(value, type):
        subclasses: list[type] = type.__subclasses__(value)
        yield "Subclasses", ", ".join(each.__name__ for each in subclasses[:10])


def _signature(value: Any, name: str) -> str:
    if not callable(value):
        return ""
    try:
        return name.rpartition(".")[2] + signature_text(value)
    except (ValueError, TypeError):
        return ""


def _source(value: Any) -> str:
    try:
        return inspect.getsource(value if isinstance(value, _CALLABLE) or inspect.ismodule(value) else type(value))
    except (OSError, TypeError):
        return ""


def _length(value: Any) -> int | None:
    try:
        return len(value)
    except Exception:  # noqa: BLE001  # running a cell: a __len__ of the user's
        return None


def _file(value: Any) -> str:
    try:
        file = inspect.getsourcefile(inspect.unwrap(value) if callable(value) else value)
    except (OSError, TypeError, ValueError):  # OSError: a class of a cell
        return ""
    return "" if file is None or is_cell_name(file) else file
