"""Markdown of an output as HTML, which html_parts.py then sanitises like any other."""

from __future__ import annotations

from functools import cache

from markdown_it import MarkdownIt


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True, "linkify": False}).enable(["table", "strikethrough"])


def markdown_html(text: str) -> str:
    html: str = _parser().render(text)
    return html
