"""The left panel: CONTENTS above, QUEUE below when anything runs or waits.

Owns the two sections and nothing of their rows.  An empty section shows a sentence, not a hole.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from capsule_desktop.widgets.contents_list import ContentsList, ContentsRow
from capsule_desktop.widgets.fonts import sans
from capsule_desktop.widgets.palette import SPACE_PX, Palette
from capsule_desktop.widgets.queue_panel import QueuePanel
from capsule_desktop.widgets.queue_values import QueueView

SIDEBAR_PX = 248
_SECTION_PX = 11
_NO_HEADINGS = "Headings of text cells appear here."


class Sidebar(QFrame):
    cell_clicked = Signal(str)  # a CellId
    queue_requested = Signal(object)  # a QueueRequest
    focus_left = Signal()  # what has the focus is about to go

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidebar")
        self.setFixedWidth(SIDEBAR_PX)
        self._contents = ContentsList(palette, self)
        self._empty = QLabel(_NO_HEADINGS, self)
        self._empty.setProperty("role", "note")
        self._empty.setWordWrap(True)
        self._queue = QueuePanel(_section_title("QUEUE", self), palette, self)
        self._contents.cell_clicked.connect(self.cell_clicked)
        self._queue.requested.connect(self.queue_requested)
        self._queue.focus_left.connect(self.focus_left)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_PX[3], SPACE_PX[4], SPACE_PX[3], SPACE_PX[3])
        column.setSpacing(SPACE_PX[2])
        column.addWidget(_section_title("CONTENTS", self))
        column.addWidget(self._empty)
        column.addWidget(self._contents, 3)
        column.addSpacing(SPACE_PX[2])
        column.addWidget(self._queue, 2)
        column.addStretch(0)
        self.set_contents(())

    def set_contents(self, rows: Sequence[ContentsRow]) -> None:
        self._contents.set_rows(rows)
        self._empty.setVisible(not rows)

    def set_queue(self, view: QueueView) -> None:
        self._queue.show_queue(view)

    def apply_palette(self, palette: Palette) -> None:
        self._contents.apply_palette(palette)
        self._queue.apply_palette(palette)


def _section_title(words: str, parent: QWidget) -> QLabel:
    label = QLabel(words, parent)
    label.setProperty("role", "section")
    font = sans(_SECTION_PX, QFont.Weight.DemiBold)
    font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.6)
    label.setFont(font)
    return label
