"""What each Action is called, in the menus, the toolbar's tool tips and the table of shortcuts.

Owns the words: sentence case, an ellipsis where a question follows before anything happens.
Invariant (tested): every Action has exactly one caption.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from capsule_desktop.widgets.actions import Action

CAPTIONS: Mapping[Action, str] = MappingProxyType(
    {
        Action.NEW: "New notebook",
        Action.OPEN: "Open…",
        Action.SAVE: "Save",
        Action.SAVE_AS: "Save as…",
        Action.SAVE_CHECKPOINT: "Save checkpoint…",
        Action.RESTORE_CHECKPOINT: "Restore checkpoint…",
        Action.CLOSE: "Close",
        Action.QUIT: "Quit",
        Action.RUN_SELECT_BELOW: "Run selected cells",
        Action.RUN_IN_PLACE: "Run in place",
        Action.RUN_INSERT_BELOW: "Run and insert below",
        Action.RUN_ALL: "Run all",
        Action.RUN_ABOVE: "Run all above",
        Action.RUN_BELOW: "Run selected and below",
        Action.RESTART_RUN_ALL: "Restart and run all…",
        Action.INTERRUPT: "Interrupt",
        Action.FORCE_STOP: "Force stop",
        Action.END_PYTHON: "End Python and restore its last checkpoint",
        Action.RESTART: "Restart…",
        Action.RESTART_CLEAR: "Restart and clear outputs…",
        Action.SHUT_DOWN: "Shut down",
        Action.INSERT_ABOVE: "Insert cell above",
        Action.INSERT_BELOW: "Insert cell below",
        Action.INSERT_TEXT_BELOW: "Insert text below",
        Action.CUT_CELLS: "Cut cells",
        Action.COPY_CELLS: "Copy cells",
        Action.PASTE_BELOW: "Paste cells below",
        Action.PASTE_ABOVE: "Paste cells above",
        Action.DELETE_CELLS: "Delete cells",
        Action.UNDO_CELL_OPERATION: "Undo cell operation",
        Action.REDO_CELL_OPERATION: "Redo cell operation",
        Action.MERGE_CELLS: "Merge cells",
        Action.SPLIT_CELL: "Split cell at the caret",
        Action.MOVE_UP: "Move cells up",
        Action.MOVE_DOWN: "Move cells down",
        Action.TO_CODE: "Code",
        Action.TO_MARKDOWN: "Markdown",
        Action.TO_RAW: "Raw",
        Action.HEADING_1: "Heading 1",
        Action.HEADING_2: "Heading 2",
        Action.HEADING_3: "Heading 3",
        Action.HEADING_4: "Heading 4",
        Action.HEADING_5: "Heading 5",
        Action.HEADING_6: "Heading 6",
        Action.SELECT_ABOVE: "Select cell above",
        Action.SELECT_BELOW: "Select cell below",
        Action.EXTEND_ABOVE: "Extend selection up",
        Action.EXTEND_BELOW: "Extend selection down",
        Action.SELECT_ALL: "Select all cells",
        Action.ENTER_EDIT_MODE: "Edit the cell",
        Action.ENTER_COMMAND_MODE: "Leave the editor",
        Action.UNDO_TEXT: "Undo",
        Action.REDO_TEXT: "Redo",
        Action.CLEAR_OUTPUTS: "Clear outputs of selected cells",
        Action.CLEAR_ALL_OUTPUTS: "Clear all outputs",
        Action.TOGGLE_OUTPUT: "Collapse or expand output",
        Action.TOGGLE_OUTPUT_SCROLLING: "Scroll output",
        Action.TOGGLE_LINE_NUMBERS: "Line numbers",
        Action.TOGGLE_ALL_LINE_NUMBERS: "Line numbers in all cells",
        Action.SCROLL_PAGE_DOWN: "Scroll down",
        Action.SCROLL_PAGE_UP: "Scroll up",
        Action.TOGGLE_SIDEBAR: "Sidebar",
        Action.FULL_SCREEN: "Full screen",
        Action.ZOOM_IN: "Zoom in",
        Action.ZOOM_OUT: "Zoom out",
        Action.ZOOM_RESET: "Actual size",
        Action.THEME_SYSTEM: "Follow the system",
        Action.THEME_LIGHT: "Light",
        Action.THEME_DARK: "Dark",
        Action.SHORTCUTS: "Keyboard shortcuts",
        Action.ABOUT: "About Capsule Desktop",
    }
)
