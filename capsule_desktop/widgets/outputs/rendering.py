"""Which view shows an output: the best of its representations that can be shown well.

The order is interaction.md's.  A representation that is refused (broken, too large, only a script) says why in a quiet
sentence, and the next one is shown below it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import assert_never

from PySide6.QtCore import QSize

from capsule_desktop.notebook.ansi import AnsiText
from capsule_desktop.notebook.outputs import DisplayOutput, ErrorOutput, Output, StreamOutput
from capsule_desktop.widgets.outputs.animation_view import AnimationView, is_animation
from capsule_desktop.widgets.outputs.bitmap import decoded_base64, decoded_bitmap
from capsule_desktop.widgets.outputs.html_parts import TOO_LARGE, Note, Part, Prose, html_parts
from capsule_desktop.widgets.outputs.html_table import Table
from capsule_desktop.widgets.outputs.notice_view import NoticeView
from capsule_desktop.widgets.outputs.picture_view import BitmapPicture, PictureView, VectorPicture
from capsule_desktop.widgets.outputs.refusal import Refusal
from capsule_desktop.widgets.outputs.rich_view import RichView
from capsule_desktop.widgets.outputs.stack import ViewStack
from capsule_desktop.widgets.outputs.stream_view import StreamView
from capsule_desktop.widgets.outputs.table_view import TableView
from capsule_desktop.widgets.outputs.traceback_view import TracebackView
from capsule_desktop.widgets.outputs.vector import safe_renderer
from capsule_desktop.widgets.outputs.view import OutputView
from capsule_desktop.widgets.palette import DARK, LIGHT

_Renderer = Callable[[DisplayOutput, str], OutputView | Refusal]
_SILENT = Refusal("")
_OBJECT = re.compile(r"\s*<[^\n]*>\s*\Z")  # <IPython.core.display.Math object>: says nothing
_MAX_JSON_CHARS = 2_000_000


def view_for(output: Output) -> OutputView:
    match output:
        case StreamOutput(name=name, text=text):
            return text_view(text, name)
        case ErrorOutput():
            return TracebackView(output)
        case DisplayOutput():
            return _display_view(output)
        case _:
            assert_never(output)


def text_view(text: str, name: str = "") -> StreamView:
    terminal = AnsiText()
    terminal.feed(text)
    return StreamView(name, terminal)


def _display_view(output: DisplayOutput) -> OutputView:
    sentences: list[OutputView] = []
    for mime, render in _RENDERERS:
        if mime not in output.data:
            continue
        view = render(output, mime)
        if not isinstance(view, Refusal):
            return ViewStack([*sentences, view]) if sentences else view
        if view.sentence:
            sentences.append(NoticeView(view.sentence))
    if not sentences:
        sentences.append(NoticeView(_nothing_to_show(output.data)))
    return ViewStack(sentences)


def _nothing_to_show(data: Mapping[str, object]) -> str:
    if not data:
        return "This output is empty."
    return f"This output cannot be shown here. It comes as {', '.join(sorted(data))}."


def _bitmap(output: DisplayOutput, mime: str) -> OutputView | Refusal:
    content = decoded_base64(output.data[mime])
    image = content if isinstance(content, Refusal) else decoded_bitmap(content)
    if isinstance(content, Refusal) or isinstance(image, Refusal):
        return image if isinstance(image, Refusal) else _SILENT
    size, ground = _wanted_size(output, mime), _needed_ground(output, mime)
    if is_animation(content):
        return AnimationView(image, content, size, ground)
    name = f"image.{mime.rpartition('/')[2].replace('jpeg', 'jpg')}"
    return PictureView(BitmapPicture(image), content, name, size, ground)


def _svg(output: DisplayOutput, mime: str) -> OutputView | Refusal:
    text = output.data[mime]
    renderer = safe_renderer(text)
    if isinstance(renderer, Refusal):
        return renderer
    size = _wanted_size(output, mime)
    return PictureView(VectorPicture(renderer), str(text).encode(), "image.svg", size, _needed_ground(output, mime))


def _wanted_size(output: DisplayOutput, mime: str) -> QSize:
    own = output.metadata.get(mime)
    source = own if isinstance(own, Mapping) else output.metadata
    return QSize(_pixels(source.get("width")), _pixels(source.get("height")))


def _pixels(value: object) -> int:
    """A width or height of the metadata; 0 where it is none that an image can have."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 6:
        value = int(value)
    return round(value) if isinstance(value, int | float) and 1 <= value <= 20_000 else 0


def _needed_ground(output: DisplayOutput, mime: str) -> str:
    """What a transparent picture wants to stand on, if it says so: the page of the theme that it was drawn for."""
    own = output.metadata.get(mime)
    needed = (own if isinstance(own, Mapping) else {}).get("needs_background", output.metadata.get("needs_background"))
    return {"light": LIGHT.page, "dark": DARK.page}.get(needed, "") if isinstance(needed, str) else ""


def _markdown(output: DisplayOutput, mime: str) -> OutputView | Refusal:
    text = output.data[mime]
    if not isinstance(text, str):
        return _SILENT
    from capsule_desktop.widgets.markdown_html import render_markdown  # its parser costs a start 40 ms

    html = render_markdown(text)
    return TOO_LARGE if html is None else _html_view(html)


def _html(output: DisplayOutput, mime: str) -> OutputView | Refusal:
    text = output.data[mime]
    return _html_view(text) if isinstance(text, str) else _SILENT


def _html_view(html: str) -> OutputView | Refusal:
    parts = html_parts(html)
    if isinstance(parts, Refusal):
        return parts
    if not parts:
        return Refusal("Interactive content is not run here, so its plain text is shown.") if html.strip() else _SILENT
    views = [view for part in parts for view in _part_views(part)]
    return views[0] if len(views) == 1 else ViewStack(views)


def _part_views(part: Part) -> list[OutputView]:
    match part:
        case Prose(html=html):
            return [RichView(html)]
        case Note(text=text):
            return [NoticeView(text)]
        case Table(caption=caption, left_out=left_out):
            above: list[OutputView] = [NoticeView(caption)] if caption else []
            below: list[OutputView] = [NoticeView(f"… {left_out:,} more rows are not shown")] if left_out else []
            return [*above, TableView(part), *below]
        case _:
            assert_never(part)


def _latex(output: DisplayOutput, mime: str) -> OutputView | Refusal:
    """The source, unless the plain text says it better: sympy draws its formulas there."""
    plain, text = output.data.get("text/plain"), output.data[mime]
    if not isinstance(text, str) or (isinstance(plain, str) and not _OBJECT.match(plain)):
        return _SILENT
    return text_view(text)


def _json(output: DisplayOutput, mime: str) -> OutputView | Refusal:
    text = json.dumps(output.data[mime], indent=2, ensure_ascii=False, default=str)
    return text_view(text[:_MAX_JSON_CHARS])


def _plain(output: DisplayOutput, mime: str) -> OutputView | Refusal:
    text = output.data[mime]
    return text_view(text) if isinstance(text, str) else _SILENT


_RENDERERS: tuple[tuple[str, _Renderer], ...] = (
    ("image/png", _bitmap),
    ("image/jpeg", _bitmap),
    ("image/gif", _bitmap),
    ("image/webp", _bitmap),
    ("image/bmp", _bitmap),
    ("image/svg+xml", _svg),
    ("text/markdown", _markdown),
    ("text/latex", _latex),
    ("text/html", _html),
    ("application/json", _json),
    ("text/plain", _plain),
)
