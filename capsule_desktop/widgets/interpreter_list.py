"""The list of interpreters: sections, and under each heading a row of two lines for every Python that was found.

Owns how a row is painted, the filter, and that the rows stay where they are while more is found out about them.  Rows
that cannot be used can be read, but not be taken.  Only what is visible is painted.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtCore import Signal as QtSignal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from capsule_desktop.widgets.fonts import sans
from capsule_desktop.widgets.interpreter_rows import InterpreterRow, Section, arranged
from capsule_desktop.widgets.palette import Palette
from capsule_desktop.widgets.sheet import text_label
from capsule_desktop.widgets.stylesheet import blend
from capsule_desktop.widgets.tool_tips import plain_tip

ROW_PX = 46
HEADING_PX = 28
_PADDING_PX = 10
_GAP_PX = 8
_RADIUS_PX = 6
_NAME_PX, _NOTE_PX, _BADGE_PX = 13, 12, 11
_BADGE_HIGH_PX = 18
_LEAST_NAME_PX = 120  # badges and then the version give way to it
_SAID_PX = 24  # around what is said in the place of rows
_AnyIndex = QModelIndex | QPersistentModelIndex
type Line = Section | InterpreterRow


class InterpreterModel(QAbstractListModel):
    """Headings and rows, as far as they match what was typed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[InterpreterRow, ...] = ()
        self._words = ""
        self._lines: tuple[Line, ...] = ()

    def set_rows(self, rows: Sequence[InterpreterRow]) -> None:
        """The same rows with more known of them: they are repainted where they are."""
        self._all = arranged(self._all, rows)
        self._arrange()

    def filter(self, words: str) -> None:
        self._words = words
        self._arrange()

    def line(self, index: _AnyIndex) -> Line:
        return self._lines[index.row()]

    def row_of(self, index: _AnyIndex) -> InterpreterRow | None:
        line = self._lines[index.row()] if index.isValid() else None
        return line if isinstance(line, InterpreterRow) else None

    def index_of(self, path: str) -> QModelIndex:
        """An invalid one where it is not shown."""
        places = (n for n, line in enumerate(self._lines) if isinstance(line, InterpreterRow) and line.path == path)
        return self.index(next(places, -1))

    def paths(self) -> list[str]:
        return [line.path for line in self._lines if isinstance(line, InterpreterRow)]

    def rowCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._lines)

    def flags(self, index: _AnyIndex) -> Qt.ItemFlag:
        """Headings are passed over by the keys."""
        return Qt.ItemFlag.NoItemFlags if self.row_of(index) is None else super().flags(index)

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self._lines[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return str(line) if isinstance(line, Section) else line.name
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                described = str(line) if isinstance(line, Section) else line.described()
                return plain_tip(described) if role == Qt.ItemDataRole.ToolTipRole else described
            case _:
                return None

    def _arrange(self) -> None:
        shown = [row for row in self._all if row.matches(self._words)]
        lines = list[Line]()
        for section in Section:
            rows = [row for row in shown if row.section is section]
            lines += [section, *rows] if rows else []
        same = [_key(line) for line in lines] == [_key(line) for line in self._lines]
        if same:
            self._lines = tuple(lines)
            if lines:
                self.dataChanged.emit(self.index(0), self.index(len(lines) - 1))
            return
        self.beginResetModel()
        self._lines = tuple(lines)
        self.endResetModel()


def _key(line: Line) -> str:
    return str(line) if isinstance(line, Section) else line.path


class _LineDelegate(QStyledItemDelegate):
    def __init__(self, palette: Palette, parent: QObject) -> None:
        super().__init__(parent)
        self.tokens = palette

    def sizeHint(self, option: QStyleOptionViewItem, index: _AnyIndex) -> QSize:
        model = index.model()
        assert isinstance(model, InterpreterModel)
        return QSize(0, HEADING_PX if isinstance(model.line(index), Section) else ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _AnyIndex) -> None:
        model = index.model()
        assert isinstance(model, InterpreterModel)
        line, place = model.line(index), QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(line, Section):
            self._paint_heading(painter, str(line), place)
        else:
            self._paint_ground(painter, place, option.state)
            self._paint_row(painter, line, place.adjusted(_PADDING_PX, 4, -_PADDING_PX, -4))
        painter.restore()

    def _paint_heading(self, painter: QPainter, words: str, place: QRectF) -> None:
        font = sans(_BADGE_PX)
        font.setWeight(font.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(self.tokens.muted))
        room = place.adjusted(_PADDING_PX, 6, -_PADDING_PX, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, words)

    def _paint_ground(self, painter: QPainter, place: QRectF, state: QStyle.StateFlag) -> None:
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.tokens.selected_row if selected else self.tokens.code_cell))
            painter.drawRoundedRect(place.adjusted(2, 1, -2, -1), _RADIUS_PX, _RADIUS_PX)
        if selected:  # whoever has the keyboard: the filter's keys move it, too
            painter.setPen(QPen(QColor(self.tokens.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(2.5, 1.5, -2.5, -1.5), _RADIUS_PX, _RADIUS_PX)

    def _paint_row(self, painter: QPainter, row: InterpreterRow, place: QRectF) -> None:
        upper = QRectF(place.left(), place.top(), place.width(), place.height() / 2)
        lower = QRectF(place.left(), upper.bottom(), place.width(), place.height() / 2)
        right = self._paint_badges(painter, row, upper)
        upper.setRight(right - _GAP_PX)
        self._paint_name(painter, row, upper)
        words, colour = _below(row, self.tokens)
        painter.setFont(sans(_NOTE_PX))
        painter.setPen(QColor(colour))
        _draw(painter, lower, words, Qt.TextElideMode.ElideMiddle)

    def _paint_name(self, painter: QPainter, row: InterpreterRow, room: QRectF) -> None:
        font = sans(_NAME_PX)
        font.setWeight(font.Weight.Medium)
        painter.setFont(font)
        painter.setPen(QColor(self.tokens.text if row.is_usable else self.tokens.muted))
        words = _version_beside(row)
        needed = QFontMetricsF(sans(_NAME_PX)).horizontalAdvance(words) + _GAP_PX if words else 0.0
        if room.width() - needed < _LEAST_NAME_PX:
            needed = 0.0
        taken = _draw(painter, room.adjusted(0, 0, -needed, 0), row.name, Qt.TextElideMode.ElideMiddle)
        if needed:
            painter.setFont(sans(_NAME_PX))
            painter.setPen(QColor(self.tokens.muted))
            _draw(painter, room.adjusted(taken + _GAP_PX, 0, 1, 0), words, Qt.TextElideMode.ElideRight)

    def _paint_badges(self, painter: QPainter, row: InterpreterRow, room: QRectF) -> float:
        """At the right, as many as leave the name its room; gives where they begin."""
        painter.setFont(sans(_BADGE_PX))
        right = room.right()
        badges = [(row.choice, self.tokens.accent)] if row.choice else []
        badges += [(words, self.tokens.muted) for words in row.packages]
        widths = [painter.fontMetrics().horizontalAdvance(words) + 14 for words, _ in badges]
        while widths and room.width() - sum(widths) - 4 * len(widths) < _LEAST_NAME_PX * 2:
            widths.pop()
        for (words, colour), width in reversed(list(zip(badges, widths, strict=False))):
            pill = QRectF(right - width, room.center().y() - _BADGE_HIGH_PX / 2, width, _BADGE_HIGH_PX)
            painter.setPen(QPen(QColor(blend(colour, self.tokens.surface, 0.35)), 1))
            painter.setBrush(QColor(blend(colour, self.tokens.surface, 0.06)))
            painter.drawRoundedRect(pill.adjusted(0.5, 0.5, -0.5, -0.5), _BADGE_HIGH_PX / 2, _BADGE_HIGH_PX / 2)
            painter.setPen(QColor(colour))
            painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)
            right -= width + 4
        return right


def _version_beside(row: InterpreterRow) -> str:
    """Not said twice: a distribution's is called by its version."""
    if not row.version or row.version in row.name:
        return ""
    return row.version if row.name.startswith("Python") else f"Python {row.version}"


def _below(row: InterpreterRow, palette: Palette) -> tuple[str, str]:
    """The second line, and its colour: where it is, or why it cannot be used."""
    if row.standing:
        return (f"{row.standing}: {row.reason}" if row.reason else row.standing), palette.stale
    return " · ".join(part for part in (row.kind, row.place or row.path) if part), palette.muted


def _draw(painter: QPainter, room: QRectF, words: str, mode: Qt.TextElideMode) -> float:
    """One line, cut to its room; gives the width that it took."""
    shown = painter.fontMetrics().elidedText(words, mode, max(0, int(room.width())))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)
    return painter.fontMetrics().horizontalAdvance(shown)


