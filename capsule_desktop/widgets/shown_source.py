"""The source that a text document stands for, kept beside it in UTF-16 units (text_units.py).

Owned by code_editor.py.  Qt tells where its document changed, but neither what was there before, nor does it keep
every character as it was.  Invariant: characters that Qt would alter (\\r, U+2029) survive untouched, shown as others.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QTextCursor, QTextDocument

from capsule_desktop.widgets.text_units import from_units, least_change, to_units

# What QTextDocument takes for an end of line or for itself, one for one as something it does not.
_AS_SHOWN = str.maketrans(
    {"\r": "\u240d", "\u2029": "\u00b6", "\u2028": "\u2424", "\ufdd0": "\ufffd", "\ufdd1": "\ufffd", "\0": "\u2400"}
)


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """What stood at `start` and what stands there now; start in UTF-16 units, the texts as the source has them."""

    start: int
    removed: str
    inserted: str
    end: int  # of what was inserted, in UTF-16 units


class ShownSource:
    """Of one document; whoever changes that from outside says so by take()."""

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self.units = ""

    @property
    def text(self) -> str:
        return from_units(self.units)

    @property
    def line_count(self) -> int:
        return self.units.count("\n") + 1

    def part(self, start: int, end: int) -> str:
        """Between two places in UTF-16 units, as the source has it."""
        return from_units(self.units[start:end])

    def set(self, source: str) -> str:
        """Stand for another source; gives what the document is to be filled with."""
        self.units = to_units(source)
        return as_shown(self.units)

    def replace(self, source: str) -> None:
        """Change the document where it differs, and only there."""
        units = to_units(source)
        change = least_change(self.units, units)
        if change is not None:
            self.units = units
            cursor = QTextCursor(self._document)
            cursor.setPosition(change.start)
            cursor.setPosition(change.end, QTextCursor.MoveMode.KeepAnchor)
            cursor.insertText(as_shown(change.inserted))

    def take(self, position: int, added: int) -> Replaced | None:
        """The document says that `added` units are new at `position`; None where nothing differs."""
        # Qt may count the document's last paragraph mark, which is no character of the source.
        total = self._document.characterCount() - 1
        added = min(added, total - position)
        removed = len(self.units) + added - total
        cursor = QTextCursor(self._document)
        cursor.setPosition(position)
        cursor.setPosition(position + added, QTextCursor.MoveMode.KeepAnchor)
        new = to_units(cursor.selectedText()).replace("\u2029", "\n")
        change = least_change(as_shown(self.units[position : position + removed]), new)
        if change is None:
            return None
        start, end = position + change.start, position + change.end
        gone = self.part(start, end)
        self.units = self.units[:start] + change.inserted + self.units[end:]
        inserted = from_units(change.inserted)
        return Replaced(start=start, removed=gone, inserted=inserted, end=start + len(change.inserted))


def as_shown(text: str) -> str:
    """As Qt's document can hold it, one character for one."""
    return text.translate(_AS_SHOWN)
