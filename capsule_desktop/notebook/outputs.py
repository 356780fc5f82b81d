"""The outputs a cell can have, as values: what a document keeps and what an output area shows.

Frozen; made from nbformat JSON (ipynb.py) or from engine events (presenters).  No Qt, no engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class StreamOutput:
    """Text of one stream, "stdout" or "stderr"; raw, with its ANSI sequences and \\r."""

    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class DisplayOutput:
    """A MIME bundle, values as nbformat has them (text joined to one str, binary as base64, JSON as objects).

    execution_count is set for execute_result, None for display_data.
    """

    data: Mapping[str, object]
    metadata: Mapping[str, object] = field(default_factory=dict)
    execution_count: int | None = None
    display_id: str = ""  # of this session only, never written to a file


@dataclass(frozen=True, kw_only=True)
class ErrorOutput:
    """An exception as shown; traceback lines with ANSI colours."""

    error_type: str
    message: str
    traceback: tuple[str, ...]


Output = StreamOutput | DisplayOutput | ErrorOutput
