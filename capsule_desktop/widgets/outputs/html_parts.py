"""An HTML output taken apart: tables that are shown as tables, and prose between them.

What comes in is sanitised first (safe_html.py), and the canonical form of that is what the small grammar here may
rely on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from capsule_desktop.widgets.outputs.html_table import Table, parsed_table
from capsule_desktop.widgets.outputs.refusal import Refusal
from capsule_desktop.widgets.safe_html import (
    is_large_prose,
    is_too_large,
    sanitised,
    visible_text,
    without_large_spans,
)

MAX_PARTS = 200  # each is a widget
_FORM = re.compile(r'<table(?: [a-z]+="[^"]*")* class="(?:box|quote)"')  # what our own markdown makes
_TABLE = re.compile(r"<table[^>]*>.*?</table>", re.DOTALL)
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
    if is_too_large(html):
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
    if len(parts) > MAX_PARTS or any(isinstance(part, Prose) and is_large_prose(part.html) for part in parts):
        return TOO_LARGE
    return tuple(parts)


def _table(html: str) -> Table | None:
    """A table of text; None for one that holds tables or images, or only gives text a ground: prose shows it better."""
    if html.count("<table") > 1 or "<img" in html or _FORM.match(html):
        return None
    return parsed_table(html)


def _prose(html: str) -> list[Part]:
    words = visible_text(html)
    if not words and "<img" not in html and "<hr" not in html:
        return []
    shape = _SHAPE.match(words)
    return [Note(shape[1])] if shape and "<img" not in html else [Prose(without_large_spans(html))]
