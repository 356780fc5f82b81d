"""The outputs below a cell: what the cell widget embeds.

Takes outputs in and gives requests out.  `append` only adds to the model; widgets are made and lines laid out when the
repaint clock says so, so that a cell that prints for ever leaves the event loop free (pitfalls.md, "GUI under flood").
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from capsule_desktop.notebook.outputs import Output, StreamOutput
from capsule_desktop.widgets.outputs.notice_view import NoticeView
from capsule_desktop.widgets.outputs.rendering import view_for
from capsule_desktop.widgets.outputs.repaint_clock import RepaintClock
from capsule_desktop.widgets.outputs.slots import HEAD_OUTPUTS, Slot, Slots
from capsule_desktop.widgets.outputs.stack import ViewStack
from capsule_desktop.widgets.outputs.stream_view import StreamView
from capsule_desktop.widgets.outputs.traceback_view import TracebackView
from capsule_desktop.widgets.outputs.view import OutputView
from capsule_desktop.widgets.palette import COLUMN_PX, LIGHT, Palette

SCROLLED_PX = 400
VIEWS_A_REPAINT = 16  # made at most in one go while outputs come in faster than widgets can be made


class OutputArea(QWidget):
    """An index in a signal counts the outputs as the document does: stream pieces of one name are one output."""

    height_changed = Signal()
    full_output_requested = Signal(int)
    link_activated = Signal(str)
    save_requested = Signal(int, str, bytes)
    expand_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._palette = LIGHT
        self._slots = Slots()
        self._marker: NoticeView | None = None
        self._collapsed_notice = NoticeView("Output hidden · Show", self, asks=True)
        self._collapsed_notice.hide()
        self._collapsed_notice.full_output_requested.connect(self.expand_requested)
        self._collapsed = self._is_calm = False
        self._scroller: QScrollArea | None = None
        self._stack = ViewStack(parent=self)
        self._stack.height_changed.connect(self._on_height_changed)
        self._shown_height = 0
        self._clock = RepaintClock(self)
        self._clock.due.connect(self._show_what_came)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    # what is shown

    def apply_palette(self, palette: Palette) -> None:
        self._palette = palette
        self._stack.apply_palette(palette)
        self._collapsed_notice.apply_palette(palette)

    def apply_zoom(self, zoom: float) -> None:
        """1.0 is the design's own size."""
        if zoom != self._stack.zoom:
            self._stack.apply_zoom(zoom)
            self._collapsed_notice.apply_zoom(zoom)
            self._on_height_changed()

    def set_outputs(self, outputs: Sequence[Output]) -> None:
        """Show these instead of what was there."""
        self._slots = Slots()
        for output in outputs:
            self._slots.append(output)
        self._show(self._slots.head() + self._slots.tail())

    def append(self, output: Output) -> None:
        """Add an output; a piece of the stream that came last goes on in it.  Cheap: painting is batched."""
        self._slots.append(output)
        self._clock.request()

    def replace(self, index: int, output: Output) -> None:
        """Show another output at `index`.  Raises IndexError where there is none."""
        self._slots.replace(index, output)
        self._clock.request()

    def clear(self) -> None:
        """Show none.  What a loop of clear_output and display shows next takes the place of the old in one step: while
        repainting is batched, the old is shown until then."""
        self._slots = Slots()
        if self._clock.is_batching:
            self._clock.request()
        else:
            self._show_what_came()

    def set_calm(self, calm: bool) -> None:
        """Its tracebacks are those of a run that the user stopped."""
        self._is_calm = calm
        for view in self._stack.views:
            if isinstance(view, TracebackView):
                view.set_calm(calm)

    def set_collapsed(self, collapsed: bool) -> None:
        """One line instead of the outputs; `expand_requested` when the reader wants them."""
        self._collapsed = collapsed
        (self._scroller or self._stack).setVisible(not collapsed)
        self._collapsed_notice.setVisible(collapsed and len(self._slots) > 0)
        self._on_height_changed()

    def set_scrolled(self, scrolled: bool) -> None:
        """At most SCROLLED_PX high, with a scroll bar of its own."""
        if scrolled == (self._scroller is not None):
            return
        if scrolled:
            self._scroller = self._make_scroller()
        elif self._scroller is not None:
            self._scroller.takeWidget()
            self._scroller.deleteLater()
            self._scroller = None
            self._stack.setParent(self)
        self._stack.setVisible(True)
        self.set_collapsed(self._collapsed)

    # size

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if not len(self._slots):
            return 0
        if self._collapsed:
            return self._collapsed_notice.height_for(width)
        height = self._stack.height_for(width)
        return min(self._stack.px(SCROLLED_PX), height) if self._scroller is not None else height

    def sizeHint(self) -> QSize:
        width = self.width() or COLUMN_PX
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.heightForWidth(self.width() or COLUMN_PX))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    # inside

    def _show_what_came(self) -> None:
        wanted = self._slots.head() + self._slots.tail()
        missing = [slot for slot in wanted if slot.view is None]
        later = set(missing[:-VIEWS_A_REPAINT])  # the newest are shown first, and the rest if it is still there then
        self._show([slot for slot in wanted if slot not in later])
        if later:
            self._clock.request()

    def _show(self, slots: Sequence[Slot]) -> None:
        views = [self._view(slot) for slot in slots]
        if self._slots.hidden:
            views.insert(len(set(slots) & set(self._slots.head())), self._make_marker())
        if tuple(views) != self._stack.views:
            self._stack.set_views(views)
            self._collapsed_notice.setVisible(self._collapsed and bool(views))
        for view in views:
            if isinstance(view, StreamView):
                view.refresh()
        self._on_height_changed()

    def _view(self, slot: Slot) -> OutputView:
        if slot.view is None:
            slot.view = self._make_view(slot)
            self._dress(slot.view)
            self._connect(slot.view)
        return slot.view

    def _dress(self, view: OutputView) -> None:
        if isinstance(view, TracebackView):
            view.set_calm(self._is_calm)
        view.apply_palette(self._palette)
        if self._stack.zoom != view.zoom:
            view.apply_zoom(self._stack.zoom)

    def _make_view(self, slot: Slot) -> OutputView:
        if slot.text is not None and isinstance(slot.output, StreamOutput):
            return StreamView(slot.output.name, slot.text)
        return view_for(slot.output)

    def _connect(self, view: OutputView) -> None:
        view.link_activated.connect(self.link_activated)
        view.full_output_requested.connect(lambda: self._on_full_output_requested(view))
        view.save_requested.connect(lambda name, content: self._on_save_requested(view, name, content))

    def _make_marker(self) -> NoticeView:
        hidden = self._slots.hidden
        sentence = f"… {hidden:,} {'output' if hidden == 1 else 'outputs'} hidden · Open full output"
        if self._marker is None or self._marker not in self._stack.views:
            self._marker = NoticeView(sentence, asks=True)
            self._dress(self._marker)
            self._marker.full_output_requested.connect(lambda: self.full_output_requested.emit(HEAD_OUTPUTS))
        elif self._marker.sentence != sentence:
            self._marker.set_sentence(sentence)
        return self._marker

    def _make_scroller(self) -> QScrollArea:
        scroller = QScrollArea(self)
        scroller.setFrameShape(QFrame.Shape.NoFrame)
        scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroller.viewport().setAutoFillBackground(False)
        scroller.setWidget(self._stack)
        self._stack.setAutoFillBackground(False)
        return scroller

    def _lay_out(self) -> None:
        self._collapsed_notice.setGeometry(0, 0, self.width(), self._collapsed_notice.height_for(self.width()))
        if self._scroller is None:
            self._stack.setGeometry(0, 0, self.width(), self._stack.height_for(self.width()))
            return
        bar = self._scroller.verticalScrollBar()
        follows = bar.value() == bar.maximum()
        self._scroller.setGeometry(self.rect())
        width = self.width() - bar.sizeHint().width()
        self._stack.resize(width, self._stack.height_for(width))
        if follows:
            bar.setValue(bar.maximum())

    def _on_height_changed(self) -> None:
        self._lay_out()
        height = self.heightForWidth(self.width())
        if height != self._shown_height:
            self._shown_height = height
            self.updateGeometry()
            self.height_changed.emit()

    def _on_full_output_requested(self, view: OutputView) -> None:
        index = self._slots.index_of(view)
        if index is not None:
            self.full_output_requested.emit(index)

    def _on_save_requested(self, view: OutputView, name: str, content: bytes) -> None:
        index = self._slots.index_of(view)
        if index is not None:
            self.save_requested.emit(index, name, content)
