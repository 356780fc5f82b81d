"""A past run of a cell: when it ran and how it ended, what its source was, and what it showed.

Stands in the place of the cell's outputs while one looks at it, or beside them while it is pinned; a frame sets it
apart from what the cell shows now.  Values in, requests out; emptied by forget().
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.history_requests import (
    FullOutputWanted,
    PinWanted,
    PresentWanted,
    SourceWanted,
    WholeSourceWanted,
)
from capsule_desktop.widgets.key_words import key_words
from capsule_desktop.widgets.link_button import LinkButton
from capsule_desktop.widgets.note_view import NoteView
from capsule_desktop.widgets.outputs.area import OutputArea
from capsule_desktop.widgets.palette import RADIUS_PX
from capsule_desktop.widgets.ran_source import RanSource
from capsule_desktop.widgets.values import CellState, RunView

_PADDING_PX = 8
_SIDE_PX = 4  # from the frame to the ground of an error among its outputs
_GAP_PX = 8
_LINE_PX = 20
_NOTHING = "It showed nothing."


class RunCard(QWidget):
    """pinned: it stands beside the present, and is not what one looks at."""

    requested = Signal(object)  # HistoryRequest
    height_changed = Signal()
    save_output_requested = Signal(int, str, bytes)
    link_activated = Signal(str)

    def __init__(self, style: CellStyle, parent: QWidget, *, pinned: bool) -> None:
        super().__init__(parent)
        self._style = style
        self._is_pinned_card = pinned
        self._run: RunView | None = None
        self._nothing = QRect()
        self._note = NoteView(style, self)
        self._source = RanSource(self)
        self._outputs = OutputArea(self)
        self._back = self._link("Back to now", f"Back to what the cell shows now ({key_words(Action.PRESENT_RUN)})")
        self._put = self._link("Put this source back", "Put this source back into the cell")
        self._whole = self._link("", "")
        self._pin = self._link("", "")
        self._back.clicked.connect(lambda: self.requested.emit(PresentWanted()))
        self._put.clicked.connect(lambda: self.requested.emit(SourceWanted(self._shown.execution_id)))
        self._whole.clicked.connect(lambda: self.requested.emit(WholeSourceWanted(not self._shown.whole)))
        self._pin.clicked.connect(self._on_pin_clicked)
        self._source.height_changed.connect(self.height_changed)
        self._outputs.height_changed.connect(self.height_changed)
        self._outputs.save_requested.connect(self.save_output_requested)
        self._outputs.link_activated.connect(self.link_activated)
        self._outputs.full_output_requested.connect(
            lambda index: self.requested.emit(FullOutputWanted(self._shown.execution_id, index))
        )
        self.apply_style(style)

    @property
    def run(self) -> RunView | None:
        return self._run

    @property
    def output_area(self) -> OutputArea:
        return self._outputs

    def show_run(self, run: RunView) -> None:
        """What did not change is not touched: a selection in it stays."""
        before, self._run = self._run, run
        failed = run.state in (CellState.LOST, CellState.ERROR)
        self._note.show_note(run.note, failed=failed, has_details=False)
        self._note.setVisible(bool(run.note))
        if before is None or (before.source, before.whole) != (run.source, run.whole):
            self._source.show_source(run.source, whole=run.whole)
        self._source.setVisible(self._shows_source)
        self._outputs.set_calm(run.state is CellState.STOPPED)
        if before is None or before.outputs is not run.outputs:
            self._outputs.set_outputs(run.outputs)
        self._outputs.setVisible(bool(run.outputs))
        self._show_links(run)
        self.setAccessibleName(f"{self._heading}, {run.words}")
        self._lay_out()
        self.update()

    def forget(self) -> None:
        self._run = None
        self._outputs.clear()

    def apply_style(self, style: CellStyle) -> None:
        self._style = style
        for link in self._links:
            link.apply_style(style)
        self._note.apply_style(style)
        for part in (self._source, self._outputs):
            part.apply_palette(style.palette)
            part.apply_zoom(style.zoom)
        self._lay_out()
        self.update()

    def height_for(self, width: int) -> int:
        return self._lay_out_at(width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.ignore()  # its ground is the cell's

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._run is None:
            return
        palette = self._style.palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(palette.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)
        self._paint_heading(painter)
        if not self._run.outputs:
            painter.setFont(self._style.small_font)
            painter.setPen(QColor(palette.muted))
            painter.drawText(self._nothing, Qt.AlignmentFlag.AlignVCenter, _NOTHING)

    # inside

    @property
    def _shown(self) -> RunView:
        assert self._run is not None  # its links are hidden with it
        return self._run

    @property
    def _shows_source(self) -> bool:
        return bool(self._run is not None and self._run.source) and not self._is_pinned_card

    @property
    def _heading(self) -> str:
        return "" if self._run is None else f"Pinned · {self._run.title}" if self._is_pinned_card else self._run.title

    @property
    def _inset(self) -> int:
        """Where the text of its outputs begins, and so all other text."""
        return self._style.inset + self._style.px(_SIDE_PX)

    @property
    def _links(self) -> tuple[LinkButton, ...]:
        return self._put, self._whole, self._pin, self._back

    def _link(self, words: str, name: str) -> LinkButton:
        link = LinkButton("", self._style, self)
        self._name(link, words, name)
        return link

    def _on_pin_clicked(self) -> None:
        self.requested.emit(PinWanted(self._shown.execution_id, not self._shown.pinned))

    def _show_links(self, run: RunView) -> None:
        self._put.setVisible(self._shows_source)
        self._whole.setVisible(self._shows_source)
        self._back.setVisible(not self._is_pinned_card)
        self._name(self._whole, *_WHOLE[run.whole])
        self._name(self._pin, *_PIN[run.pinned])

    def _name(self, link: LinkButton, words: str, name: str) -> None:
        link.setText(words)
        link.setAccessibleName(name)
        link.setToolTip(name)

    def _paint_heading(self, painter: QPainter) -> None:
        style, line = self._style, self._style.px(_LINE_PX)
        rect = QRect(self._inset, style.px(_PADDING_PX), self.width() - 2 * self._inset, line)
        painter.setFont(style.state_font)
        painter.setPen(QColor(style.palette.text))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self._heading)
        rect.setLeft(rect.left() + QFontMetrics(style.state_font).horizontalAdvance(self._heading) + style.px(8))
        words = QFontMetrics(style.small_font).elidedText(self._shown.words, Qt.TextElideMode.ElideRight, rect.width())
        painter.setFont(style.small_font)
        painter.setPen(QColor(style.palette.muted))
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, words)

    def _heading_width(self) -> int:
        style = self._style
        words = "" if self._run is None else self._run.words
        title = QFontMetrics(style.state_font).horizontalAdvance(self._heading)
        return title + style.px(8) + QFontMetrics(style.small_font).horizontalAdvance(words)

    def _lay_out(self) -> None:
        self._lay_out_at(self.width())

    def _lay_out_at(self, width: int) -> int:
        """Places the parts at this width and says how high it is with them."""
        style, gap = self._style, self._style.px(_GAP_PX)
        bottom = self._lay_out_links(width)
        inner = width - 2 * self._inset
        if not self._note.isHidden():
            self._note.setGeometry(self._inset, bottom + gap // 2, inner, self._note.height_for(inner))
            bottom = self._note.geometry().bottom() + 1
        if self._shows_source:
            height = self._source.height_for(inner)
            self._source.setGeometry(self._inset, bottom + gap // 2, inner, height)
            bottom = self._source.geometry().bottom() + 1
        if self._run is not None and self._run.outputs:
            side = style.px(_SIDE_PX)
            height = self._outputs.heightForWidth(width - 2 * side)
            self._outputs.setGeometry(side, bottom + gap, width - 2 * side, height)
            bottom += gap + height
        else:
            self._nothing = QRect(self._inset, bottom + gap // 2, inner, style.px(_LINE_PX))
            bottom = self._nothing.bottom() + 1
        return bottom + style.px(_PADDING_PX)

    def _lay_out_links(self, width: int) -> int:
        """Behind the heading, at the right, where they have room; else in rows below it.  Gives their bottom."""
        style, line = self._style, self._style.px(_LINE_PX)
        left, right, top = self._inset, width - self._inset, style.px(_PADDING_PX)
        shown = [link for link in self._links if not link.isHidden()]
        wanted = [link.sizeHint().width() for link in shown]
        gap = style.px(4)
        x = right + style.px(4) - sum(wanted) - gap * (len(wanted) - 1)
        if x < left + self._heading_width() + 2 * gap:
            top, x = top + line, left - style.px(4)
        for link, link_width in zip(shown, wanted, strict=True):
            if x + link_width > right + style.px(4) and x > left:
                top, x = top + line, left - style.px(4)
            link.setGeometry(x, top, link_width, line)
            x += link_width + gap
        return top + line


_WHOLE = {False: ("Whole source", "Show all of the source as it ran"), True: ("Changes", "Show what differs from now")}
_PIN = {False: ("Pin", "Pin this run beside the present one"), True: ("Unpin", "No longer keep this run pinned")}
