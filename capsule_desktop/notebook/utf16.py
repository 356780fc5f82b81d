"""Positions in UTF-16 code units, as Qt counts, to indexes in a Python str, and back."""

from __future__ import annotations

_BEYOND = "\U00010000"  # from here on a character takes two units


def length(text: str) -> int:
    """How many units text takes."""
    if text.isascii() or max(text) < _BEYOND:
        return len(text)
    return len(text) + sum(char >= _BEYOND for char in text)


def index(text: str, position: int) -> int:
    """The index of the character that stands at position.

    A position inside a surrogate pair means the character's start.  Raises IndexError outside of text.
    """
    if text.isascii() or max(text[:position], default="") < _BEYOND:
        if not 0 <= position <= len(text):
            raise IndexError(f"position {position} is outside of a text of {length(text)} units")
        return position
    units = 0
    for found, char in enumerate(text):
        width = 2 if char >= _BEYOND else 1
        if position < units + width:
            return found
        units += width
    if position > units:
        raise IndexError(f"position {position} is outside of a text of {units} units")
    return len(text)
