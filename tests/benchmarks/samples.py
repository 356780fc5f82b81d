"""Durations as samples: percentiles in milliseconds."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile_ms(samples_s: Sequence[float], percent: float) -> float:
    """The smallest sample that at least percent of all are no longer than (nearest rank), in ms."""
    ordered = sorted(samples_s)
    rank = max(1, math.ceil(percent / 100 * len(ordered)))
    return round(ordered[rank - 1] * 1000, 3)
