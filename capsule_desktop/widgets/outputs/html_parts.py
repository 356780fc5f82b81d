"""An HTML output taken apart: tables that are shown as tables, and prose between them.

What comes in is sanitised first (nh3): no script, no style sheet, no address that anything would be fetched from is
left, and its canonical form is what the small grammar here may rely on (invariant 11).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import nh3

from capsule_desktop.widgets.outputs.html_table import Table, parsed_table
from capsule_desktop.widgets.outputs.refusal import Refusal

MAX_HTML_CHARS = 1_000_000  # without its embedded images; more would stop the window for too long
MAX_PROSE_TAGS = 20_000
MAX_TABLE_PROSE_CHARS = 30_000  # Qt makes a grid of rows times columns for a table in prose
MAX_DEPTH = 500  # the parser's time grows with the square of the depth
_TAGS = set(
    "a b blockquote br caption center code dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre"
    " q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var".split()
)
_DROPPED_WITH_CONTENT = {"script", "style", "iframe", "object", "embed", "noscript", "template", "svg", "math", "video"}
_STYLES = {"color", "background-color", "font-weight", "font-style", "text-align", "text-decoration"}
_ATTRIBUTES = {
    "*": {"style", "align"},
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"rowspan", "colspan"},
    "th": {"rowspan", "colspan"},
    "ol": {"start"},
    "font": {"color"},
}
_SCHEMES = {"http", "https", "mailto", "data"}
_DATA_IMAGE = re.compile(r"data:image/(png|jpe?g|gif|webp|bmp);base64,", re.IGNORECASE)
_EMBEDDED = re.compile(r"data:image/[\w+.-]+;base64,[A-Za-z0-9+/=\s]*")
_NESTING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_NOT_NESTING = frozenset(
    "area base br col hr img input link meta param source track wbr p li dt dd td th tr option".split()
)
_TABLE = re.compile(r"<table[^>]*>.*?</table>", re.DOTALL)
_IMAGE = re.compile(r'<img(?:\s+[\w:-]+="[^"]*")*\s*>')
_TAG = re.compile(r'</?[a-z0-9]+(?:\s+[\w:-]+="[^"]*")*\s*>')
_LARGE_SPAN = re.compile(r' (?:row|col)span="(?!\d")[^"]*"')
_SHAPE = re.compile(r"\s*(?:<p>)?\s*(\d[\d,]* rows? × \d[\d,]* columns?)\s*(?:</p>)?\s*\Z")


TOO_LARGE = Refusal("The formatted output is too large to show, so its plain text is shown.")


@dataclass(frozen=True)
class Prose:
    """Sanitised HTML without tables of data."""

    html: str


@dataclass(frozen=True)
class Note:
    """What pandas writes below a table: "5 rows × 3 columns"."""

    text: str


Part = Prose | Note | Table


def html_parts(html: str) -> tuple[Part, ...] | Refusal:
    """What there is to show, in order; () where nothing is left that a reader would see."""
    if _is_too_large(html):
        return TOO_LARGE
    clean = sanitised(html)
    parts: list[Part] = []
    position = 0
    for match in _TABLE.finditer(clean):
        table = _table(match[0])
        if table is not None:
            parts.extend(_prose(clean[position : match.start()]))
            parts.append(table)
            position = match.end()
    parts.extend(_prose(clean[position:]))
    if any(isinstance(part, Prose) and _is_large(part.html) for part in parts):
        return TOO_LARGE
    return tuple(parts)


def _is_too_large(html: str) -> bool:
    """Whether taking it apart would stop the window: too long without its embedded images, or too deep."""
    if len(html) > MAX_HTML_CHARS and len(_EMBEDDED.sub("", html)) > MAX_HTML_CHARS:
        return True
    depth = 0
    for close, tag in _NESTING.findall(html):
        if tag.lower() not in _NOT_NESTING:
            depth = max(0, depth - 1) if close else depth + 1
            if depth > MAX_DEPTH:
                return True
    return False


def _is_large(prose: str) -> bool:
    if prose.count("<") > MAX_PROSE_TAGS:
        return True
    return "<table" in prose and len(_EMBEDDED.sub("", prose)) > MAX_TABLE_PROSE_CHARS


def sanitised(html: str) -> str:
    """The part of it that is text, and what gives text its form; images only where they are inside."""
    clean = nh3.clean(
        html.encode(errors="replace").decode(),  # half of a surrogate pair is no text
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_filtered,
        url_schemes=_SCHEMES,
        filter_style_properties=_STYLES,
    )
    return _IMAGE.sub(_named_if_outside, clean)


def visible_text(html: str) -> str:
    """The words of sanitised HTML."""
    return unescape(_TAG.sub(" ", html)).strip()


def _filtered(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        return value if _DATA_IMAGE.match(value) else None
    if attribute in ("rowspan", "colspan") and not value.isdecimal():
        return None
    if attribute == "href" and value.lower().startswith("data:"):
        return None
    if attribute == "style" and (("(" in value and "url" in value.lower()) or "\\" in value):
        return None
    return value


def _named_if_outside(image: re.Match[str]) -> str:
    """An image that is elsewhere is not fetched; its name stands in its place."""
    if ' src="data:' in image[0]:
        return image[0]
    alt = re.search(r' alt="([^"]+)"', image[0])
    return f"<i>[image{': ' + alt[1] if alt else ''}]</i>"


def _table(html: str) -> Table | None:
    """A table of text; None for one that holds tables or images, which prose shows better."""
    if html.count("<table") > 1 or "<img" in html:
        return None
    return parsed_table(html)


def _prose(html: str) -> list[Part]:
    words = visible_text(html)
    if not words and "<img" not in html and "<hr" not in html:
        return []
    shape = _SHAPE.match(words)
    return [Note(shape[1])] if shape and "<img" not in html else [Prose(_LARGE_SPAN.sub("", html))]