class InterpreterList(QListView):
    """current_changed: the row that the keys stand on is another, or None.  used: by Enter or two clicks."""

    current_changed = QtSignal(object)  # an InterpreterRow, or None
    used = QtSignal()

    def __init__(self, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("interpreters")
        self.setAccessibleName("Interpreters")
        self._rows = InterpreterModel(self)
        self._delegate = _LineDelegate(palette, self)
        self.setModel(self._rows)
        self.setItemDelegate(self._delegate)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._said = text_label("", self, role="muted")
        self._said.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._said.hide()
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self.doubleClicked.connect(lambda _index: self.used.emit())

    @property
    def current(self) -> InterpreterRow | None:
        return self._rows.row_of(self.currentIndex())

    @property
    def paths(self) -> list[str]:
        """Of the rows that are shown, from above."""
        return self._rows.paths()

    def set_rows(self, rows: Sequence[InterpreterRow]) -> None:
        """What the keys stand on stays where it is on the screen."""
        current = self.current
        path = "" if current is None else current.path
        top_px = self.visualRect(self.currentIndex()).top() if path else 0
        self._rows.set_rows(rows)
        self._stand_on(path)
        if path:
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.visualRect(self.currentIndex()).top() - top_px)

    def select(self, path: str) -> None:
        """Stand on this one, and bring it into sight."""
        self._stand_on(path)
        self.scrollTo(self.currentIndex())

    def filter(self, words: str) -> None:
        """Stand on what was stood on, where that still is shown, else on the first that can be used."""
        path = "" if self.current is None else self.current.path
        self._rows.filter(words)
        self._stand_on(path)
        self.scrollTo(self.currentIndex())

    def say(self, words: str) -> None:
        """Why no row is shown; "" where some are."""
        self._said.setText(words)
        self._said.setVisible(bool(words))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._said.setGeometry(self.rect().adjusted(_SAID_PX, _SAID_PX, -_SAID_PX, -_SAID_PX))

    def apply_palette(self, palette: Palette) -> None:
        self._delegate.tokens = palette
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.used.emit()
            return
        super().keyPressEvent(event)

    def _stand_on(self, path: str) -> None:
        index = self._rows.index_of(path)
        if not index.isValid():
            index = self._rows.index_of(self._first_usable())
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._tell()

    def _first_usable(self) -> str:
        rows = [self._rows.row_of(self._rows.index(n)) for n in range(self._rows.rowCount())]
        usable = (row.path for row in rows if row is not None and row.is_usable)
        return next(usable, next((row.path for row in rows if row is not None), ""))

    def _on_current_changed(self, _now: QModelIndex, _before: QModelIndex) -> None:
        self._tell()

    def _tell(self) -> None:
        self.current_changed.emit(self.current)
