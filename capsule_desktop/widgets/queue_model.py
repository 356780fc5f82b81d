"""The rows of the queue as Qt's item views take them, and what a drop between two of them means.

Invariant: the model changes by set_rows() alone.  A drop only asks; the order is the engine's.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QModelIndex, Qt, Signal

from capsule_desktop.widgets.queue_values import MoveRun, QueueRow
from capsule_desktop.widgets.sidebar_rows import AnyIndex, RowModel
from capsule_desktop.widgets.tool_tips import plain_tip
from capsule_desktop.widgets.values import CellState

_MIME = "application/x-capsule-execution"


class QueueModel(RowModel[QueueRow]):
    move_requested = Signal(object)  # a MoveRun

    def __init__(self) -> None:
        super().__init__()
        self._behind = ""

    def set_rows(self, rows: Sequence[QueueRow], behind: str) -> None:
        """Same executions in the same order: repaint, which keeps focus and place; else a new list."""
        self._behind = behind
        is_same = [row.execution_id for row in rows] == [row.execution_id for row in self._rows]
        self.replace_rows(tuple(rows), is_same=is_same)

    def index_of(self, execution_id: str) -> QModelIndex:
        """An invalid index where it is not among the rows."""
        found = (place for place, row in enumerate(self._rows) if row.execution_id == execution_id)
        place = next(found, None)
        return QModelIndex() if place is None else self.index(place)

    def move(self, index: AnyIndex, places: int) -> MoveRun | None:
        """What asks for this row to go so many places down (or up, below 0); None where it cannot."""
        target = index.row() + places
        if not self._waits(index.row()) or not self._waits(target):
            return None
        before = target if places < 0 else target + 1
        return MoveRun(execution_id=self.row(index).execution_id, before=self._id_at(before))

    def move_first(self, index: AnyIndex) -> MoveRun | None:
        first = next((place for place in range(len(self._rows)) if self._waits(place)), None)
        if first is None or first >= index.row():
            return None
        return MoveRun(execution_id=self.row(index).execution_id, before=self._id_at(first))

    def move_last(self, index: AnyIndex) -> MoveRun | None:
        is_last = index.row() == len(self._rows) - 1 and not self._behind
        if is_last or not self._waits(index.row()):
            return None
        return MoveRun(execution_id=self.row(index).execution_id, before="")

    # Qt's side

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.label
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(row.source)
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join(part for part in (row.label, row.state, row.detail, row.source) if part)
            case _:
                return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.ItemIsDropEnabled  # between rows
        drag = flag.ItemIsDragEnabled if self._waits(index.row()) else flag.NoItemFlags
        return flag.ItemIsEnabled | flag.ItemIsSelectable | drag

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(_MIME, self.row(indexes[0]).execution_id.encode())
        return data

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: AnyIndex) -> bool:
        """row: the one that it was dropped above, -1 below all.  False: nothing is moved here."""
        execution_id = bytes(data.data(_MIME).data()).decode()
        place = len(self._rows) if row < 0 else row
        while place < len(self._rows) and not self._waits(place):
            place += 1  # nothing comes before what runs
        before = self._id_at(place)
        source = self.index_of(execution_id)
        is_there_already = source.isValid() and source.row() in (place, place - 1)
        if source.isValid() and not is_there_already:
            self.move_requested.emit(MoveRun(execution_id=execution_id, before=before))
        return False

    def _waits(self, place: int) -> bool:
        return 0 <= place < len(self._rows) and self._rows[place].state is CellState.QUEUED

    def _id_at(self, place: int) -> str:
        """The execution at a place; behind the last row, the first that is not shown."""
        return self._rows[place].execution_id if place < len(self._rows) else self._behind
