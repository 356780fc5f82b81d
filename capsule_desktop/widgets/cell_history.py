"""The past runs in one cell widget: the bar to step through them, the run that is looked at, the pinned one.

Makes each part when a cell first needs it.  Asks for a cell's history only when the reader has stayed at it for a
moment, so that scrolling and running look nothing up.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.history_bar import HistoryBar
from capsule_desktop.widgets.history_requests import HistoryWanted, StepWanted
from capsule_desktop.widgets.run_card import RunCard
from capsule_desktop.widgets.values import HistoryView, RunView

_DWELL_MS = 200  # a pointer that passes by wants nothing
_BAR_INSET_PX = 6


class CellHistory(QObject):
    """cell: whose children the parts are; hide: takes a part away without handing its focus to an editor."""

    requested = Signal(object)  # HistoryRequest
    height_changed = Signal()
    save_output_requested = Signal(int, str, bytes)
    link_activated = Signal(str)

    def __init__(self, style: CellStyle, cell: QWidget, hide: Callable[[QWidget], None]) -> None:
        super().__init__(cell)
        self._style = style
        self._cell = cell
        self._hide = hide
        self._view: HistoryView | None = None
        self._hovered = self._current = self._typing = False
        self._bar: HistoryBar | None = None
        self._bar_corner = (0, 0)
        self._past: RunCard | None = None
        self._pinned: RunCard | None = None
        self._dwell = QTimer(self)
        self._dwell.setSingleShot(True)
        self._dwell.setInterval(_DWELL_MS)
        self._dwell.timeout.connect(lambda: self.requested.emit(HistoryWanted()))

    @property
    def bar(self) -> HistoryBar | None:
        """While it is shown."""
        return self._bar if self._bar is not None and not self._bar.isHidden() else None

    @property
    def past(self) -> RunCard | None:
        """The run that is shown in the place of the cell's outputs."""
        return self._past if self._view is not None and self._view.past is not None else None

    @property
    def pinned(self) -> RunCard | None:
        return self._pinned if self._pinned is not None and not self._pinned.isHidden() else None

    def show_history(self, view: HistoryView | None) -> None:
        if view is None and self._view is None:
            return  # most cells, each time they come into sight
        self._view = view
        self._past = self._show_card(self._past, None if view is None else view.past, pinned=False)
        self._pinned = self._show_card(self._pinned, None if view is None else view.pinned, pinned=True)
        self._show_bar()

    def set_hovered(self, hovered: bool) -> None:
        self._hovered, self._typing = hovered, self._typing and hovered
        self._stay()

    def set_current(self, current: bool) -> None:
        if current != self._current:
            self._current, self._typing = current, False
            self._stay()

    def typed(self) -> None:
        """The bar is not to lie over what is being written."""
        if not self._typing:
            self._typing = True
            self._show_bar()

    def look_again(self) -> None:
        """Something ran: whoever stays at the cell wants to know of it."""
        if self._hovered or self._current:
            self._dwell.start()

    def forget(self) -> None:
        """The cell is another one now."""
        if self._hovered or self._current:
            self._dwell.stop()
        self._hovered = self._current = self._typing = False
        self.show_history(None)

    def apply_style(self, style: CellStyle) -> None:
        self._style = style
        for part in (self._bar, self._past, self._pinned):
            if part is not None:
                part.apply_style(style)

    def place_bar(self, right: int, bottom: int) -> None:
        """right, bottom: of the cell's box."""
        inset = self._style.px(_BAR_INSET_PX)
        self._bar_corner = (right - inset, bottom - inset)
        if self._bar is not None:
            self._bar.place(*self._bar_corner)

    def _stay(self) -> None:
        if self._hovered or self._current:
            self._dwell.start()
        else:
            self._dwell.stop()
        self._show_bar()

    def _show_bar(self) -> None:
        view = self._view
        looking = view is not None and view.past is not None
        near = (self._hovered or self._current) and not self._typing
        if view is None or not (looking or near):
            if self._bar is not None and not self._bar.isHidden():
                self._hide(self._bar)
            return
        if self._bar is None:
            self._bar = HistoryBar(self._style, self._cell)
            self._bar.step_requested.connect(lambda by: self.requested.emit(StepWanted(by)))
        self._bar.show_history(view)
        self._bar.place(*self._bar_corner)
        self._bar.show()
        self._bar.raise_()

    def _show_card(self, card: RunCard | None, run: RunView | None, *, pinned: bool) -> RunCard | None:
        if run is None:
            if card is not None and not card.isHidden():
                self._hide(card)
                card.forget()
            return card
        if card is None:
            card = RunCard(self._style, self._cell, pinned=pinned)
            card.requested.connect(self.requested)
            card.height_changed.connect(self.height_changed)
            card.save_output_requested.connect(self.save_output_requested)
            card.link_activated.connect(self.link_activated)
        card.show_run(run)
        card.show()
        return card
