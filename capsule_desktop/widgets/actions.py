"""Every action a user can ask for, by name: what menus, the toolbar, keys and the palette share.

Widgets emit `action_requested(Action)`; presenters do what it says.  widgets/keys.py has the keys.
"""

from __future__ import annotations

from enum import StrEnum, auto


class Action(StrEnum):
    # file
    NEW = auto()
    OPEN = auto()
    SAVE = auto()
    SAVE_AS = auto()
    SAVE_CHECKPOINT = auto()
    RESTORE_CHECKPOINT = auto()
    CLOSE = auto()
    QUIT = auto()
    # running
    RUN_SELECT_BELOW = auto()
    RUN_IN_PLACE = auto()
    RUN_INSERT_BELOW = auto()
    RUN_ALL = auto()
    RUN_ABOVE = auto()
    RUN_BELOW = auto()  # the selected cell and all below
    RESTART_RUN_ALL = auto()
    INTERRUPT = auto()
    FORCE_STOP = auto()  # offered when an interrupt was not enough
    END_PYTHON = auto()  # offered when nothing else was enough
    RESUME_FROM_HERE = auto()  # with the variables of the last automatic checkpoint
    RESTORE_LAST_CHECKPOINT = auto()
    RESTART = auto()
    RESTART_CLEAR = auto()
    CHANGE_INTERPRETER = auto()
    SHUT_DOWN = auto()
    # the run history of a cell
    EARLIER_RUN = auto()
    LATER_RUN = auto()
    PRESENT_RUN = auto()
    PIN_RUN = auto()
    PUT_SOURCE_BACK = auto()
    # cells
    INSERT_ABOVE = auto()
    INSERT_BELOW = auto()
    INSERT_TEXT_BELOW = auto()  # a markdown cell, the toolbar's "+ Text"
    CUT_CELLS = auto()
    COPY_CELLS = auto()
    PASTE_BELOW = auto()
    PASTE_ABOVE = auto()
    DELETE_CELLS = auto()
    UNDO_CELL_OPERATION = auto()
    REDO_CELL_OPERATION = auto()
    MERGE_CELLS = auto()
    SPLIT_CELL = auto()
    MOVE_UP = auto()
    MOVE_DOWN = auto()
    TO_CODE = auto()
    TO_MARKDOWN = auto()
    TO_RAW = auto()
    HEADING_1 = auto()
    HEADING_2 = auto()
    HEADING_3 = auto()
    HEADING_4 = auto()
    HEADING_5 = auto()
    HEADING_6 = auto()
    # selection and modes
    SELECT_ABOVE = auto()
    SELECT_BELOW = auto()
    EXTEND_ABOVE = auto()
    EXTEND_BELOW = auto()
    SELECT_ALL = auto()
    ENTER_EDIT_MODE = auto()
    ENTER_COMMAND_MODE = auto()
    # text
    UNDO_TEXT = auto()
    REDO_TEXT = auto()
    # outputs and view
    CLEAR_OUTPUTS = auto()
    CLEAR_ALL_OUTPUTS = auto()
    TOGGLE_OUTPUT = auto()
    TOGGLE_OUTPUT_SCROLLING = auto()
    TOGGLE_LINE_NUMBERS = auto()
    TOGGLE_ALL_LINE_NUMBERS = auto()
    SCROLL_PAGE_DOWN = auto()
    SCROLL_PAGE_UP = auto()
    TOGGLE_SIDEBAR = auto()
    FULL_SCREEN = auto()
    ZOOM_IN = auto()
    ZOOM_OUT = auto()
    ZOOM_RESET = auto()
    THEME_SYSTEM = auto()
    THEME_LIGHT = auto()
    THEME_DARK = auto()
    # help
    SHORTCUTS = auto()
    CRASH_REPORTS = auto()
    SHOW_CRASH_REPORT = auto()  # the newest, offered after a crash
    CHECK_UPDATES = auto()
    ABOUT = auto()
