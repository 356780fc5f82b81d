"""SVG from an output, made safe before Qt reads it.

QtSvg opens the files that an <image> names, so what it gets is not what came: the document is parsed, everything that
points outside of it is taken out, and what is left is written anew (invariant 11).  Documents that would draw without
end are refused by counting first (invariant 13).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree as ET

from PySide6.QtCore import QByteArray
from PySide6.QtSvg import QSvgRenderer

from capsule_desktop.widgets.outputs.bitmap import bitmap_format, decoded_base64, decoded_bitmap
from capsule_desktop.widgets.outputs.refusal import Refusal

MAX_CHARS = 5_000_000
MAX_ELEMENTS = 40_000  # drawn, with what <use> repeats
_MAX_DEPTH = 200
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(?:\[[^\]]*\]\s*)?>")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_OUTSIDE_URL = re.compile(r"url\(\s*(?!['\"]?\s*#)[^)]*\)?", re.IGNORECASE)
_FILTER = re.compile(r"\b(?:filter|mask)\s*:[^;}]*", re.IGNORECASE)
_IMPORT = re.compile(r"@import[^;]*;?", re.IGNORECASE)
# Filters are not in the SVG Tiny that Qt draws in bounded time: twenty blurs take a second.
_DROPPED = frozenset("script foreignobject font-face-src font-face-uri filter feimage iframe video audio mask".split())
_COSTLY = frozenset({"filter", "mask"})
_ANIMATIONS = frozenset({"set", "animate"})
_SVG = "{http://www.w3.org/2000/svg}"
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_LENGTH = re.compile(r"\s*(\d{1,6}(?:\.\d{0,9})?)\s*(px|pt|pc|in|cm|mm|)\s*")
_PIXELS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_BROKEN = Refusal("The SVG image is broken and cannot be shown.")
_TOO_LARGE = Refusal("The SVG image is too large to show.")


def safe_renderer(text: object) -> QSvgRenderer | Refusal:
    """A renderer of the drawing that needs nothing from outside."""
    content = safe_svg(text)
    if isinstance(content, Refusal):
        return content
    renderer = QSvgRenderer()
    renderer.setAnimationEnabled(False)
    if not renderer.load(QByteArray(content)) or renderer.defaultSize().isEmpty():
        return _BROKEN
    return renderer


def safe_svg(text: object) -> bytes | Refusal:
    """The document without anything that points outside of it."""
    if not isinstance(text, str):
        return _BROKEN
    if len(text) > MAX_CHARS:
        return _TOO_LARGE
    if "<!ENTITY" in text:
        return Refusal("The SVG image declares entities, which are not expanded here.")
    try:
        root = ET.fromstring(_DOCTYPE.sub("", _DECLARATION.sub("", text), count=1).lstrip())
    except (ET.ParseError, ValueError):
        return _BROKEN
    if _depth_exceeds(root, _MAX_DEPTH) or _drawn(root) > MAX_ELEMENTS:
        return _TOO_LARGE
    _clean(root)
    for side in ("width", "height"):
        _set_pixels(root, side)
    root.set("xmlns", "http://www.w3.org/2000/svg")
    root.set("xmlns:xlink", "http://www.w3.org/1999/xlink")
    return ET.tostring(root)


def _clean(root: ET.Element) -> None:
    """Leave out what is not drawn or points outside, and write names as QtSvg reads them: it knows "xlink:href" only
    by that very prefix."""
    known = {element.get("id") for element in root.iter() if not _is_empty_path(element)}
    for parent in list(root.iter()):
        for child in list(parent):
            if not _is_kept(child, known):
                parent.remove(child)
        parent.attrib = dict(_kept_attributes(parent))
        parent.tag = _name(parent.tag)
        if parent.tag == "style" and parent.text:
            parent.text = _without_urls(parent.text)


def _is_kept(element: ET.Element, known: Container[str | None]) -> bool:
    name = _name(element.tag)
    if not name or name.lower() in _DROPPED:
        return False
    if name in _ANIMATIONS:
        return not element.get("attributeName", "").lower().endswith("href")
    if _is_empty_path(element):
        return False
    if name == "use":
        return _href(element)[1:] in known
    return name.lower() != "image" or _is_embedded_bitmap(_href(element))


def _is_empty_path(element: ET.Element) -> bool:
    """Such as matplotlib's blanks, which QtSvg warns of, once for each."""
    return _name(element.tag) == "path" and not element.get("d", "").strip()


