"""What stands below a cell's source: its note, its outputs or a past run in their place, a pinned run, a prompt.

Owns those parts of one CellWidget, makes each when a cell first needs it, and lays them out.  A past run has outputs
of its own; those of the present go on growing behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from capsule_desktop.notebook.outputs import Output
from capsule_desktop.widgets.cell_history import CellHistory
from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.history_requests import DetailsWanted
from capsule_desktop.widgets.note_view import NoteView
from capsule_desktop.widgets.offer_row import OfferRow
from capsule_desktop.widgets.outputs.area import OutputArea
from capsule_desktop.widgets.palette import SPACE_PX
from capsule_desktop.widgets.prompt_row import PromptRow
from capsule_desktop.widgets.values import CellState, CellView, PromptView

_PART_GAP_PX = SPACE_PX[2]
_COLUMN_GAP_PX = SPACE_PX[4]
_BESIDE_PX = 680  # from this width on a pinned run stands beside the present outputs


class CellResults(QObject):
    """cell: whose children the parts are; hide: takes a part away without handing its focus to an editor."""

    height_changed = Signal()
    answered = Signal(PromptView, str)
    ended = Signal(PromptView)
    interrupted = Signal(PromptView)
    prompt_left = Signal()
    keep_toggled = Signal(bool)
    expand_requested = Signal()
    full_output_requested = Signal(int)
    save_output_requested = Signal(int, str, bytes)
    link_activated = Signal(str)
    history_requested = Signal(object)  # HistoryRequest
    offer_taken = Signal()

    def __init__(self, style: CellStyle, cell: QWidget, hide: Callable[[QWidget], None]) -> None:
        super().__init__(cell)
        self._style = style
        self._cell = cell
        self._hide = hide
        self._note: NoteView | None = None
        self._outputs: OutputArea | None = None
        self._has_outputs = self._is_calm = False
        self._flags = (False, False)
        self._prompt: PromptRow | None = None
        self._offer: OfferRow | None = None
        self.history = CellHistory(style, cell, hide)
        self.history.requested.connect(self.history_requested)
        self.history.height_changed.connect(self.height_changed)
        self.history.save_output_requested.connect(self.save_output_requested)
        self.history.link_activated.connect(self.link_activated)

    @property
    def prompt_row(self) -> PromptRow | None:
        return self._prompt if self._prompt is not None and not self._prompt.isHidden() else None

    @property
    def output_area(self) -> OutputArea | None:
        return self._outputs

    @property
    def shows_outputs(self) -> bool:
        """There is something that would take its height with it."""
        return self._outputs is not None and self._outputs.height() > 0 and not self._outputs.isHidden()

    def show_view(self, view: CellView) -> None:
        self.history.show_history(view.history)
        self._show_note(view)
        self._show_prompt(view.prompt)
        self._show_offer(view)
        self._is_calm = view.state is CellState.STOPPED
        if self._outputs is not None:
            self._outputs.set_calm(self._is_calm)
        flags = (view.outputs_scrolled, view.outputs_collapsed)
        if flags != self._flags:
            self._flags = flags
            self._flag_outputs()
        self._show_outputs()

    def set_outputs(self, outputs: Sequence[Output]) -> None:
        if outputs or self._outputs is not None:
            self._output_area().set_outputs(outputs)
            self._has_outputs = bool(outputs)
            self._show_outputs()

    def append_output(self, output: Output) -> None:
        area = self._output_area()
        if not self._has_outputs:
            self._has_outputs = True
            self._show_outputs()  # before it grows: what is hidden gets no room
        area.append(output)

    def forget(self) -> None:
        """The cell is another one now."""
        self.history.forget()
        if self._prompt is not None:
            self._prompt.forget()

    def release(self) -> None:
        """Drop what is heavy."""
        self.history.forget()
        if self._outputs is not None:
            self._outputs.clear()

    def apply_style(self, style: CellStyle) -> None:
        self._style = style
        with QSignalBlocker(self):  # the list lays all of its cells out anew
            for part in (self._note, self._prompt, self._offer, self.history):
                if part is not None:
                    part.apply_style(style)
            if self._outputs is not None:
                self._outputs.apply_palette(style.palette)
                self._outputs.apply_zoom(style.zoom)

    # layout

    def lay_out(self, left: int, top: int, width: int) -> int:
        """Places the parts below `top` at this width; gives their bottom."""
        inset, bottom = self._style.inset, top
        if self._note is not None and not self._note.isHidden():
            height = self._note.height_for(width - 2 * inset)
            self._note.setGeometry(left + inset, bottom + _PART_GAP_PX, width - 2 * inset, height)
            bottom += _PART_GAP_PX + height
        bottom = self._lay_out_outputs(left, bottom, width)
        if self._offer is not None and not self._offer.isHidden():
            room = width - 2 * inset + self._offer.margin
            height = self._offer.height_for(room)
            self._offer.setGeometry(left + inset - self._offer.margin, bottom + _PART_GAP_PX, room, height)
            bottom += _PART_GAP_PX + height
        if self.prompt_row is not None:
            height = self.prompt_row.height_for(width)
            self.prompt_row.setGeometry(left, bottom + _PART_GAP_PX, width, height)
            bottom += _PART_GAP_PX + height
        return bottom

    def _lay_out_outputs(self, left: int, top: int, width: int) -> int:
        """Outputs and pinned run beside each other where there is room, else one below the other."""
        past, pinned = self.history.past, self.history.pinned
        outputs = None if self._outputs is None or self._outputs.isHidden() else self._outputs
        if outputs is not None and pinned is not None and width >= self._style.px(_BESIDE_PX):
            half = (width - _COLUMN_GAP_PX) // 2
            height = max(outputs.heightForWidth(half), pinned.height_for(half))
            outputs.setGeometry(left, top + _PART_GAP_PX, half, outputs.heightForWidth(half))
            pinned.setGeometry(left + width - half, top + _PART_GAP_PX, half, pinned.height_for(half))
            return top + _PART_GAP_PX + height
        bottom = top
        for card in (past, outputs, pinned):
            if card is not None:
                height = card.heightForWidth(width) if isinstance(card, OutputArea) else card.height_for(width)
                bottom += _PART_GAP_PX if height else 0
                card.setGeometry(left, bottom, width, height)
                bottom += height
        return bottom

    # parts

    def _show_note(self, view: CellView) -> None:
        """That of a past run stands in its own card."""
        if not view.note or self.history.past is not None:
            if self._note is not None and not self._note.isHidden():
                self._hide(self._note)
            return
        if self._note is None:
            self._note = NoteView(self._style, self._cell)
            self._note.details_requested.connect(lambda: self.history_requested.emit(DetailsWanted()))
        failed = view.state in (CellState.LOST, CellState.ERROR)
        self._note.show_note(view.note, failed=failed, has_details=view.has_details)
        self._note.show()

    def _show_prompt(self, prompt: PromptView | None) -> None:
        if prompt is None:
            if self._prompt is not None and not self._prompt.isHidden():
                self._prompt.forget()
                self._hide(self._prompt)
            return
        if self._prompt is None:
            self._prompt = PromptRow(self._style, self._cell)
            self._prompt.answered.connect(self.answered)
            self._prompt.ended.connect(self.ended)
            self._prompt.interrupted.connect(self.interrupted)
            self._prompt.left.connect(self.prompt_left)
            self._prompt.keep_toggled.connect(self.keep_toggled)
        self._prompt.show_prompt(prompt)
        self._prompt.show()

    def _show_offer(self, view: CellView) -> None:
        """It is about the present outputs."""
        if view.offer is None or self.history.past is not None:
            if self._offer is not None and not self._offer.isHidden():
                self._hide(self._offer)
            return
        if self._offer is None:
            self._offer = OfferRow(self._style, self._cell)
            self._offer.taken.connect(self.offer_taken)
        self._offer.show_offer(view.offer)
        self._offer.show()

    def _show_outputs(self) -> None:
        """Behind a past run they are there, but not seen."""
        if self._outputs is None:
            return
        if self._has_outputs and self.history.past is None:
            self._outputs.show()
        elif not self._outputs.isHidden():
            self._hide(self._outputs)

    def _flag_outputs(self) -> None:
        if self._outputs is not None:
            scrolled, collapsed = self._flags
            self._outputs.set_scrolled(scrolled)
            self._outputs.set_collapsed(collapsed)

    def _output_area(self) -> OutputArea:
        if self._outputs is None:
            self._outputs = OutputArea(self._cell)
            self._outputs.apply_palette(self._style.palette)
            self._outputs.apply_zoom(self._style.zoom)
            self._outputs.height_changed.connect(self.height_changed)
            self._outputs.full_output_requested.connect(self.full_output_requested)
            self._outputs.save_requested.connect(self.save_output_requested)
            self._outputs.link_activated.connect(self.link_activated)
            self._outputs.expand_requested.connect(self.expand_requested)
            self._outputs.set_calm(self._is_calm)
            self._flag_outputs()
        return self._outputs
