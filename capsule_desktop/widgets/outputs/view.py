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
    """One rendered output.  Subclasses say their height and take the palette."""

    height_changed = Signal()
    save_requested = Signal(str, bytes)  # a name to suggest, the content
    link_activated = Signal(str)
    full_output_requested = Signal()

    def height_for(self, width: int) -> int:
        """The height that shows all of it at this width; cheap enough for every layout pass."""
        raise NotImplementedError

    def apply_palette(self, palette: Palette) -> None:
        raise NotImplementedError
