"""Markdown to the HTML that Qt's rich text understands, with nothing in it that could run or fetch.

Pure: CommonMark with tables, strike-through, task lists and maths (shown as its source); HTML inside is kept but for
what nh3 takes out.  Images survive only as `attachment:` and `data:` (invariant 11); colours come as classes, which
`stylesheet` explains.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from html import escape
from typing import Final

import nh3
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

from capsule_desktop.widgets.palette import MONO, SANS, Palette

_TAGS: Final = {
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "br",
        "hr",
        "div",
        "span",
        "blockquote",
        "pre",
        "code",
        "tt",
        "kbd",
        "samp",
        "var",
    ),
    *("em", "i", "strong", "b", "u", "s", "del", "ins", "sub", "sup", "small", "big", "mark", "center", "font"),
    *("ul", "ol", "li", "dl", "dt", "dd", "a", "img", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption"),
}
_ATTRIBUTES: Final = {
    "*": {"align", "class", "dir"},
    "a": {"href", "title", "name"},
    "img": {"src", "alt", "title", "width", "height"},
    "table": {"width", "border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan", "width", "valign"},
    "th": {"colspan", "rowspan", "width", "valign"},
    "ol": {"start", "type"},
    "font": {"color", "size"},
}
_SCHEMES: Final = {"http", "https", "mailto", "attachment", "data"}
_DROPPED_WITH_CONTENT: Final = {"script", "style", "iframe", "object", "svg", "noscript", "template", "title"}


# What the plugin makes of `- [x]`; Qt draws a box for list items of these two classes.
_TASK: Final = re.compile(r'<li class="task-list-item"><input class="task-list-item-checkbox"([^>]*)>\s*')


@lru_cache(maxsize=256)
def render_markdown(source: str) -> str:
    """Clean HTML; of blanks alone it is ""."""
    return nh3.clean(
        _TASK.sub(_task, _parser().render(source)),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attribute_filter=_keep_attribute,
        link_rel=None,
    ).strip()


def stylesheet(palette: Palette, zoom: float) -> str:
    """What the classes and tags look like; lengths in px at this zoom."""

    def px(length: float) -> str:
        return f"{round(length * zoom)}px"

    p = palette
    return f"""
    body {{ font-family: '{SANS}'; font-size: {px(14)}; color: {p.text}; }}
    p {{ margin: 0 0 {px(8)} 0; }}
    h1, h2, h3, h4, h5, h6 {{ font-weight: 600; margin: 0 0 {px(6)} 0; }}
    ul, ol {{ margin: 0 0 {px(8)} 0; }}
    li {{ margin: 0 0 {px(2)} 0; }}
    blockquote {{ margin: 0 0 {px(8)} {px(16)}; color: {p.muted}; }}
    a {{ color: {p.accent}; text-decoration: none; }}
    code, tt, kbd, samp, pre {{ font-family: '{MONO}'; font-size: {px(13)}; }}
    code {{ background-color: {p.code_cell}; }}
    pre {{ margin: 0; }}
    .formula {{ font-family: '{MONO}'; font-size: {px(13)}; background-color: {p.code_cell}; }}
    table {{ border-collapse: collapse; margin: 0 0 {px(8)} 0; }}
    th {{ font-weight: 600; color: {p.muted}; padding: {px(5)} {px(12)} {px(1)}; border-bottom: 1px solid {p.line}; }}
    td {{ padding: {px(5)} {px(12)} {px(1)}; border-bottom: 1px solid {p.line}; }}
    .box td {{ border: none; padding: {px(10)} {px(12)} {px(5)}; background-color: {p.code_cell}; }}
    .k, .kn, .kd, .kc, .kr, .kt, .ow, .nt {{ color: {p.keyword}; }}
    .s, .s1, .s2, .sd, .sa, .se, .sb, .sc, .sh, .sr, .sx {{ color: {p.string}; }}
    .c, .c1, .cm, .ch, .cs, .cp {{ color: {p.comment}; }}
    .m, .mi, .mf, .mh, .mo, .mb {{ color: {p.number}; }}
    .nf, .nc, .nb, .nd, .fm {{ color: {p.function}; }}
    .muted {{ color: {p.muted}; }}
    """


def _keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    """Images come with the cell or not at all; `data:` is for images alone."""
    lowered = value.strip().lower()
    if tag == "img" and attribute == "src":
        return value if lowered.startswith(("attachment:", "data:image/")) else None
    if attribute == "href" and lowered.startswith("data:"):
        return None
    return value


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "highlight": _highlighted})
    parser.enable(["table", "strikethrough"])
    parser.use(tasklists_plugin)
    parser.use(dollarmath_plugin, allow_digits=False, renderer=_math)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
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


def _highlighted(code: str, language: str, _attributes: str) -> str:
    try:
        lexer = get_lexer_by_name(language or "text", stripnl=False)
    except ClassNotFound:
        return escape(code.rstrip("\n"))
    coloured: str = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return coloured.rstrip("\n")
