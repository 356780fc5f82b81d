"""display(), a cell's value, clear_output: what IPython shows, as frames of the log.  Called by IPython."""

from __future__ import annotations

from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from traitlets import Any as AnyTrait

from ...protocol.messages import ClearOutput, Display, DisplayUpdate
from ..displays import emit, owner, plain


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
        emit(
            self.outlet,
            kind(execution_id=owner(self.outlet), data=plain(data), metadata=plain(metadata), display_id=display_id),
        )

    def clear_output(self, wait: bool = False) -> None:
        emit(self.outlet, ClearOutput(execution_id=owner(self.outlet), wait=bool(wait)))


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
        emit(
            self.outlet,
            Display(execution_id=owner(self.outlet), data=data, metadata=self._metadata, execution_count=self._count),
        )
