"""A markdown cell as it reads: rendered, selectable, with links that only ask to be followed.

Fetches nothing: `loadResource` knows `data:` and the cell's own attachments and refuses the rest (invariant 11).
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPalette,
    QTextDocument,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.document_style import make_readable, set_formats, stylesheet
from capsule_desktop.widgets.outputs.inside_image import embedded_image, inside_image

EMPTY = '<p class="muted">Empty text cell: press Enter to write</p>'
TOO_LARGE = '<p class="muted">This text is too large to be shown formatted: press Enter to read its source.</p>'

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
        image: QImage | None = None
        if kind == QTextDocument.ResourceType.ImageResource.value:
            if url.startswith("attachment:"):
                content = self._attachment(QUrl.fromPercentEncoding(url.removeprefix("attachment:").encode()))
                image = None if content is None else inside_image(content)
            else:
                image = embedded_image(url)
        return QImage() if image is None else self._fitted(image)

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
        from capsule_desktop.widgets.markdown_html import render_markdown  # its parser costs a start 40 ms

        html = render_markdown(self._source or "")
        html = TOO_LARGE if html is None else html or EMPTY
        self.setHtml(f"<body>{html}</body>")
        set_formats(self.document(), self._style.zoom)
        if "color" in html:  # that the writer chose: our own can be read
            make_readable(self.document(), self._style.palette)

    def _on_anchor_clicked(self, url: QUrl) -> None:
        self.link_activated.emit(url.toString())


def _no_attachment(_name: str) -> bytes | None:
    return None
