from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capsule_desktop.widgets.markdown_html import render_markdown


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("# Title", "<h1>Title</h1>"),
        ("|a|\n|-|\n|1|", "<td>1</td>"),
        ("- [x] done", '<li class="checked">done'),
        ("- [ ] open", '<li class="unchecked">open'),
        ("~~no~~", "<s>no</s>"),
        ("$x^2$", '<span class="formula">x^2</span>'),
        ("```python\ndef f(): pass\n```", '<span class="k">def</span>'),
        ("```unknown-language\na < b\n```", "a &lt; b"),
        ("![p](attachment:p.png)", 'src="attachment:p.png"'),
        ("<b>bold</b>", "<b>bold</b>"),
        ("costs $5 and $6", "costs $5 and $6"),
    ],
)
def test_markdown_becomes_what_qt_can_show(source: str, part: str) -> None:
    assert part in (render_markdown(source) or "")


@pytest.mark.parametrize(
    "source",
    ["x" * 1_000_001, "<div>" * 501, "<b></b>" * 10_001, "<table>" + "<tr><td colspan='9'>x</td></tr>" * 2000],
    ids=["long", "deep", "tags", "grid"],
)
def test_what_would_stop_the_window_is_not_rendered(source: str) -> None:
    assert render_markdown(source) is None


def test_a_picture_from_elsewhere_is_named_where_it_would_stand() -> None:
    assert "<i>[image: a plot]</i>" in (render_markdown("![a plot](https://example.org/x.png)") or "")


def test_columns_keep_their_alignment() -> None:
    assert '<td align="right">1</td>' in (render_markdown("|a|\n|-:|\n|1|") or "")


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src='http://example.org/a.png'>",
        "![x](https://example.org/a.png)",
        "![x](file:///etc/passwd)",
        "<img src='/etc/passwd'>",
        "<img src='//example.org/a.png'>",
        "<p style='background: url(http://example.org)'>x</p>",
        "<style>p {background: url(http://example.org)}</style>",
        "<a href='javascript:alert(1)'>x</a>",
        "<a href='data:text/html,x'>x</a>",
        "<iframe src='https://example.org'></iframe>",
        "<table background='http://example.org/a.png'><tr><td>x</td></tr></table>",
        "<b onclick='x()'>x</b>",
    ],
)
def test_nothing_is_left_that_runs_or_fetches(source: str) -> None:
    tags = re.findall(r"<[^>]*>", render_markdown(source) or "")
    assert not re.search(r"script|example\.org|passwd|style|onclick|data:text|iframe", " ".join(tags))


def test_links_stay_since_only_a_click_follows_them() -> None:
    assert 'href="https://example.org"' in (render_markdown("[x](https://example.org)") or "")


def test_blanks_render_to_nothing() -> None:
    assert render_markdown(" \n\n") == ""


@given(st.text(max_size=200))
def test_any_text_renders(source: str) -> None:
    render_markdown(source)
