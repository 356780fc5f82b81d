"""Why a representation of an output is not shown, as a sentence for the reader."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """Returned instead of a picture or a table; "" where there is nothing to say."""

    sentence: str
