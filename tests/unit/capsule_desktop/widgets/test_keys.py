from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.keys import (
    COMMAND_KEYS,
    EDIT_KEYS,
    GLOBAL_KEYS,
    STROKE_WINDOW_S,
    Consumed,
    KeyInterpreter,
    Mode,
    edit_action,
    is_command_key,
    shortcut_text,
)

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CTRL, KEYPAD = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.KeypadModifier
KEY = Qt.Key


def test_a_key_means_its_action_in_its_mode_only() -> None:
    keys = KeyInterpreter()
    assert keys.feed(KEY.Key_A, NONE, Mode.COMMAND, 0) == Action.INSERT_ABOVE
    assert keys.feed(KEY.Key_A, NONE, Mode.EDIT, 0) is None
    assert keys.feed(KEY.Key_Return, SHIFT, Mode.EDIT, 0) == Action.RUN_SELECT_BELOW


def test_two_strokes_within_the_window_are_one_action() -> None:
    keys = KeyInterpreter()
    assert keys.feed(KEY.Key_D, NONE, Mode.COMMAND, 10.0) is Consumed.FIRST_STROKE
    assert keys.feed(KEY.Key_D, NONE, Mode.COMMAND, 10.0 + STROKE_WINDOW_S) == Action.DELETE_CELLS
    assert keys.feed(KEY.Key_D, NONE, Mode.COMMAND, 10.1) is Consumed.FIRST_STROKE  # a third begins anew


def test_a_late_second_stroke_is_a_first_one() -> None:
    keys = KeyInterpreter()
    keys.feed(KEY.Key_0, NONE, Mode.COMMAND, 0)
    assert keys.feed(KEY.Key_0, NONE, Mode.COMMAND, STROKE_WINDOW_S + 0.01) is Consumed.FIRST_STROKE


def test_another_key_forgets_the_first_stroke_and_means_itself() -> None:
    keys = KeyInterpreter()
    keys.feed(KEY.Key_D, NONE, Mode.COMMAND, 0)
    assert keys.feed(KEY.Key_J, NONE, Mode.COMMAND, 0.1) == Action.SELECT_BELOW
    assert keys.feed(KEY.Key_D, NONE, Mode.COMMAND, 0.2) is Consumed.FIRST_STROKE


def test_a_modifier_going_down_parts_nothing() -> None:
    keys = KeyInterpreter()
    keys.feed(KEY.Key_I, NONE, Mode.COMMAND, 0)
    keys.feed(KEY.Key_Shift, SHIFT, Mode.COMMAND, 0.1)
    assert keys.feed(KEY.Key_I, NONE, Mode.COMMAND, 0.2) == Action.INTERRUPT


@pytest.mark.parametrize(
    ("key", "modifiers", "action"),
    [
        (KEY.Key_Enter, KEYPAD | SHIFT, Action.RUN_SELECT_BELOW),
        (KEY.Key_Underscore, CTRL | SHIFT, Action.SPLIT_CELL),
        (KEY.Key_Minus, CTRL | SHIFT, Action.SPLIT_CELL),
        (KEY.Key_Z, CTRL | SHIFT, Action.REDO_TEXT),
    ],
)
def test_layouts_and_keypads_spell_the_same_key(key: Qt.Key, modifiers: Qt.KeyboardModifier, action: Action) -> None:
    assert edit_action(key, modifiers) == action


def test_shifted_digits_of_french_keyboards_are_headings() -> None:
    assert KeyInterpreter().feed(KEY.Key_1, SHIFT, Mode.COMMAND, 0) == Action.HEADING_1


def test_command_mode_claims_first_and_second_strokes() -> None:
    assert is_command_key(KEY.Key_D, NONE)
    assert not is_command_key(KEY.Key_Q, CTRL)


def test_menus_read_the_first_key_of_an_action() -> None:
    assert shortcut_text(Action.RUN_SELECT_BELOW) == "Shift+Return"
    assert shortcut_text(Action.DELETE_CELLS) == "D, D"
    assert shortcut_text(Action.SAVE) == "Ctrl+S"
    assert shortcut_text(Action.SHUT_DOWN) == ""


def test_no_mode_hides_a_shortcut_of_the_menus() -> None:
    assert not set(GLOBAL_KEYS) & (set(COMMAND_KEYS) | set(EDIT_KEYS))


def test_a_key_held_down_is_no_second_stroke() -> None:
    keys = KeyInterpreter()
    assert keys.feed(KEY.Key_D, NONE, Mode.COMMAND, 0) is Consumed.FIRST_STROKE
    assert keys.feed(KEY.Key_D, NONE, Mode.COMMAND, 0.5, repeated=True) is Consumed.FIRST_STROKE
    assert keys.feed(KEY.Key_J, NONE, Mode.COMMAND, 0.6, repeated=True) == Action.SELECT_BELOW
