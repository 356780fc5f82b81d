"""Which words of a line of code have which tone, one line at a time: pygments, made to go on from where it stood.

Pure and cached.  A LineState is all that the next line needs to know of those before it, so that a key press lexes
one line unless it opens or closes something.  IPython's lines are known: `%magic`, `!command`, and `%%magic`, which
decides the language of the whole cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from functools import cache, lru_cache

from pygments.lexer import ExtendedRegexLexer, LexerContext, RegexLexer
from pygments.lexers import find_lexer_class_by_name
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

MAX_LINE = 4_000  # code units; a longer line (data pasted in) is shown plain, since it would cost a frame and more


class Tone(StrEnum):
    KEYWORD = auto()
    STRING = auto()
    COMMENT = auto()
    NUMBER = auto()
    FUNCTION = auto()


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    length: int
    tone: Tone


@dataclass(frozen=True, slots=True)
class LineState:
    """At the end of a line: the cell's language and pygments' stack."""

    language: str
    stack: tuple[str, ...] = ("root",)


PYTHON = LineState("python")
PLAIN = LineState("")


@cache
def _lexer(language: str) -> RegexLexer | None:
    """By pygments' alias, loaded when first needed; only regular-expression lexers can go on from a stack."""
    lexer = PythonLexer if language == "python" else find_lexer_class_by_name(language)
    if not issubclass(lexer, RegexLexer):
        return None
    bases = (lexer,) if issubclass(lexer, ExtendedRegexLexer) else (ExtendedRegexLexer, lexer)
    resumable: RegexLexer = type(f"Resumable{lexer.__name__}", bases, {})()
    return resumable


# Cell magics whose cell is not Python; those that are not named run the cell as Python (%%time, %%capture, …).
_MAGIC_LANGUAGES: Mapping[str, str] = {
    "bash": "bash",
    "sh": "bash",
    "!": "bash",
    "system": "bash",
    "sx": "bash",
    "cmd": "",
    "script": "",
    "javascript": "javascript",
    "js": "javascript",
    "css": "css",
    "sql": "sql",
    "perl": "perl",
    "ruby": "ruby",
    "html": "",
    "HTML": "",
    "svg": "",
    "SVG": "",
    "latex": "",
    "markdown": "",
    "writefile": "",
    "file": "",
}
_CELL_MAGIC = re.compile(r"%%(!|\w+)")
_LINE_MAGIC = re.compile(r"(\s*)(?:%\w[\w.]*|!!?|\?{1,2}(?=\w))")
_HELP = re.compile(r"\s*[\w.]+\?{1,2}\s*$")
_ASSIGNED = re.compile(r"(\s*[\w., ]+=\s*)(%\w+|!)")

_TONES: tuple[tuple[_TokenType, Tone], ...] = (
    (Keyword, Tone.KEYWORD),
    (Operator.Word, Tone.KEYWORD),
    (Comment, Tone.COMMENT),
    (Number, Tone.NUMBER),
    (Name.Function, Tone.FUNCTION),
    (Name.Class, Tone.FUNCTION),
    (Name.Decorator, Tone.FUNCTION),
    (Name.Tag, Tone.KEYWORD),
)


@lru_cache(maxsize=8192)
def lex_line(text: str, before: LineState, *, first: bool = False) -> tuple[tuple[Span, ...], LineState]:
    """The spans of one line (without its end) and what the next one goes on from.  first: the cell's first line."""
    if first and before.language == "python" and (magic := _CELL_MAGIC.match(text)):
        language = _MAGIC_LANGUAGES.get(magic.group(1), "python")
        return (Span(0, magic.end(), Tone.KEYWORD),), LineState(language)
    if not before.language or len(text) > MAX_LINE:
        return (), before
    if before == PYTHON and (spans := _ipython_line(text)) is not None:
        return spans, before
    lexer = _lexer(before.language)
    if lexer is None:
        return (), before
    context = LexerContext(text + "\n", 0, list(before.stack))
    tokens = list(lexer.get_tokens_unprocessed(context=context))
    return tuple(_spans(tokens, text)), LineState(before.language, tuple(context.stack))


def _ipython_line(text: str) -> tuple[Span, ...] | None:
    if magic := _LINE_MAGIC.match(text):
        return (Span(magic.end(1), magic.end() - magic.end(1), Tone.KEYWORD),)
    if _HELP.match(text):
        start = text.index("?")
        return (Span(start, len(text.rstrip()) - start, Tone.KEYWORD),)
    if assigned := _ASSIGNED.match(text):
        return (Span(assigned.start(2), len(assigned.group(2)), Tone.KEYWORD),)
    return None


def _spans(tokens: list[tuple[int, _TokenType, str]], text: str) -> Iterator[Span]:
    for start, kind, value in tokens:
        tone = _tone(kind)
        if tone is None and _is_name(kind) and text[start + len(value) :].lstrip(" ")[:1] == "(":
            tone = Tone.FUNCTION  # a call
        if tone is not None and value.strip():
            yield Span(start, min(len(value), len(text) - start), tone)


@cache
def _is_name(kind: _TokenType) -> bool:
    return kind in Name


@cache
def _tone(kind: _TokenType) -> Tone | None:
    if kind in String and kind is not String.Interpol:
        return Tone.STRING
    return next((tone for family, tone in _TONES if kind in family), None)
