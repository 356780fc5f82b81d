"""The sidebar's QUEUE: what runs now and what waits behind it, each with a button that takes it out.

Bounded: the first rows are shown, the rest is counted in words, so that "run all" on ten thousand
cells makes a handful of widgets.  Rows are reused from one set_rows() to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from capsule_desktop.widgets.dots import StateDot, dot_of
from capsule_desktop.widgets.elided_label import ElidedLabel
from capsule_desktop.widgets.icons import ICON_PX, icon
from capsule_desktop.widgets.palette import SPACE_PX, Palette
from capsule_desktop.widgets.values import CellState

SHOWN_LIMIT = 50
_ROW_PX = 28
_REMOVE_PX = 24


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    """label: "Cell 6"; source: its first line; state: queued, or (it is stopped, not removed) running or waiting."""

    execution_id: str
    label: str
    source: str
    state: CellState = CellState.QUEUED


class _QueueItem(QWidget):
    remove_clicked = Signal(str)

    def __init__(self, palette: Palette, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedHeight(_ROW_PX)
        self._execution_id = ""
        self._dot = StateDot(palette, self)
        self._label = QLabel(self)
        self._source = ElidedLabel(self)
        self._source.setProperty("role", "note")
        self._remove = QToolButton(self)
        self._remove.setProperty("role", "ghost")
        self._remove.setProperty("extent", "small")
        self._remove.setIconSize(QSize(ICON_PX, ICON_PX))
        self._remove.setFixedSize(_REMOVE_PX, _REMOVE_PX)
        self._remove.clicked.connect(self._on_remove_clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_PX[2], 0, 0, 0)
        row.setSpacing(SPACE_PX[2])
        row.addWidget(self._dot)
        row.addWidget(self._label)
        row.addWidget(self._source, 1)
        row.addWidget(self._remove)
        self.apply_palette(palette)

    def show_row(self, row: QueueRow) -> None:
        self._execution_id = row.execution_id
        is_queued = row.state is CellState.QUEUED
        self._dot.set_state(dot_of(row.state))
        self._label.setText(row.label)
        self._source.set_words(row.source)
        verb = "Remove from the queue:" if is_queued else "Stop"
        self.setAccessibleName(f"{row.label}, {row.state}")
        self._remove.setToolTip(f"Take {row.label} out of the queue" if is_queued else f"Stop {row.label}")
        self._remove.setAccessibleName(f"{verb} {row.label}")

    def apply_palette(self, palette: Palette) -> None:
        self._dot.apply_palette(palette)
        self._remove.setIcon(icon("close", palette.text))

    def _on_remove_clicked(self) -> None:
        self.remove_clicked.emit(self._execution_id)


class QueueList(QFrame):
    remove_requested = Signal(str)  # an execution id

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queue")
        self.setAccessibleName("Queue")
        self._tokens = palette
        self._items: list[_QueueItem] = []
        self._note = QLabel(self)
        self._note.setProperty("role", "note")
        self._note.setContentsMargins(SPACE_PX[2], 0, 0, 0)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._note)
        self._column.addStretch(1)
        self.set_rows(())

    def set_rows(self, rows: Sequence[QueueRow]) -> None:
        shown = rows[:SHOWN_LIMIT]
        while len(self._items) < len(shown):
            self._add_item()
        for item, row in zip(self._items, shown, strict=False):
            item.show_row(row)
        for position, item in enumerate(self._items):
            item.setVisible(position < len(shown))
        more = len(rows) - len(shown)
        self._note.setText(f"and {more:,} more" if more else "")
        self._note.setVisible(bool(more))

    def apply_palette(self, palette: Palette) -> None:
        self._tokens = palette
        for item in self._items:
            item.apply_palette(palette)

    def _add_item(self) -> None:
        item = _QueueItem(self._tokens, self)
        item.remove_clicked.connect(self.remove_requested)
        self._column.insertWidget(len(self._items), item)
        self._items.append(item)
