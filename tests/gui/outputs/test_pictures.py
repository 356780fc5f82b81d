"""Pictures of outputs: their size, their bounds, and what is said where one cannot be shown."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QSize
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from capsule_desktop.notebook.outputs import DisplayOutput
from capsule_desktop.widgets.outputs.animation_view import AnimationView
from capsule_desktop.widgets.outputs.area import OutputArea
from capsule_desktop.widgets.outputs.bitmap import decoded_bitmap
from capsule_desktop.widgets.outputs.notice_view import NoticeView
from capsule_desktop.widgets.outputs.picture_view import PictureView
from capsule_desktop.widgets.outputs.refusal import Refusal
from capsule_desktop.widgets.outputs.stream_view import StreamView
from capsule_desktop.widgets.outputs.view import INSET_PX


def _png(width: int, height: int) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "png")
    return buffer.data().data()


def _png_that_says(width: int, height: int) -> bytes:
    """A small file whose header promises this size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


def _output(content: bytes, mime: str = "image/png", metadata: dict[str, object] | None = None) -> DisplayOutput:
    data = {mime: base64.encodebytes(content).decode(), "text/plain": "<Figure>"}
    return DisplayOutput(data=data, metadata=metadata or {})


def _picture(area: OutputArea) -> PictureView:
    (picture,) = area.findChildren(PictureView)
    return picture


def _sentences(area: OutputArea) -> list[str]:
    return [view.sentence for view in area.findChildren(NoticeView) if view.isVisibleTo(area)]


def test_a_picture_has_its_own_size_and_a_name(area: OutputArea) -> None:
    area.set_outputs([_output(_png(64, 48))])
    assert area.heightForWidth(700) == 48
    assert _picture(area).accessibleName() == "image output 64 by 48"


def test_a_wide_picture_shrinks_to_the_column_and_keeps_its_shape(area: OutputArea) -> None:
    area.set_outputs([_output(_png(1400, 700))])
    room = 700 - 2 * INSET_PX
    assert _picture(area).shown_size(700) == QSize(room, room // 2)
    assert _picture(area).shown_size(3000) == QSize(1400, 700)


@pytest.mark.parametrize(
    ("metadata", "shown"),
    [
        ({"image/png": {"width": 32, "height": 24}}, QSize(32, 24)),
        ({"image/png": {"width": 32}}, QSize(32, 24)),
        ({"image/png": {"height": "12"}}, QSize(16, 12)),
        ({"image/png": {"width": -5, "height": "wide"}}, QSize(64, 48)),
        ({"image/png": {"width": 1e9}}, QSize(64, 48)),
        ({"width": 32, "height": 24}, QSize(32, 24)),
    ],
)
def test_width_and_height_of_the_metadata_hold(area: OutputArea, metadata: dict[str, object], shown: QSize) -> None:
    area.set_outputs([_output(_png(64, 48), metadata=metadata)])
    assert _picture(area).shown_size(700) == shown


def test_a_transparent_picture_stands_on_the_ground_it_was_drawn_for(area: OutputArea) -> None:
    image = QImage(20, 20, QImage.Format.Format_ARGB32)
    image.fill(0)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "png")
    area.set_outputs([_output(buffer.data().data(), metadata={"needs_background": "dark"})])
    assert _picture(area).grab().toImage().pixelColor(INSET_PX + 5, 5).name() == "#171717"


def test_a_picture_wins_over_text(area: OutputArea) -> None:
    area.set_outputs([_output(_png(4, 4))])
    assert area.findChildren(StreamView) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an image",
        _png(9, 9)[:40],
        b"\xff\xd8\xff\xe0broken",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
    ids=["empty", "text", "cut", "jpeg", "gif", "svg in disguise"],
)
@pytest.mark.qt_log_ignore("JPEG datastream", "libpng")
def test_a_broken_picture_is_a_sentence_above_the_plain_text(area: OutputArea, content: bytes) -> None:
    area.set_outputs([_output(content)])
    assert _sentences(area) == ["The image is broken and cannot be shown."]
    assert [view.full_text() for view in area.findChildren(StreamView)] == ["<Figure>"]


def test_broken_base64_is_a_sentence(area: OutputArea) -> None:
    area.set_outputs([DisplayOutput(data={"image/png": "ä"}), DisplayOutput(data={"image/png": "A"})])
    assert _sentences(area) == ["The image is broken and cannot be shown."] * 2


def test_a_picture_that_claims_a_giant_size_is_not_decoded() -> None:
    result = decoded_bitmap(_png_that_says(30_000, 30_000))
    assert result == Refusal("The image is too large to show: 30,000 by 30,000 pixels.")


