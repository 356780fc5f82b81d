"""Which editing rule a key of a code editor stands for; the rules are in editing_rules.py and line_rules.py.

Pure but for Qt's names of keys.  None: Qt's text control does what it does with the key.
"""

from __future__ import annotations

from PySide6.QtCore import Qt

from capsule_desktop.widgets import editing_rules as rules
from capsule_desktop.widgets import line_rules
from capsule_desktop.widgets.text_edits import Edit, Selection

_CTRL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_ALT = Qt.KeyboardModifier.AltModifier
_NONE = Qt.KeyboardModifier.NoModifier
_ALT_GR = _CTRL | _ALT  # as Windows reports it: many layouts write brackets with it
_KEYPAD = Qt.KeyboardModifier.KeypadModifier


def edit_for_key(
    text: str, selection: Selection, key: int, modifiers: Qt.KeyboardModifier, typed: str, *, python: bool
) -> Edit | None:
    """typed: what the key writes.  python False leaves out what only code wants (brackets, comments, indentation)."""
    held = modifiers & ~_KEYPAD
    edit = _of_lines(text, selection, key, held)
    if edit is not None or not python:
        return edit
    if key == Qt.Key.Key_Home and held in (_NONE, _SHIFT):
        return line_rules.go_to_start(text, selection, extend=held == _SHIFT)
    if key == Qt.Key.Key_Slash and held & ~_SHIFT == _CTRL:
        return line_rules.toggle_comment(text, selection)
    if held & ~_SHIFT and held != _ALT_GR:
        return None
    if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        return rules.newline(text, selection)
    if key == Qt.Key.Key_Backspace:
        return rules.backspace(text, selection)
    return rules.typed(text, selection, typed) if len(typed) == 1 and typed.isprintable() else None


def _of_lines(text: str, selection: Selection, key: int, held: Qt.KeyboardModifier) -> Edit | None:
    match key:
        case Qt.Key.Key_Tab if held == _NONE:
            return rules.tab(text, selection)
        case Qt.Key.Key_Backtab | Qt.Key.Key_Tab if held == _SHIFT:
            return line_rules.dedent_lines(text, selection)
        case Qt.Key.Key_BracketRight if held == _CTRL:
            return line_rules.indent_lines(text, selection)
        case Qt.Key.Key_BracketLeft if held == _CTRL:
            return line_rules.dedent_lines(text, selection)
        case Qt.Key.Key_K if held == _CTRL | _SHIFT:
            return line_rules.delete_lines(text, selection)
        case Qt.Key.Key_Up | Qt.Key.Key_Down if held == _ALT:
            # At the edge there is nothing to do, and Qt has nothing better either.
            here = Edit(start=0, end=0, inserted="", anchor=selection.anchor, caret=selection.caret)
            return line_rules.move_lines(text, selection, up=key == Qt.Key.Key_Up) or here
    return None
