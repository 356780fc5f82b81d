"""What every shown output is to the area that stacks it: a widget that knows its height and asks by signals.

Values in, signals out: a view opens no file, follows no link and fetches nothing (invariant 11); the area adds the
index of the output and passes the requests on.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from capsule_desktop.widgets.palette import Palette

INSET_PX = 12  # outputs begin where the code above them does


class OutputView(QWidget):
    """One rendered output.  Subclasses say their height and take palette and zoom."""

    height_changed = Signal()
    save_requested = Signal(str, bytes)  # a name to suggest, the content
    link_activated = Signal(str)
    full_output_requested = Signal()
    zoom = 1.0

    @property
    def inset(self) -> int:
        """Where its text begins, in pixels from its left edge."""
        return self.px(INSET_PX)

    def px(self, length: float) -> int:
        """A length of the design at this zoom."""
        return round(length * self.zoom)

    def apply_zoom(self, zoom: float) -> None:
        """1.0 is the design's own size; its height is another one then."""
        self.zoom = zoom
        self.update()

    def height_for(self, width: int) -> int:
        """The height that shows all of it at this width; cheap enough for every layout pass."""
        raise NotImplementedError

    def apply_palette(self, palette: Palette) -> None:
        raise NotImplementedError
