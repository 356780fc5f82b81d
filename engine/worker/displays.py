"""MIME bundles on their way to the log: as plain JSON, and of which execution they are.

A bundle becomes what jupyter_client's packer makes of it, so that a notebook holds the same.  Both shells show
through here; it is written through the outlet, so that what was printed before a display stands before it.
"""

from __future__ import annotations

import json
import numbers
from binascii import b2a_base64
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from ..protocol.codec import CodecError
from ..protocol.messages import BACKGROUND, LogMessage
from .outlet import Outlet
from .owners import OWNER


def plain(bundle: dict[str, Any]) -> dict[str, object]:
    """bundle as JSON has it: bytes as base64, dates as text, any other iterable as a list.

    Raises TypeError where a value cannot be told in JSON.
    """
    return {str(name): value if type(value) is str else _plain(value) for name, value in bundle.items()}


def _plain(value: object) -> object:
    return json.loads(json.dumps(value, default=_default))


def _default(value: Any) -> object:
    if isinstance(value, datetime):
        aware = value if value.tzinfo is not None else value.astimezone()
        return aware.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return b2a_base64(value, newline=False).decode("ascii")
    if isinstance(value, Iterable):
        return list(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    raise TypeError(f"{value!r} is not JSON serializable")


def emit(outlet: Outlet, message: LogMessage) -> None:
    """Write message.  Raises ValueError where it is too large to be shown."""
    try:
        outlet.emit(message)
    except CodecError as error:
        raise ValueError(f"this output cannot be shown: {error}") from None


def owner(outlet: Outlet) -> str:
    """Whose display it is that is shown now."""
    return OWNER.get() or outlet.running or BACKGROUND
