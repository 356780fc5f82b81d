"""Text as Qt counts it: one Python character for each UTF-16 code unit, and the least change between two texts.

Editors keep their text in this form, so that every position of Qt's is an index.  A change never cuts a surrogate
pair in two: presenters get it as ordinary text.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Replacement:
    """text[start:end] becomes `inserted`; in code units."""

    start: int
    end: int
    inserted: str


def to_units(text: str) -> str:
    """The same text with every character beyond the basic plane as its two surrogates."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    return "".join(map(chr, array("H", text.encode("utf-16-le", "surrogatepass"))))


def from_units(units: str) -> str:
    """The inverse of `to_units`."""
    if units.isascii() or not any("\ud800" <= unit <= "\udfff" for unit in units):
        return units
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def least_change(old: str, new: str) -> Replacement | None:
    """The shortest single replacement that makes `new` of `old`, both in units; None where they are equal."""
    if old == new:
        return None
    prefix = _common_prefix(old, new)
    if prefix and "\ud800" <= old[prefix - 1] <= "\udbff":
        prefix -= 1
    suffix = _common_prefix(old[prefix:][::-1], new[prefix:][::-1])
    if suffix and "\udc00" <= old[len(old) - suffix] <= "\udfff":
        suffix -= 1
    return Replacement(start=prefix, end=len(old) - suffix, inserted=new[prefix : len(new) - suffix])


def _common_prefix(one: str, other: str) -> int:
    """By halving: comparing slices is C, comparing characters is not."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
