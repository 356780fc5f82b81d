"""Times as people say them: how long ago, at what time of day, about how much longer.  Pure."""

from __future__ import annotations

import time

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def ago_text(seconds: float) -> str:
    """ "a few seconds ago", "40 seconds ago", "2 minutes ago", "3 hours ago", "5 days ago"."""
    if seconds < 10:
        return "a few seconds ago"
    if seconds < _MINUTE_S:
        return f"{int(seconds) // 10 * 10} seconds ago"
    if seconds < _HOUR_S:
        return _ago(int(seconds // _MINUTE_S), "minute")
    if seconds < _DAY_S:
        return _ago(int(seconds // _HOUR_S), "hour")
    return _ago(int(seconds // _DAY_S), "day")


def clock_text(at: float, now: float) -> str:
    """The local time of day, "14:02"; with its date where that is not today's.  Both in seconds since 1970."""
    moment = time.localtime(at)
    today = moment[:3] == time.localtime(now)[:3]
    return time.strftime("%H:%M" if today else "%Y-%m-%d %H:%M", moment)


def about_text(seconds: float) -> str:
    """An estimate, no finer than it is worth: "about 5 s", "about 25 s", "about 2 min", "about 1.5 h"."""
    if seconds < 10:
        return f"about {max(1, round(seconds))} s"
    if seconds < 57.5:
        return f"about {5 * round(seconds / 5)} s"
    if seconds < 57.5 * _MINUTE_S:
        return f"about {max(1, round(seconds / _MINUTE_S))} min"
    halves = max(2, round(seconds / _HOUR_S * 2))
    return f"about {halves / 2:g} h"


def _ago(count: int, unit: str) -> str:
    return f"{count} {unit}{'s' if count > 1 else ''} ago"
