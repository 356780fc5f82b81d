"""The session's loggers: every record says which session and which event loop it belongs to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import MutableMapping
from typing import Any


class SessionLog(logging.LoggerAdapter[logging.Logger]):
    """A topic's logger whose every record carries session_id and loop_id, in words and as attributes."""

    def __init__(self, topic: str, session_id: str) -> None:
        super().__init__(
            logging.getLogger(topic),
            {"session_id": session_id, "loop_id": f"{id(asyncio.get_running_loop()):x}"},
        )

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        extra = dict(self.extra or {})
        kwargs["extra"] = {**extra, **kwargs.get("extra", {})}
        return f"session {extra['session_id']} loop {extra['loop_id']}: {msg}", kwargs
