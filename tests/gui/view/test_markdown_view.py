from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QImage, QTextDocument
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from capsule_desktop.widgets.cell_style import CellStyle
from capsule_desktop.widgets.markdown_view import MarkdownView
from capsule_desktop.widgets.outputs.terminal_colors import contrast
from capsule_desktop.widgets.palette import DARK, LIGHT

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


_FILE_IN_SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="4" height="4">'
)


@pytest.mark.parametrize("name", ["plot.png", "plot.svg"])
def test_a_drawing_in_an_attachment_opens_no_file_whatever_it_is_called(
    view: MarkdownView, tmp_path: Path, name: str
) -> None:
    outside = tmp_path / "secret.png"
    outside.write_bytes(png(4))
    svg = _FILE_IN_SVG + f'<image xlink:href="file://{outside}" width="4" height="4"/></svg>'.encode()
    view.show_source(f"![x](attachment:{name})", lambda _name: svg)
    loaded = view.loadResource(IMAGE, QUrl(f"attachment:{name}"))
    assert isinstance(loaded, QImage)
    assert loaded.pixelColor(2, 2).alpha() == 0, "nothing of the file was drawn"


def test_a_drawing_in_an_attachment_is_shown(view: MarkdownView) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="4" height="4" fill="red"/></svg>'
    view.show_source("![x](attachment:x.svg)", lambda _name: svg)
    loaded = view.loadResource(IMAGE, QUrl("attachment:x.svg"))
    assert isinstance(loaded, QImage)
    assert loaded.pixelColor(2, 2) == Qt.GlobalColor.red


def test_an_attachment_of_monstrous_size_is_not_decoded(view: MarkdownView) -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header
    bomb += struct.pack(">I", zlib.crc32(b"IHDR" + header)) + struct.pack(">I", 0) + b"IEND" + b"\xaeB`\x82"
    view.show_source("![x](attachment:x)", lambda _name: bomb)
    loaded = view.loadResource(IMAGE, QUrl("attachment:x"))
    assert isinstance(loaded, QImage)
    assert loaded.isNull()


def test_a_colour_chosen_for_another_theme_can_be_read(view: MarkdownView) -> None:
    view.apply_style(CellStyle(palette=DARK))
    view.show_source('<span style="color:#000080">x</span>', lambda _name: None)
    shown = view.document().begin().begin().fragment().charFormat().foreground().color()
    assert contrast(shown, QColor(DARK.page)) >= 4.5


def test_a_long_line_of_code_is_wrapped_since_nothing_here_scrolls_sideways(view: MarkdownView) -> None:
    view.show_source("```\n" + "word " * 200 + "\n```", lambda _name: None)
    view.height_for(600)
    assert view.document().idealWidth() <= 600


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
