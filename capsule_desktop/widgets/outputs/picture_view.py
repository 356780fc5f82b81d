"""A picture in the column: as large as it says, never wider than the column, sharp on every screen."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QMenu, QWidget

from capsule_desktop.widgets.outputs.view import OutputView
from capsule_desktop.widgets.palette import LIGHT, Palette

_MAX_HEIGHT_PX = 8000


class Picture(Protocol):
    """Something with a size of its own that can be drawn at another."""

    def size(self) -> QSize: ...

    def drawn(self, pixels: QSize) -> QImage: ...


class BitmapPicture:
    def __init__(self, image: QImage) -> None:
        self._image = image

    def size(self) -> QSize:
        return self._image.size()

    def drawn(self, pixels: QSize) -> QImage:
        if pixels == self._image.size():
            return self._image
        return self._image.scaled(
            pixels, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )


class VectorPicture:
    def __init__(self, renderer: QSvgRenderer) -> None:
        self._renderer = renderer

    def size(self) -> QSize:
        return self._renderer.defaultSize()

    def drawn(self, pixels: QSize) -> QImage:
        image = QImage(pixels, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        self._renderer.render(painter, QRectF(0, 0, pixels.width(), pixels.height()))
        painter.end()
        return image


class PictureView(OutputView):
    """Shows a picture at `wanted` logical pixels; 0 in a direction means what keeps the picture's own shape."""

    def __init__(
        self,
        picture: Picture,
        content: bytes,
        suggested_name: str,
        wanted: QSize | None = None,
        ground: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._picture = picture
        self._content = content
        self._suggested_name = suggested_name
        self._natural = _natural(picture.size(), wanted or QSize(0, 0))
        self._ground = ground
        self._palette = LIGHT
        self._drawn: QPixmap | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"image output {round(self._natural.width())} by {round(self._natural.height())}")

    def set_picture(self, picture: Picture) -> None:
        """Show another picture in the same place and size."""
        self._picture = picture
        self._drawn = None
        self.update()

    def apply_palette(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def height_for(self, width: int) -> int:
        return self.shown_size(width).height()

    def shown_size(self, width: int) -> QSize:
        """The size in a column of this width: smaller where it must be, larger only by the zoom."""
        room = max(1, width - 2 * self.inset)
        share = min(self.zoom, room / self._natural.width(), _MAX_HEIGHT_PX / self._natural.height())
        return QSize(max(1, round(self._natural.width() * share)), max(1, round(self._natural.height() * share)))

    def image(self) -> QImage:
        return self._picture.drawn(self._picture.size())

    def copy(self) -> None:
        QGuiApplication.clipboard().setImage(self.image())

    def paintEvent(self, event: QPaintEvent) -> None:
        size = self.shown_size(self.width())
        place = QRect(self.inset, 0, size.width(), size.height())
        painter = QPainter(self)
        if self._ground:
            painter.fillRect(place, QColor(self._ground))
        painter.drawPixmap(place, self._pixmap(size))
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._palette.accent), 2))
            painter.drawRect(place.adjusted(1, 1, -1, -1))
        painter.end()

    def _pixmap(self, size: QSize) -> QPixmap:
        ratio = self.devicePixelRatio()
        pixels = QSize(round(size.width() * ratio), round(size.height() * ratio))
        if self._drawn is None or self._drawn.size() != pixels:
            self._drawn = QPixmap.fromImage(self._picture.drawn(pixels))
            self._drawn.setDevicePixelRatio(ratio)
        return self._drawn

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.make_menu().popup(event.globalPos())

    def make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy Image", self.copy)
        menu.addAction("Save Image As…", lambda: self.save_requested.emit(self._suggested_name, self._content))
        return menu


def _natural(own: QSize, wanted: QSize) -> QSizeF:
    width, height = wanted.width(), wanted.height()
    if width > 0 and height > 0:
        return QSizeF(width, height)
    if width > 0:
        return QSizeF(width, own.height() * width / own.width())
    if height > 0:
        return QSizeF(own.width() * height / own.height(), height)
    return QSizeF(own)
