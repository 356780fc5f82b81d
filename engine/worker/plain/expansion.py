"""`{expression}` and `$name` in `!commands` and magics: put in from the caller's variables, as IPython does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_PART = re.compile(
    r"(?P<shells>\$\{\w+\})|\{\{|\}\}|\{(?P<expression>[^{}]+)\}|\$\$|\$(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)"
)
_CONVERSION = re.compile(r"(?P<value>.+?)(?:!(?P<how>[rsa]))?(?::(?P<form>[^:\[\]]*))?", re.DOTALL)
_CONVERT: dict[str, Callable[[object], str]] = {"r": repr, "s": str, "a": ascii}


def expand(text: str, variables: Mapping[str, Any]) -> str:
    """text with values put in; unchanged where an expression cannot be told, as in `awk '{print $1}'`."""
    if "{" not in text and "$" not in text:
        return text
    try:
        return _PART.sub(lambda found: _part(found, variables), text)
    except Exception:  # noqa: BLE001  # running a cell: what stands in braces is the user's, or is no Python at all
        return text


def _part(found: re.Match[str], variables: Mapping[str, Any]) -> str:
    if (expression := found["expression"]) is not None:
        return _formatted(expression, variables)
    if (name := found["name"]) is not None:
        first = name.partition(".")[0]
        return str(_value(name, variables)) if first in variables else found[0]
    return found["shells"] or found[0][0]  # ${NAME} is for /bin/sh; of a doubled sign, one


def _formatted(expression: str, variables: Mapping[str, Any]) -> str:
    parts = _CONVERSION.fullmatch(expression)
    if parts is None:
        raise ValueError(expression)
    value = _value(parts["value"], variables)
    return format(_CONVERT[parts["how"]](value) if parts["how"] else value, parts["form"] or "")


def _value(expression: str, variables: Mapping[str, Any]) -> Any:
    return eval(expression, dict(variables))  # the user's own code
