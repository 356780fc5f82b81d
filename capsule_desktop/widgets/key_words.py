"""A key as people read it: "Shift+Enter", on macOS "⇧↩"; what menus, tool tips and the table show."""

from __future__ import annotations

import sys

from PySide6.QtGui import QKeySequence

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.keys import shortcut_text


def key_words(action: Action) -> str:
    """The first key of an action in words; "" where it has none."""
    return in_words(shortcut_text(action))


def in_words(portable: str) -> str:
    """portable: as the tables of keys.py spell it."""
    if sys.platform == "darwin":
        sequence = QKeySequence(portable, QKeySequence.SequenceFormat.PortableText)
        return sequence.toString(QKeySequence.SequenceFormat.NativeText)
    return portable.replace("Return", "Enter")
