"""What the list of interpreters shows, as plain values, and in which order: sections, then as they came.

Invariant: arranged() never moves a row that was shown already; what is new comes at its section's end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Section(StrEnum):
    """In the order in which they are shown."""

    FOLDER = "In this folder"
    RECENT = "Recent"
    ENVIRONMENTS = "Environments"
    PYENV = "pyenv"
    SYSTEM = "System"
    OWN = "This application"


@dataclass(frozen=True, kw_only=True)
class InterpreterRow:
    """path: as it is started, which says which it is; place: the same as people read it ("~/analysis").

    kind: in words, "conda environment"; packages: "numpy 2.1", the most looked for first.  standing: "" where cells can
    be run with it, else in a word or two, and reason says why.  is_current: it runs cells now (is_running), or will.
    is_restorable: the variables of the last checkpoint can come back in it.
    """

    path: str
    name: str
    section: Section
    version: str = ""
    kind: str = ""
    place: str = ""
    packages: tuple[str, ...] = ()
    standing: str = ""
    reason: str = ""
    is_current: bool = False
    is_running: bool = False
    is_recent: bool = False
    is_restorable: bool = False

    @property
    def is_usable(self) -> bool:
        return not self.standing

    @property
    def choice(self) -> str:
        """Whether it is the one, in a word; "" where it is not."""
        return "in use" if self.is_running else "chosen" if self.is_current else ""

    def matches(self, words: str) -> bool:
        """Whether every word that was typed is in something that the row shows."""
        shown = " ".join((self.name, f"python {self.version}", self.kind, self.place, *self.packages)).casefold()
        return all(word in shown for word in words.casefold().split())

    def described(self) -> str:
        """All of it in one sentence, for screen readers and the tool tip."""
        parts = [self.name, f"Python {self.version}" if self.version else "version unknown", self.kind]
        if self.packages:
            parts.append(f"with {', '.join(self.packages)}")
        parts.append(self.path)
        if self.choice:
            parts.append(self.choice)
        if self.standing:
            parts.append(f"{self.standing}: {self.reason}" if self.reason else self.standing)
        return ", ".join(part for part in parts if part)


def arranged(shown: Sequence[InterpreterRow], now: Sequence[InterpreterRow]) -> tuple[InterpreterRow, ...]:
    """now, with the rows that are shown already in the order and the section they have there."""
    by_path = {row.path: row for row in now}
    known = {row.path: row.section for row in shown}
    kept = [_in_section(by_path[row.path], row.section) for row in shown if row.path in by_path]
    added = [row for row in now if row.path not in known]
    order = list(Section)
    return tuple(sorted((*kept, *added), key=lambda row: order.index(row.section)))


def _in_section(row: InterpreterRow, section: Section) -> InterpreterRow:
    return row if row.section is section else replace(row, section=section)
