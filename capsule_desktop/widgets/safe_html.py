"""HTML from a notebook made safe: one sanitiser for markdown cells, markdown outputs and HTML outputs.

Owns which tags, attributes and styles are left (nh3), so that no script, no style sheet and no address that anything
would be fetched from reaches Qt (invariant 11), and the bounds of what Qt is given to lay out (invariant 13).  Pure.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

import nh3

MAX_HTML_CHARS: Final = 1_000_000  # without its embedded images; more would stop the window for too long
MAX_PROSE_TAGS: Final = 20_000
MAX_GRID_CELLS: Final = 10_000  # Qt makes a grid of rows times columns for a table in prose
MAX_DEPTH: Final = 500  # the parser's time grows with the square of the depth
_TAGS: Final = set(
    "a b big blockquote br caption center code dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p"
    " pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var".split()
)
_DROPPED_WITH_CONTENT: Final = set("script style iframe object embed noscript template svg math video title".split())
_STYLES: Final = {"color", "background-color", "font-weight", "font-style", "text-align", "text-decoration"}
_ATTRIBUTES: Final = {
    "*": {"style", "align", "class", "dir"},
    "a": {"href", "title", "name"},
    "img": {"src", "alt", "title", "width", "height"},
    "table": {"width", "border", "cellpadding", "cellspacing"},
    "td": {"rowspan", "colspan", "width", "valign"},
    "th": {"rowspan", "colspan", "width", "valign"},
    "ol": {"start", "type"},
    "font": {"color", "size"},
}
_SCHEMES: Final = {"http", "https", "mailto", "attachment", "data"}
_SOURCE: Final = re.compile(r"attachment:|data:image/(?:png|jpe?g|gif|webp|bmp|svg\+xml);base64,", re.IGNORECASE)
_EMBEDDED_SOURCE: Final = re.compile(r' src="\s*data:', re.IGNORECASE)
_ATTACHED: Final = re.compile(r' src="\s*(?:data|attachment):', re.IGNORECASE)
_EMBEDDED: Final = re.compile(r"data:image/[\w+.-]+;base64,[A-Za-z0-9+/=\s]*")
_NESTING: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_NOT_NESTING: Final = frozenset(
    "area base br col hr img input link meta param source track wbr p li dt dd td th tr option".split()
)
_IMAGE: Final = re.compile(r'<img(?:\s+[\w:-]+="[^"]*")*\s*>')
_TAG: Final = re.compile(r'</?[a-z0-9]+(?:\s+[\w:-]+="[^"]*")*\s*>')
_LARGE_SPAN: Final = re.compile(r' (?:row|col)span="(?!\d")[^"]*"')
_CELL: Final = re.compile(r"<t[dh]\b")


def sanitised(html: str, *, attachments: bool = False) -> str:
    """The part of it that is text, and what gives text its form; images only where they are inside.

    attachments: whether what is shown has a cell's attachments, so that images may be among those.
    """
    clean = nh3.clean(
        html.encode(errors="replace").decode(),  # half of a surrogate pair is no text
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_filtered,
        url_schemes=_SCHEMES,
        filter_style_properties=_STYLES,
        link_rel=None,
    )
    inside = _ATTACHED if attachments else _EMBEDDED_SOURCE
    return _IMAGE.sub(lambda image: image[0] if inside.search(image[0]) else _name(image[0]), clean)


def visible_text(html: str) -> str:
    """The words of sanitised HTML."""
    return unescape(_TAG.sub(" ", html)).strip()


def is_too_large(html: str) -> bool:
    """Whether sanitising it would stop the window: too long without its embedded images, or too deep."""
    if is_too_long(html):
        return True
    depth = 0
    for close, tag in _NESTING.findall(html):
        if tag.lower() not in _NOT_NESTING:
            depth = max(0, depth - 1) if close else depth + 1
            if depth > MAX_DEPTH:
                return True
    return False


def is_too_long(text: str) -> bool:
    """Without its embedded images, which cost no parser anything."""
    return len(text) > MAX_HTML_CHARS and len(_EMBEDDED.sub("", text)) > MAX_HTML_CHARS


def is_large_prose(prose: str) -> bool:
    """Whether laying it out would stop the window: too many tags, or tables that make too large grids."""
    if prose.count("<") > MAX_PROSE_TAGS:
        return True
    rows = prose.split("<tr")[1:]
    return len(rows) * max(map(_columns, rows), default=0) > MAX_GRID_CELLS


def _columns(row: str) -> int:
    """At most how many columns a row takes, with what its spans of up to nine add to it or to rows below."""
    return len(_CELL.findall(row)) + 8 * row.count("span=")


def without_large_spans(prose: str) -> str:
    """Spans of more than nine cells would multiply the grid without a cell that stands in it."""
    return _LARGE_SPAN.sub("", prose)


def _filtered(tag: str, attribute: str, value: str) -> str | None:
    lowered = value.strip().lower()
    if tag == "img" and attribute == "src":
        return value if _SOURCE.match(value.strip()) else None
    if attribute in ("rowspan", "colspan") and not value.isdecimal():
        return None
    if attribute == "href" and lowered.startswith(("data:", "attachment:")):
        return None
    if attribute == "style" and (("(" in value and "url" in lowered) or "\\" in value):
        return None
    return value


def _name(image: str) -> str:
    """An image that is elsewhere is not fetched; its name stands in its place."""
    alt = re.search(r' alt="([^"]+)"', image)
    return f"<i>[image{': ' + alt[1] if alt else ''}]</i>"
