"""display(), a cell's value, clear_output: MIME bundles as frames of the log.

Owns how a bundle becomes plain JSON, which is what jupyter_client's packer makes of it, so that a
notebook holds the same.  Called by IPython; writes through the outlet, so that what was printed before
a display stands before it.
"""

from __future__ import annotations

import json
import numbers
from binascii import b2a_base64
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from traitlets import Any as AnyTrait

from ..protocol.codec import CodecError
from ..protocol.messages import BACKGROUND, ClearOutput, Display, DisplayUpdate, LogMessage
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


def _emit(outlet: Outlet, message: LogMessage) -> None:
    try:
        outlet.emit(message)
    except CodecError as error:
        raise ValueError(f"this output cannot be shown: {error}") from None


class LogDisplayPublisher(DisplayPublisher):
    """What display() calls."""

    outlet = AnyTrait()

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: object = None,
        *,
        transient: dict[str, Any] | None = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        metadata = {} if metadata is None else metadata
        self._validate_data(data, metadata)
        kind = DisplayUpdate if update else Display
        display_id = str((transient or {}).get("display_id") or "")
        _emit(
            self.outlet,
            kind(execution_id=owner(self.outlet), data=plain(data), metadata=plain(metadata), display_id=display_id),
        )

    def clear_output(self, wait: bool = False) -> None:
        _emit(self.outlet, ClearOutput(execution_id=owner(self.outlet), wait=bool(wait)))


class LogDisplayHook(DisplayHook):
    """sys.displayhook while a cell runs: its value, numbered."""

    outlet = AnyTrait()
    _data: dict[str, object] | None = None
    _metadata: dict[str, object]
    _count: int | None

    @property
    def is_displaying(self) -> bool:
        """Whether a value is being formatted now."""
        return self._data is not None

    def start_displayhook(self) -> None:
        self._data, self._metadata, self._count = {}, {}, None

    def write_output_prompt(self) -> None:
        self._count = self.prompt_count

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self._data, self._metadata = plain(format_dict), plain(md_dict or {})

    def finish_displayhook(self) -> None:
        data, self._data = self._data, None
        if not data:
            return
        _emit(
            self.outlet,
            Display(execution_id=owner(self.outlet), data=data, metadata=self._metadata, execution_count=self._count),
        )


def owner(outlet: Outlet) -> str:
    """Whose display it is that is shown now."""
    return OWNER.get() or outlet.running or BACKGROUND
