"""The keys of interaction.md: which action a key asks for in command and in edit mode, and its text for menus.

Pure but for Qt's names of keys; strokes in the tables are spelled as QKeySequence spells them, so that "Ctrl" is
the system's own modifier on macOS.  Time comes in as a number: a second stroke counts within STROKE_WINDOW_S of the
first. GLOBAL_KEYS belong to the menus, which install them as real shortcuts; all others only act through a
KeyInterpreter.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum, auto
from typing import Final

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from capsule_desktop.widgets.actions import Action

STROKE_WINDOW_S: Final = 1.0

GLOBAL_KEYS: Final[Mapping[str, Action]] = {
    "Ctrl+N": Action.NEW,
    "Ctrl+O": Action.OPEN,
    "Ctrl+S": Action.SAVE,
    "Ctrl+Shift+S": Action.SAVE_AS,
    "Ctrl+W": Action.CLOSE,
    "Ctrl+Q": Action.QUIT,
    "Ctrl+B": Action.TOGGLE_SIDEBAR,
    "F11": Action.FULL_SCREEN,
    "Ctrl+=": Action.ZOOM_IN,
    "Ctrl+-": Action.ZOOM_OUT,
    "Ctrl+0": Action.ZOOM_RESET,
}

_RUN_KEYS: Final[Mapping[str, Action]] = {
    "Shift+Return": Action.RUN_SELECT_BELOW,
    "Ctrl+Return": Action.RUN_IN_PLACE,
    "Alt+Return": Action.RUN_INSERT_BELOW,
}

EDIT_KEYS: Final[Mapping[str, Action]] = {
    **_RUN_KEYS,
    "Esc": Action.ENTER_COMMAND_MODE,
    "Ctrl+M": Action.ENTER_COMMAND_MODE,
    "Ctrl+Shift+-": Action.SPLIT_CELL,
    "Ctrl+Z": Action.UNDO_TEXT,
    "Ctrl+Shift+Z": Action.REDO_TEXT,
    "Ctrl+Y": Action.REDO_TEXT,
}

COMMAND_KEYS: Final[Mapping[str, Action]] = {
    **_RUN_KEYS,
    "Return": Action.ENTER_EDIT_MODE,
    "A": Action.INSERT_ABOVE,
    "B": Action.INSERT_BELOW,
    "X": Action.CUT_CELLS,
    "C": Action.COPY_CELLS,
    "V": Action.PASTE_BELOW,
    "Shift+V": Action.PASTE_ABOVE,
    "D, D": Action.DELETE_CELLS,
    "Z": Action.UNDO_CELL_OPERATION,
    "Shift+Z": Action.REDO_CELL_OPERATION,
    "Shift+M": Action.MERGE_CELLS,
    "Ctrl+Shift+Up": Action.MOVE_UP,
    "Ctrl+Shift+Down": Action.MOVE_DOWN,
    "Y": Action.TO_CODE,
    "M": Action.TO_MARKDOWN,
    "R": Action.TO_RAW,
    "1": Action.HEADING_1,
    "2": Action.HEADING_2,
    "3": Action.HEADING_3,
    "4": Action.HEADING_4,
    "5": Action.HEADING_5,
    "6": Action.HEADING_6,
    "Up": Action.SELECT_ABOVE,
    "K": Action.SELECT_ABOVE,
    "Down": Action.SELECT_BELOW,
    "J": Action.SELECT_BELOW,
    "Shift+Up": Action.EXTEND_ABOVE,
    "Shift+K": Action.EXTEND_ABOVE,
    "Shift+Down": Action.EXTEND_BELOW,
    "Shift+J": Action.EXTEND_BELOW,
    "Ctrl+A": Action.SELECT_ALL,
    "Alt+Left": Action.EARLIER_RUN,
    "Alt+Right": Action.LATER_RUN,
    "Esc": Action.PRESENT_RUN,
    "L": Action.TOGGLE_LINE_NUMBERS,
    "Shift+L": Action.TOGGLE_ALL_LINE_NUMBERS,
    "O": Action.TOGGLE_OUTPUT,
    "Shift+O": Action.TOGGLE_OUTPUT_SCROLLING,
    "I, I": Action.INTERRUPT,
    "0, 0": Action.RESTART,
    "S": Action.SAVE,
    "H": Action.SHORTCUTS,
    "Space": Action.SCROLL_PAGE_DOWN,
    "Shift+Space": Action.SCROLL_PAGE_UP,
}


class Mode(StrEnum):
    COMMAND = auto()
    EDIT = auto()


class Consumed(Enum):
    """The first stroke of two: no action yet, and nobody else's key."""

    FIRST_STROKE = auto()


