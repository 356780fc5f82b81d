"""A GIF that moves, while it can be seen.

One frame is held at a time; a bitmap that has been decoded within bounds (bitmap.py) was its first one.
"""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize
from PySide6.QtGui import QHideEvent, QImage, QImageReader, QMovie, QShowEvent
from PySide6.QtWidgets import QWidget

from capsule_desktop.widgets.outputs.picture_view import BitmapPicture, PictureView


def is_animation(content: bytes) -> bool:
    """Whether the bytes of a GIF hold more than one frame."""
    if not content.startswith(b"GIF8"):
        return False
    buffer = _opened(content, None)  # held, since a reader does not own its device
    return QImageReader(buffer, b"gif").imageCount() > 1


class AnimationView(PictureView):
    """Shows the frames in turn; stops while it is hidden."""

    def __init__(
        self, first: QImage, content: bytes, wanted: QSize | None, ground: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(BitmapPicture(first), content, "image.gif", wanted, ground, parent)
        self._movie = QMovie(_opened(content, self), b"gif", self)
        self._movie.frameChanged.connect(self._on_frame_changed)

    @property
    def moves(self) -> bool:
        return self._movie.state() == QMovie.MovieState.Running

    def showEvent(self, event: QShowEvent) -> None:
        self._movie.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._movie.stop()

    def _on_frame_changed(self) -> None:
        self.set_picture(BitmapPicture(self._movie.currentImage()))


def _opened(content: bytes, owner: QWidget | None) -> QBuffer:
    buffer = QBuffer(owner)
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    return buffer
