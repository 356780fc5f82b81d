"""Simple HTML and rendered markdown: sanitised text with form, in the page's own type.

The document fetches nothing: every resource but an embedded bitmap is denied where Qt asks for it, even though
html_parts.py has already left nothing to ask for (invariant 11).  Links are reported, never followed.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QPalette,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from capsule_desktop.widgets.fonts import sans
from capsule_desktop.widgets.outputs.bitmap import decoded_base64, decoded_bitmap
from capsule_desktop.widgets.outputs.html_parts import visible_text
from capsule_desktop.widgets.outputs.refusal import Refusal
from capsule_desktop.widgets.outputs.terminal_colors import readable
from capsule_desktop.widgets.outputs.view import INSET_PX, OutputView
from capsule_desktop.widgets.palette import CODE_PT_PX, LIGHT, MONO, Palette

_LINK_SCHEMES = frozenset({"http", "https", "mailto"})


class SealedDocument(QTextDocument):
    """A document that gets nothing from outside; `denied` counts what was asked for."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.denied = 0

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        address = name.toString() if isinstance(name, QUrl) else name
        if kind == QTextDocument.ResourceType.ImageResource.value:
            image = _embedded_image(address)
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
        self.apply_palette(LIGHT)

    @property
    def document(self) -> SealedDocument:
        return self._document

    def apply_palette(self, palette: Palette) -> None:
        colors = self._browser.palette()
        colors.setColor(QPalette.ColorRole.Base, QColor(0, 0, 0, 0))
        colors.setColor(QPalette.ColorRole.Link, QColor(palette.function))
        colors.setColor(QPalette.ColorRole.Highlight, QColor(palette.accent))
        colors.setColor(QPalette.ColorRole.HighlightedText, QColor(palette.on_accent))
        self._browser.setPalette(colors)
        self._document.setDefaultStyleSheet(
            f"a {{ color: {palette.function}; }} p, li {{ line-height: 140%; }}"
            f" code, pre, tt {{ font-family: '{MONO}'; font-size: {CODE_PT_PX}px; }}"
            f" th {{ color: {palette.muted}; }} td, th {{ padding: 2px 8px; }} blockquote {{ color: {palette.muted}; }}"
        )
        # A style sheet holds for what is set after it.  The colour is the document's own: a QPalette does not outlive
        # what the application's style sheet does to a text browser when it gets another parent.
        self._document.setHtml(f'<div style="color: {palette.text}">{self._html.strip()}</div>')
        _make_readable(self._document, palette)
        self._heights.clear()

    def height_for(self, width: int) -> int:
        if width not in self._heights:
            self._document.setTextWidth(max(1, width - 2 * INSET_PX))
            self._heights[width] = int(self._document.size().height() + 0.999)
            self._document.setTextWidth(max(1, self._browser.viewport().width()))
        return self._heights[width]

    def resizeEvent(self, event: object) -> None:
        self._browser.setGeometry(INSET_PX, 0, max(1, self.width() - 2 * INSET_PX), self.height())

    def _on_anchor_clicked(self, url: QUrl) -> None:
        if url.scheme().lower() in _LINK_SCHEMES:
            self.link_activated.emit(url.toString())


def _make_readable(document: QTextDocument, palette: Palette) -> None:
    """Move colours that were chosen for another theme until they can be read on what they stand on."""
    block = document.begin()
    while block.isValid():
        # A list, since changing a fragment changes what is being gone through.
        for fragment in [place.fragment() for place in block]:  # type: ignore[attr-defined]  # Qt's stubs lack __next__
            wanted = _readable_color(fragment.charFormat(), block.blockFormat(), palette)
            if wanted != fragment.charFormat().foreground().color():
                _set_color(document, fragment, wanted)
        block = block.next()


def _readable_color(form: QTextCharFormat, block: QTextBlockFormat, palette: Palette) -> QColor:
    grounds = (form.background(), block.background(), QBrush(QColor(palette.page)))
    ground = next(brush.color() for brush in grounds if brush.style() != Qt.BrushStyle.NoBrush)
    return readable(form.foreground().color(), ground)


def _set_color(document: QTextDocument, fragment: QTextFragment, color: QColor) -> None:
    cursor = QTextCursor(document)
    cursor.setPosition(fragment.position())
    cursor.setPosition(fragment.position() + fragment.length(), QTextCursor.MoveMode.KeepAnchor)
    changed = QTextCharFormat()
    changed.setForeground(color)
    cursor.mergeCharFormat(changed)


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


def _embedded_image(address: str) -> QImage | None:
    head, comma, body = address.partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        return None
    content = decoded_base64(body)
    image = content if isinstance(content, Refusal) else decoded_bitmap(content)
    return None if isinstance(image, Refusal) else image
