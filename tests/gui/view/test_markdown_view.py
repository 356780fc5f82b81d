from __future__ import annotations

import base64

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QPoint, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.markdown_view import MarkdownView
from capsule_desktop.widgets.palette import LIGHT

IMAGE = QTextDocument.ResourceType.ImageResource.value


@pytest.fixture
def view(qtbot: QtBot) -> MarkdownView:
    view = MarkdownView(CellStyle(palette=LIGHT))
    qtbot.addWidget(view)
    view.resize(600, 200)
    view.show()
    return view


def png(width: int) -> bytes:
    image = QImage(width, 10, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data().data())


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "/etc/hostname",
        "http://127.0.0.1:1/a.png",
        "qrc:/a.png",
        "data:text/html,x",
        "attachment:no",
    ],
)
def test_nothing_but_what_the_cell_brings_along_is_loaded(view: MarkdownView, address: str) -> None:
    view.show_source("x", lambda _name: None)
    for kind in QTextDocument.ResourceType:
        loaded = view.loadResource(kind.value, QUrl(address))
        assert isinstance(loaded, QImage)
        assert loaded.isNull()


def test_attachments_and_data_images_are_shown_no_wider_than_the_text(view: MarkdownView) -> None:
    view.show_source("![a](attachment:my%20plot.png)", lambda name: png(1200) if name == "my plot.png" else None)
    view.height_for(600)
    attached = view.loadResource(IMAGE, QUrl("attachment:my%20plot.png"))
    assert isinstance(attached, QImage)
    assert attached.width() / attached.devicePixelRatio() == pytest.approx(600)
    inline = view.loadResource(IMAGE, QUrl("data:image/png;base64," + base64.b64encode(png(20)).decode()))
    assert isinstance(inline, QImage)
    assert inline.width() == 20


def test_links_ask_to_be_followed_and_go_nowhere(view: MarkdownView, qtbot: QtBot) -> None:
    view.show_source("[there](https://example.org/x)", lambda _name: None)
    view.height_for(600)
    with qtbot.waitSignal(view.link_activated) as asked:
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(15, 8))
    assert asked.args == ["https://example.org/x"]
    assert view.toPlainText() == "there"


def test_an_empty_cell_says_how_to_write(view: MarkdownView) -> None:
    view.show_source("", lambda _name: None)
    assert view.toPlainText() == "Empty text cell: press Enter to write"


def test_headings_have_the_sizes_of_the_design(view: MarkdownView) -> None:
    view.show_source("# One\n## Two\ntext", lambda _name: None)
    sizes = []
    block = view.document().begin()
    while block.isValid():
        sizes.extend(r.format.font().pixelSize() for r in block.textFormats())
        block = block.next()
    assert sizes[:2] == [24, 20]


def test_height_follows_the_width_at_once(view: MarkdownView) -> None:
    view.show_source("word " * 200, lambda _name: None)
    assert view.height_for(300) > 1.5 * view.height_for(600)
