"""What an exception of the user's code says, whatever its class does."""

from __future__ import annotations


def text_of(error: object, otherwise: str = "") -> str:
    """str(error); otherwise, where that fails."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # running a cell: an exception class of the user's
        return otherwise
