"""Markdown to the HTML that Qt's rich text understands, with nothing in it that could run or fetch.

Pure: CommonMark with tables, strike-through, task lists and maths (shown as its source); HTML inside is kept as far as
safe_html.py lets it be.  Images survive only as `attachment:` and `data:` (invariant 11); colours come as classes,
which document_style.py explains.  Cells and outputs are rendered by the same function.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from html import escape
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.tasklists import tasklists_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from capsule_desktop.widgets.safe_html import (
    is_large_prose,
    is_too_large,
    is_too_long,
    sanitised,
    without_large_spans,
)

# What the plugin makes of `- [x]`; Qt draws a box for list items of these two classes.
_TASK: Final = re.compile(r'<li class="task-list-item"><input class="task-list-item-checkbox"([^>]*)>\s*')

# A cell of Qt's that has a style of its own loses its borders.
_ALIGNED: Final = re.compile(r'<(t[dh]) style="text-align:(left|center|right)">')


@lru_cache(maxsize=256)
def render_markdown(source: str) -> str | None:
    """Clean HTML; of blanks alone it is "", None where showing it would stop the window."""
    if is_too_long(source):
        return None
    html = _ALIGNED.sub(r'<\1 align="\2">', _TASK.sub(_task, _parser().render(source)))
    if is_too_large(html):
        return None
    clean = without_large_spans(sanitised(html, attachments=True)).strip()
    return None if is_large_prose(clean) else clean


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "highlight": _highlighted})
    parser.enable(["table", "strikethrough"])
    parser.use(tasklists_plugin)
    parser.use(dollarmath_plugin, allow_digits=False, renderer=_math)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    parser.add_render_rule("blockquote_open", _quote)
    parser.add_render_rule("blockquote_close", _quote)
    return parser


def _task(item: re.Match[str]) -> str:
    return f'<li class="{"checked" if "checked" in item.group(1) else "unchecked"}">'


def _math(source: str, options: dict[str, object]) -> str:
    shown = escape(source.strip())
    return _boxed(shown) if options.get("display_mode") else f'<span class="formula">{shown}</span>'


def _boxed(html: str) -> str:
    """A table of one cell: the only block of Qt's that has a ground with padding."""
    return (
        f'<table class="box" width="100%" cellpadding="10" cellspacing="0"><tr><td><pre>{html}</pre></td></tr></table>'
    )


def _fence(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    token = tokens[index]
    words = token.info.split()
    return _boxed(_highlighted(token.content, words[0] if words else "", ""))


def _quote(_self: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    """A cell with a border at its left, which a block of Qt's cannot have."""
    if tokens[index].nesting < 0:
        return "</td></tr></table>"
    return '<table class="quote" width="100%" cellpadding="0" cellspacing="0"><tr><td>'


def _highlighted(code: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False)
    except ClassNotFound:
        return escape(code.rstrip("\n"))
    coloured: str = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return coloured.rstrip("\n")