type _Stroke = tuple[int, int]
type _Table = dict[tuple[_Stroke, ...], Action]


def shortcut_text(action: Action) -> str:
    """The first key of an action as QKeySequence reads it ("Shift+Return", "D, D"); "" where it has none."""
    for table in (GLOBAL_KEYS, COMMAND_KEYS, EDIT_KEYS):
        for text, candidate in table.items():
            if candidate == action:
                return text
    return ""


def edit_action(key: int, modifiers: Qt.KeyboardModifier) -> Action | None:
    """What a key asks for while a caret stands in a cell; two strokes are for command mode alone."""
    return next((_EDIT_TABLE[(s,)] for s in _spellings(key, modifiers) if (s,) in _EDIT_TABLE), None)


def is_command_key(key: int, modifiers: Qt.KeyboardModifier) -> bool:
    """Whether command mode wants this key, be it as a first or second stroke."""
    return any(stroke in strokes for stroke in _spellings(key, modifiers) for strokes in _COMMAND_TABLE)


class KeyInterpreter:
    """Turns key presses into actions; remembers at most one first stroke."""

    def __init__(self) -> None:
        self._tables = {Mode.COMMAND: _COMMAND_TABLE, Mode.EDIT: _EDIT_TABLE}
        self._first: tuple[_Stroke, Mode, float] | None = None

    def feed(
        self, key: int, modifiers: Qt.KeyboardModifier, mode: Mode, now: float, *, repeated: bool = False
    ) -> Action | Consumed | None:
        """now: seconds of a clock that only goes forward.  None: this key means nothing here.

        repeated: the key is held down, which is no second stroke; a D held too long must not delete cell after cell.
        """
        if key in _MODIFIER_KEYS:
            return None  # Shift going down between two strokes does not part them
        if repeated and any(strokes[0] in _spellings(key, modifiers) for strokes in self._tables[mode] if strokes[1:]):
            return Consumed.FIRST_STROKE
        first, self._first = self._first, None
        table = self._tables[mode]
        for stroke in _spellings(key, modifiers):
            in_time = first is not None and first[1] == mode and now - first[2] <= STROKE_WINDOW_S
            if in_time and first is not None and (action := table.get((first[0], stroke))) is not None:
                return action
            if (action := table.get((stroke,))) is not None:
                return action
            if any(strokes[0] == stroke for strokes in table):
                self._first = (stroke, mode, now)
                return Consumed.FIRST_STROKE
        return None


_MODIFIER_KEYS: Final = frozenset(
    int(key) for key in (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)
)
_SHIFT: Final = Qt.KeyboardModifier.ShiftModifier.value
_KEYPAD: Final = Qt.KeyboardModifier.KeypadModifier.value
# What some layouts report for a shifted key of the tables.
_SAME_KEY: Final = {int(Qt.Key.Key_Enter): int(Qt.Key.Key_Return), int(Qt.Key.Key_Underscore): int(Qt.Key.Key_Minus)}


def _spellings(key: int, modifiers: Qt.KeyboardModifier) -> list[_Stroke]:
    """As pressed; and, for a sign that needs Shift on this layout, without it."""
    key = _SAME_KEY.get(key, key)
    flags = modifiers.value & ~_KEYPAD
    pressed = (key, flags)
    is_sign = 0x20 < key < 0x7F and not chr(key).isalnum()
    is_digit = 0x30 <= key <= 0x39  # French keyboards have the digits shifted
    if flags & _SHIFT and (is_sign or is_digit):
        return [pressed, (key, flags & ~_SHIFT)]
    return [pressed]


def _read(keys: Mapping[str, Action]) -> _Table:
    return {_strokes(text): action for text, action in keys.items()}


def _strokes(text: str) -> tuple[_Stroke, ...]:
    sequence = QKeySequence(text, QKeySequence.SequenceFormat.PortableText)
    # the stubs do not know that a sequence can be indexed
    combinations: list[QKeyCombination] = [sequence[i] for i in range(sequence.count())]  # type: ignore[index]
    return tuple((int(c.key()), c.keyboardModifiers().value) for c in combinations)


_COMMAND_TABLE: Final = _read(COMMAND_KEYS)
_EDIT_TABLE: Final = _read(EDIT_KEYS)
