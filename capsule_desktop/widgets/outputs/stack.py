"""Views one below the other, each as high as it wants to be at the common width."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from capsule_desktop.widgets.outputs.view import OutputView
from capsule_desktop.widgets.palette import SPACE_PX, Palette

GAP_PX = SPACE_PX[2]


class ViewStack(OutputView):
    """Owns the views it is given: one that is no longer among them is deleted."""

    def __init__(self, views: Sequence[OutputView] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views: tuple[OutputView, ...] = ()
        self.set_views(views)

    @property
    def views(self) -> tuple[OutputView, ...]:
        return self._views

    def set_views(self, views: Sequence[OutputView]) -> None:
        kept, known = set(views), set(self._views)
        for view in self._views:
            if view not in kept:
                view.hide()
                view.deleteLater()
        for view in views:
            if view not in known:
                self._adopt(view)
        self._views = tuple(views)
        self.lay_out()

    def apply_palette(self, palette: Palette) -> None:
        for view in self._views:
            view.apply_palette(palette)

    def apply_zoom(self, zoom: float) -> None:
        super().apply_zoom(zoom)
        for view in self._views:
            view.apply_zoom(zoom)
        self.lay_out()

    def height_for(self, width: int) -> int:
        return sum(view.height_for(width) for view in self._views) + GAP_PX * max(0, len(self._views) - 1)

    def sizeHint(self) -> QSize:
        return QSize(self.width(), self.height_for(self.width()))

    def lay_out(self) -> None:
        top = 0
        for view in self._views:
            height = view.height_for(self.width())
            view.setGeometry(0, top, self.width(), height)
            top += height + GAP_PX

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.lay_out()

    def _adopt(self, view: OutputView) -> None:
        view.setParent(self)
        view.height_changed.connect(self._on_height_changed)
        view.save_requested.connect(self.save_requested)
        view.link_activated.connect(self.link_activated)
        view.full_output_requested.connect(self.full_output_requested)
        view.show()

    def _on_height_changed(self) -> None:
        self.lay_out()
        self.height_changed.emit()