def _kept_attributes(element: ET.Element) -> Iterator[tuple[str, str]]:
    href = _href(element)
    if href.startswith("#") or (href and _name(element.tag) == "image"):  # an image that is kept holds its data
        yield "xlink:href", href
    for key, value in element.attrib.items():
        if not key.startswith("{") and key != "href" and key not in _COSTLY and not key.lower().startswith("on"):
            yield key, _without_urls(value)
        elif key == _XML_SPACE:
            yield "xml:space", value


def _href(element: ET.Element) -> str:
    return next((value.strip() for key, value in element.attrib.items() if key in ("href", _XLINK_HREF)), "")


def _set_pixels(root: ET.Element, side: str) -> None:
    """Write a length of the root in pixels as CSS counts them, 96 to the inch; QtSvg takes a point for a pixel."""
    length = _LENGTH.fullmatch(root.get(side, ""))
    if length is not None:
        root.set(side, f"{float(length[1]) * _PIXELS[length[2]]:g}")
    elif side in root.attrib:
        del root.attrib[side]  # a share of what is around it: then its viewBox says how large it is


def _is_embedded_bitmap(href: str) -> bool:
    """Whether it is data that decodes as a bitmap; Qt would take an SVG in it too, and that one's files."""
    head, comma, body = href.partition(",")
    if not comma or not head.lower().startswith("data:image/"):
        return False
    content = decoded_base64(body) if head.lower().endswith(";base64") else unquote_to_bytes(body)
    if isinstance(content, Refusal) or bitmap_format(content) is None:
        return False
    return not isinstance(decoded_bitmap(content), Refusal)


def _without_urls(css: str) -> str:
    if "\\" in css:
        return ""  # an escape may spell anything
    if "(" not in css and "@" not in css:
        return css
    return _FILTER.sub("", _OUTSIDE_URL.sub("none", _IMPORT.sub("", css)))


def _name(tag: object) -> str:
    """A tag of SVG without its namespace; "" for comments, instructions and what belongs to another namespace."""
    if not isinstance(tag, str) or (tag.startswith("{") and not tag.startswith(_SVG)):
        return ""
    return tag.rpartition("}")[2]


def _depth_exceeds(root: ET.Element, limit: int) -> bool:
    level = [root]
    for _ in range(limit):
        level = [child for parent in level for child in parent]
        if not level:
            return False
    return True


def _drawn(root: ET.Element) -> int:
    """How many elements are drawn, counting what <use> repeats; more than MAX_ELEMENTS where it never ends."""
    if not any(_name(element.tag) == "use" for element in root.iter()):
        return sum(1 for _ in root.iter())
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
    counts: dict[ET.Element, int] = {}
    open_elements: set[ET.Element] = set()
    waiting = [root]
    while waiting:
        element = waiting[-1]
        needed = [*element, *_used(element, by_id)]
        missing = [other for other in needed if other not in counts]
        if element in counts or not missing:
            waiting.pop()
            open_elements.discard(element)
            counts.setdefault(element, min(MAX_ELEMENTS + 1, 1 + sum(counts[other] for other in needed)))
        elif element in open_elements and any(other in open_elements for other in missing):
            return MAX_ELEMENTS + 1  # it uses itself
        else:
            open_elements.add(element)
            waiting.extend(missing)
    return counts[root]


def _used(element: ET.Element, by_id: dict[str | None, ET.Element]) -> list[ET.Element]:
    target = by_id.get(_href(element)[1:]) if _name(element.tag) == "use" else None
    return [] if target is None else [target]