def test_a_picture_is_copied_and_offered_for_saving_as_it_came(qtbot: QtBot, area: OutputArea) -> None:
    content = _png(7, 5)
    area.set_outputs([DisplayOutput(data={"text/plain": "before"}), _output(content)])
    actions = {action.text(): action for action in _picture(area).make_menu().actions()}
    actions["Copy Image"].trigger()
    assert QGuiApplication.clipboard().image().size() == QSize(7, 5)
    with qtbot.waitSignal(area.save_requested) as asked:
        actions["Save Image As…"].trigger()
    assert asked.args == [1, "image.png", content]


_MOVING_GIF = base64.b64decode(
    "R0lGODlhAgACAIEAAP8AAAAAAAAAAAAAACH/C05FVFNDQVBFMi4wAwEAAAAh+QQAAwAAACwAAAAAAgACAAAIBgABCAQQEAAh+QQB"
    "AwABACwAAAAAAgACAIEAAP8AAAAAAAAAAAAIBgABCAQQEAA7"
)


def test_a_moving_gif_moves_while_it_is_seen(qtbot: QtBot, area: OutputArea) -> None:
    area.set_outputs([_output(_MOVING_GIF, "image/gif")])
    (view,) = area.findChildren(AnimationView)
    seen: set[str] = set()
    view._movie.frameChanged.connect(lambda: seen.add(view.image().pixelColor(0, 0).name()))
    qtbot.waitUntil(lambda: seen == {"#ff0000", "#0000ff"})
    area.hide()
    assert not view.moves


def test_an_svg_is_shown_at_its_size(area: OutputArea) -> None:
    svg = "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'http://127.0.0.1:9/'>"
    svg += "<svg xmlns='http://www.w3.org/2000/svg' width='30' height='20'>"
    svg += "<defs><rect id='a' width='9' height='9'/></defs>"
    svg += "<use href='#a' fill='#00f'/></svg>"
    area.set_outputs([DisplayOutput(data={"image/svg+xml": svg})])
    assert area.heightForWidth(700) == 20
    assert _picture(area).grab().toImage().pixelColor(INSET_PX + 5, 5).name() == "#0000ff"


def test_filters_of_an_svg_are_left_out_and_the_rest_is_drawn(area: OutputArea) -> None:
    blur = "<filter id='f'><feGaussianBlur stdDeviation='900'/></filter>"
    rects = "<rect width='9' height='9' fill='#00f' filter='url(#f)' style='mask:url(#m);filter:url(#f)'/>" * 2000
    area.set_outputs([DisplayOutput(data={"image/svg+xml": _svg(blur + rects)})])
    assert _picture(area).grab().toImage().pixelColor(INSET_PX + 4, 4).name() == "#0000ff"


@pytest.mark.parametrize(
    ("length", "shown"), [("72pt", 96), ("1in", 96), ("2.54cm", 96), ("30", 30), ("30px", 30), ("100%", 50)]
)
def test_lengths_of_an_svg_are_those_of_css(area: OutputArea, length: str, shown: int) -> None:
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' width='{length}' height='{length}' viewBox='0 0 50 50'><g/></svg>"
    area.set_outputs([DisplayOutput(data={"image/svg+xml": svg})])
    assert area.heightForWidth(700) == shown


def _svg(body: str) -> str:
    return (
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='9' height='9'>"
        f"{body}</svg>"
    )


_LAUGHS = "".join(f"<g id='a{n}'>{f'<use xlink:href="#a{n - 1}"/>' * 10}</g>" for n in range(1, 9))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("<svg", "The SVG image is broken and cannot be shown."),
        ("<html/>", "The SVG image is broken and cannot be shown."),
        (_svg("&unknown;"), "The SVG image is broken and cannot be shown."),
        (
            "<!DOCTYPE svg [<!ENTITY a 'x'>]>" + _svg("&a;"),
            "The SVG image declares entities, which are not expanded here.",
        ),
        (_svg("<g id='a0'><rect/></g>" + _LAUGHS), "The SVG image is too large to show."),
        (_svg("<g id='a'><use xlink:href='#a'/></g>"), "The SVG image is too large to show."),
        (_svg("<g>" * 5000 + "</g>" * 5000), "The SVG image is too large to show."),
    ],
    ids=["cut", "no svg", "unknown entity", "entities", "laughs", "itself", "deep"],
)
@pytest.mark.qt_log_ignore("qt.svg")
def test_a_broken_or_endless_svg_is_a_sentence(area: OutputArea, text: str, sentence: str) -> None:
    area.set_outputs([DisplayOutput(data={"image/svg+xml": text})])
    assert _sentences(area) == [sentence]
