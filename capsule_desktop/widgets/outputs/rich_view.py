"""Simple HTML and rendered markdown: sanitised text with form, in the page's own type.

The document fetches nothing: every resource but an embedded bitmap is denied where Qt asks for it, even though
html_parts.py has already left nothing to ask for (invariant 11).  Links are reported, never followed.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QPalette,
    QTextDocument,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from capsule_desktop.widgets.document_style import make_readable, set_formats, stylesheet
from capsule_desktop.widgets.fonts import sans
from capsule_desktop.widgets.outputs.inside_image import embedded_image
from capsule_desktop.widgets.outputs.view import OutputView
from capsule_desktop.widgets.palette import BODY_PT_PX, LIGHT, Palette
from capsule_desktop.widgets.safe_html import visible_text

_LINK_SCHEMES = frozenset({"http", "https", "mailto"})


class SealedDocument(QTextDocument):
    """A document that gets nothing from outside; `denied` counts what was asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.denied = 0

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        address = name.toString() if isinstance(name, QUrl) else name
        if kind == QTextDocument.ResourceType.ImageResource.value:
            image = embedded_image(address)
            if image is not None:
                return image
        self.denied += 1
        return None


class RichView(OutputView):
    """One piece of sanitised HTML, wrapped at the column."""

    def __init__(self, html: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._html = html
        self._heights: dict[int, int] = {}
        self._document = SealedDocument(self)
        self._document.setUndoRedoEnabled(False)
        self._document.setDocumentMargin(0)
        self._document.setDefaultFont(sans())
        self._browser = _Browser(self)
        self._browser.setDocument(self._document)
        self._browser.anchorClicked.connect(self._on_anchor_clicked)
        self._browser.setAccessibleName(f"text output: {visible_text(html)[:200]}")
        self.setFocusProxy(self._browser)
        self._palette = LIGHT
        self.apply_palette(LIGHT)

    @property
    def document(self) -> SealedDocument:
        return self._document

    def apply_zoom(self, zoom: float) -> None:
        super().apply_zoom(zoom)
        self._document.setDefaultFont(sans(self.px(BODY_PT_PX)))
        self.apply_palette(self._palette)
        self._place()

    def apply_palette(self, palette: Palette) -> None:
        self._palette = palette
        colors = self._browser.palette()
        colors.setColor(QPalette.ColorRole.Base, QColor(0, 0, 0, 0))
        colors.setColor(QPalette.ColorRole.Link, QColor(palette.function))
        colors.setColor(QPalette.ColorRole.Highlight, QColor(palette.accent))
        colors.setColor(QPalette.ColorRole.HighlightedText, QColor(palette.on_accent))
        self._browser.setPalette(colors)
        self._document.setDefaultStyleSheet(stylesheet(palette, self.zoom))
        # A style sheet holds for what is set after it.  The colour is the document's own: a QPalette does not outlive
        # what the application's style sheet does to a text browser when it gets another parent.
        self._document.setHtml(f'<div style="color: {palette.text}">{self._html.strip()}</div>')
        set_formats(self._document, self.zoom)
        make_readable(self._document, palette)
        self._heights.clear()

    def height_for(self, width: int) -> int:
        if width not in self._heights:
            self._document.setTextWidth(max(1, width - 2 * self.inset))
            self._heights[width] = int(self._document.size().height() + 0.999)
            self._document.setTextWidth(max(1, self._browser.viewport().width()))
        return self._heights[width]

    def resizeEvent(self, event: object) -> None:
        self._place()

    def _place(self) -> None:
        self._browser.setGeometry(self.inset, 0, max(1, self.width() - 2 * self.inset), self.height())

    def _on_anchor_clicked(self, url: QUrl) -> None:
        if url.scheme().lower() in _LINK_SCHEMES:
            self.link_activated.emit(url.toString())


class _Browser(QTextBrowser):
    """As high as its text, so without scroll bars; the wheel belongs to the page."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.viewport().setAutoFillBackground(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
