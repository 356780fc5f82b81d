"""Invariant 11: an output fetches nothing, neither from the network nor from this machine's files."""

from __future__ import annotations

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QImage, QTextDocument

from capsule_desktop.notebook.outputs import DisplayOutput
from capsule_desktop.widgets.outputs.area import OutputArea
from capsule_desktop.widgets.outputs.rich_view import RichView, SealedDocument
from tests.support.fetch_trap import SENTINEL, FetchTrap, shows_sentinel

HTML = [
    "<p>x</p><img src='{0}'>",
    "<p>x</p><img src={0} srcset='{0} 2x' style='width:40px'>",
    "<p style='background:url({0})'>x</p>",
    "<p style='background-image:u\\72l({0})'>x</p>",
    "<style>p {{ background: url({0}); }} @import '{0}';</style><p>x</p>",
    "<link rel=stylesheet href='{0}'><p>x</p>",
    "<table background='{0}'><tr><td background='{0}'>x<img src='{0}'></td></tr></table>",
    "<body background='{0}'><p>x</p></body>",
    "<iframe src='{0}'></iframe><object data='{0}'></object><embed src='{0}'><p>x</p>",
    "<video poster='{0}' src='{0}'></video><audio src='{0}'></audio><p>x</p>",
    "<svg><image href='{0}' width='40' height='40'/></svg><p>x</p>",
    "<ul style='list-style-image:url({0})'><li>x</li></ul>",
    "<meta http-equiv=refresh content='0;url={0}'><base href='{0}'><p>x<img src='picture.png'></p>",
    "<p>x</p><input type=image src='{0}'>",
]
SVG_BODIES = [
    "<image xlink:href='{0}' width='40' height='40'/>",
    "<image href='{0}' width='40' height='40'/>",
    "<IMAGE xlink:href=' {0}' width='40' height='40'/>",
    "<style>@import url({0}); rect {{ fill: url({0}) }}</style><rect width='40' height='40'/>",
    "<rect width='40' height='40' style='fill:url({0})' filter='url({0}#f)'/>",
    "<use xlink:href='{0}#a'/>",
    "<filter id='f'><feImage xlink:href='{0}'/></filter><rect width='40' height='40' filter='url(#f)'/>",
    "<image id='i' width='40' height='40'><set attributeName='xlink:href' to='{0}'/></image>",
    "<foreignObject width='40' height='40'><img xmlns='http://www.w3.org/1999/xhtml' src='{0}'/></foreignObject>",
    "<image xlink:href='data:image/svg+xml;base64,{1}' width='40' height='40'/>",
    "<image xlink:href='data:image/png;base64,{1}' width='40' height='40'/>",
]
SVG = (
    "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='40' height='40'>{}</svg>"
)


@pytest.fixture
def trap(tmp_path: Path) -> Iterator[FetchTrap]:
    trap = FetchTrap(tmp_path)
    yield trap
    trap.close()
    assert trap.connections == 0


def _addresses(trap: FetchTrap) -> list[str]:
    return [trap.url, trap.file_url, str(trap.path)]


def _shown(area: OutputArea, data: dict[str, object]) -> QImage:
    area.set_outputs([DisplayOutput(data=data)])
    return area.grab().toImage()


@pytest.mark.parametrize("html", HTML)
def test_html_gets_nothing(area: OutputArea, trap: FetchTrap, html: str) -> None:
    for address in _addresses(trap):
        assert not shows_sentinel(_shown(area, {"text/html": html.format(address)}))
        assert all(view.document.denied == 0 for view in area.findChildren(RichView)), "nothing is left to ask for"


@pytest.mark.parametrize("body", SVG_BODIES)
@pytest.mark.qt_log_ignore("qt.svg")
def test_svg_gets_nothing(area: OutputArea, trap: FetchTrap, body: str) -> None:
    for address in _addresses(trap):
        inner = SVG.format(f"<image xlink:href='{address}' width='40' height='40'/>")
        svg = SVG.format(body.format(address, base64.b64encode(inner.encode()).decode()))
        assert not shows_sentinel(_shown(area, {"image/svg+xml": svg}))


def test_an_svg_that_calls_itself_a_png_gets_nothing(area: OutputArea, trap: FetchTrap) -> None:
    svg = SVG.format(f"<image xlink:href='{trap.path}' width='40' height='40'/>")
    assert not shows_sentinel(_shown(area, {"image/png": base64.b64encode(svg.encode()).decode()}))


def test_markdown_gets_nothing(area: OutputArea, trap: FetchTrap) -> None:
    for address in _addresses(trap):
        assert not shows_sentinel(_shown(area, {"text/markdown": f"x ![a]({address}) <img src='{address}'>"}))


def test_the_document_itself_denies_what_it_is_asked_for(area: OutputArea, trap: FetchTrap) -> None:
    document = SealedDocument()
    for address in _addresses(trap):
        document.setHtml(f"<img src='{address}'><link rel=stylesheet href='{address}'>")
        assert document.resource(QTextDocument.ResourceType.ImageResource, QUrl(address)) is None
    assert document.denied >= 3


def test_an_embedded_picture_is_shown(area: OutputArea, trap: FetchTrap) -> None:
    """Also shows that the sentinel would be seen."""
    data = base64.b64encode(trap.path.read_bytes()).decode()
    assert shows_sentinel(_shown(area, {"text/html": f"<p>x</p><img src='data:image/png;base64,{data}'>"}))
    svg = SVG.format(f"<image xlink:href='data:image/png;base64,{data}' width='40' height='40'/>")
    assert shows_sentinel(_shown(area, {"image/svg+xml": svg}))
    assert SENTINEL.isValid()


def test_no_network_module_is_loaded_for_outputs() -> None:
    code = "import sys, capsule_desktop.widgets.outputs.area; sys.exit('PySide6.QtNetwork' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
