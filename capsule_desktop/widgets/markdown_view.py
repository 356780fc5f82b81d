"""A markdown cell as it reads: rendered, selectable, with links that only ask to be followed.

Fetches nothing: `loadResource` knows `data:` and the cell's own attachments and refuses the rest (invariant 11).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPalette,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.markdown_html import render_markdown, stylesheet

EMPTY = '<p class="muted">Empty text cell: press Enter to write</p>'
_LINE_DISTANCE_PX = 5  # a line of 14 px text is 17 high by itself
_HEADING_PX = (24, 20, 16, 14, 14, 14)
_MAX_IMAGE_BYTES = 50_000_000

type Attachment = Callable[[str], bytes | None]


class MarkdownView(QTextBrowser):
    """Shows one source; the cell lays it out by `height_for`."""

    link_activated = Signal(str)
    edit_requested = Signal()
    clicked = Signal(bool)  # True: extend the selection

    def __init__(self, style: CellStyle, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._style = style
        self._source: str | None = None
        self._attachment: Attachment = _no_attachment
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        # Wrapping at the widget's width would wait for a resize event, which comes after the layout asked.
        self.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)
        self.anchorClicked.connect(self._on_anchor_clicked)
        self.apply_style(style)

    def show_source(self, source: str, attachment: Attachment) -> None:
        self._attachment = attachment
        if source != self._source:
            self._source = source
            self._render()

    def apply_style(self, style: CellStyle) -> None:
        self._style = style
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(0, 0, 0, 0))
        palette.setColor(QPalette.ColorRole.Text, QColor(style.palette.text))
        self.setPalette(palette)
        self.document().setDefaultFont(style.body_font)
        self.document().setDefaultStyleSheet(stylesheet(style.palette, style.zoom))
        if self._source is not None:
            self._render()

    def height_for(self, width: int) -> int:
        if self.lineWrapColumnOrWidth() != width:
            self.setLineWrapColumnOrWidth(width)
        return max(self._style.body_line, round(self.document().size().height()))

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """The image of an attachment or of a data: URL; an empty one for all else, which Qt then never looks for."""
        url = name.toString() if isinstance(name, QUrl) else name
        content: bytes | None = None
        if url.startswith("attachment:"):
            content = self._attachment(QUrl.fromPercentEncoding(url.removeprefix("attachment:").encode()))
        elif url.startswith("data:image/"):
            content = _decoded(url)
        if kind != QTextDocument.ResourceType.ImageResource.value or content is None:
            return QImage()
        return self._fitted(QImage.fromData(content))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.edit_requested.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.textCursor().hasSelection():
            self.copy()
        else:
            event.ignore()  # keys act on the cell

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.ignore()
            return False
        return super().event(event)

    def _fitted(self, image: QImage) -> QImage:
        """No wider than the text, at the image's own resolution."""
        room = self.lineWrapColumnOrWidth()
        if room and image.width() > room:
            image.setDevicePixelRatio(image.width() / room)
        return image

    def _render(self) -> None:
        html = render_markdown(self._source or "") or EMPTY
        self.setHtml(f"<body>{html}</body>")
        self._set_formats()

    def _set_formats(self) -> None:
        """Lines 22 px apart; one with an image is as high as its image."""
        line = QTextBlockFormat()
        line.setLineHeight(self._style.px(_LINE_DISTANCE_PX), QTextBlockFormat.LineHeightTypes.LineDistanceHeight.value)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(line)
        self.document().setIndentWidth(self._style.px(24))
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel():
                self._keep_size(block)
            block = block.next()

    def _keep_size(self, block: QTextBlock) -> None:
        """Qt sizes headings by a scale of its own, whatever their style says."""
        size = self._style.px(_HEADING_PX[block.blockFormat().headingLevel() - 1])
        ranges = [(r.start, r.length, QTextCharFormat(r.format)) for r in block.textFormats()]
        for start, length, said in ranges:
            said.clearProperty(QTextFormat.Property.FontSizeAdjustment.value)
            said.setProperty(QTextFormat.Property.FontPixelSize.value, size)
            cursor = QTextCursor(block)
            cursor.setPosition(block.position() + start)
            cursor.setPosition(block.position() + start + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(said)

    def _on_anchor_clicked(self, url: QUrl) -> None:
        self.link_activated.emit(url.toString())


def _no_attachment(_name: str) -> bytes | None:
    return None


def _decoded(url: str) -> bytes | None:
    head, _, body = url.partition(",")
    if not head.endswith(";base64") or len(body) > _MAX_IMAGE_BYTES:
        return None
    try:
        return base64.b64decode(body, validate=False)
    except (binascii.Error, ValueError):
        return None
