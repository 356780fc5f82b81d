"""HTML and SVG from outside: whatever they are, taking them apart ends, and what is left is harmless."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from capsule_desktop.widgets.outputs.html_parts import Prose, html_parts
from capsule_desktop.widgets.outputs.html_table import Table
from capsule_desktop.widgets.outputs.refusal import Refusal
from capsule_desktop.widgets.outputs.vector import safe_svg
from capsule_desktop.widgets.safe_html import sanitised

_TAGS = "table thead tbody tr td th caption p div b a img script style iframe svg image use br".split()
_ADDRESSES = [
    "http://h/x",
    "file:///etc/passwd",
    "//h/x",
    "javascript:x",
    "data:text/html,x",
    "data:image/png;base64,AA",
]
_ATTRIBUTES = st.builds(
    "{}={}{}{}".format,
    st.sampled_from(["src", "href", "style", "rowspan", "colspan", "onclick", "background", "xlink:href", "srcset"]),
    st.sampled_from(["'", '"', ""]),
    st.one_of(st.sampled_from([*_ADDRESSES, "background:url(http://h/x)", "3", "99999999", "-1"]), st.text(max_size=8)),
    st.sampled_from(["'", '"', ""]),
)
_OPEN = st.builds(
    lambda tag, attributes: f"<{tag} {' '.join(attributes)}>", st.sampled_from(_TAGS), st.lists(_ATTRIBUTES, max_size=3)
)
_CLOSE = st.builds("</{}>".format, st.sampled_from(_TAGS))
_HTML = st.lists(
    st.one_of(_OPEN, _CLOSE, st.text(max_size=12), st.sampled_from(["<!--", "-->", "<![CDATA[", "&amp;", "<"]))
).map("".join)


class _Attributes(HTMLParser):
    """Collects what a browser would see as attributes, and the tags."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.found: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found.extend((name, value or "") for name, value in attrs)


def _names_outside(name: str, value: str) -> bool:
    if name == "src":
        return not value.startswith("data:image/")
    return (
        name in {"background", "srcset", "xlink:href"} or name.startswith("on") or (name == "style" and "url" in value)
    )


@given(html=_HTML)
def test_what_is_left_of_html_names_nothing_outside(html: str) -> None:
    reader = _Attributes()
    reader.feed(sanitised(html))
    assert not reader.tags & {"script", "style", "iframe", "svg", "use"}
    assert not [(name, value) for name, value in reader.found if _names_outside(name, value)]


@given(html=_HTML)
def test_html_comes_apart_into_parts_that_hold_together(html: str) -> None:
    parts = html_parts(html)
    assert not isinstance(parts, Refusal)
    for part in parts:
        if isinstance(part, Table):
            assert len(part.texts()) == part.rows
            assert len(part.numeric) == part.columns
            assert 0 <= part.heading_rows <= part.rows
            assert 0 <= part.index_columns <= part.columns
        elif isinstance(part, Prose):
            assert part.html


@given(body=_HTML)
def test_what_is_left_of_svg_names_nothing_outside(body: str) -> None:
    for text in (
        body,
        f"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>{body}</svg>",
    ):
        content = safe_svg(text)
        assert isinstance(content, Refusal) or not re.search(rb"href=\"(?!#|data:image/)|url\((?!['\"]?#)", content)
