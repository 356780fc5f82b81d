"""The report after a checkpoint was saved or restored: one row a variable, problems first.

Owns the table and how it is copied (tab-separated, with its header, as spreadsheets take it).
Counts are said in words above it, so that one row of two thousand is not overlooked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QHeaderView, QTableView, QWidget

from capsule_desktop.widgets.palette import Palette
from capsule_desktop.widgets.reading_table import reading_table
from capsule_desktop.widgets.sheet import Sheet, text_label
from capsule_desktop.widgets.tool_tips import plain_tip

COLUMNS = ("Name", "Type", "What happened", "Why")
_WIDTH_PX = 720
_TABLE_PX = 280
_ROW_PX = 28
_COLUMN_PX = 120
_COLUMN_MAX_PX = 220
_AnyIndex = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, kw_only=True)
class ReportRow:
    """outcome in words ("restored", "not saved"); problem: it needs the reader's eye."""

    name: str
    type_name: str
    outcome: str
    reason: str = ""
    problem: bool = False

    def cells(self) -> tuple[str, str, str, str]:
        return self.name, self.type_name, self.outcome, self.reason


def problems_first(rows: Sequence[ReportRow]) -> tuple[ReportRow, ...]:
    return tuple(sorted(rows, key=lambda row: (not row.problem, row.name.casefold(), row.name)))


def counts_in_words(rows: Sequence[ReportRow]) -> str:
    """ "2 variables not saved, 41 saved." with the problems first."""
    if not rows:
        return "There were no variables."
    counts = Counter((not row.problem, row.outcome) for row in rows)
    parts = [f"{count:,} {outcome}" for (_, outcome), count in sorted(counts.items())]
    first, *rest = parts
    number, outcome = first.split(" ", 1)
    noun = "variable" if all(row.type_name for row in rows) else "item"  # surroundings have no type
    plural = "" if number == "1" else "s"
    return ", ".join((f"{number} {noun}{plural} {outcome}", *rest)) + "."


def as_tsv(rows: Sequence[ReportRow]) -> str:
    lines = (COLUMNS, *(row.cells() for row in rows))
    return "\n".join("\t".join(" ".join(cell.split()) for cell in line) for line in lines)


class ReportModel(QAbstractTableModel):
    def __init__(self, rows: Sequence[ReportRow], palette: Palette, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows = problems_first(rows)
        self._tokens = palette

    def rowCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008 - likewise
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.cells()[index.column()]
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(row.cells()[index.column()])
            case Qt.ItemDataRole.ForegroundRole if row.problem and index.column() == COLUMNS.index("What happened"):
                return QColor(self._tokens.error)
            case _:
                return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None


class ReportDialog(Sheet):
    def __init__(
        self, heading: str, rows: Sequence[ReportRow], palette: Palette, note: str = "", parent: QWidget | None = None
    ) -> None:
        """heading: "Checkpoint “clean data” saved"; note: where it is kept, what else was restored."""
        super().__init__(parent, heading, width_px=_WIDTH_PX)
        self._model = ReportModel(rows, palette, self)
        self.body.addWidget(text_label(counts_in_words(rows), self))
        self._table = self._make_table()
        self._table.setVisible(bool(rows))
        self.body.addWidget(self._table)
        if note:
            self.body.addWidget(text_label(note, self, role="note", selectable=True))
        if rows:
            self.add_button("Copy", self._on_copy, left=True).setToolTip("Copy the whole table")
        self.add_button("Close", self.accept, primary=True)

    def _make_table(self) -> QTableView:
        table = reading_table(self._model, "Variables", self)
        table.setMinimumHeight(min(_TABLE_PX, _ROW_PX * (self._model.rowCount() + 1) + 16))
        table.setWordWrap(False)
        table.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = table.horizontalHeader()
        header.setStretchLastSection(True)
        for column in range(len(COLUMNS) - 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            table.setColumnWidth(column, min(max(table.sizeHintForColumn(column), _COLUMN_PX), _COLUMN_MAX_PX))
        return table

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(as_tsv(self._model.rows))
