"""The lines that are no Python (`%magic`, `!command`, `name?`, `%%cell`) made into calls; Python is never changed.

A pure function of the source.  Lines keep their numbers, so that tracebacks may show what was written.  Only what
does not compile is looked at, and only where a statement begins, which tokenize tells: a `%` in an expression over
several lines or in a string is none of ours.
"""

from __future__ import annotations

import ast
import io
import re
import textwrap
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass

CALLEE = "_capsule_shell"  # a builtin while the plain shell runs; nothing of it stands in the namespace
_TARGET = r"[\w.,*\s\[\]()]|'[\w .-]*'|\"[\w .-]*\""
_ASSIGNMENT = re.compile(rf"(?P<head>\s*(?:{_TARGET})+?=\s*)(?P<mark>[%!])(?P<rest>.*)", re.DOTALL)
_HELP = re.compile(r"(?P<marks>\?{0,2})\s*(?P<name>%{0,2}[\w.]+(?:\[[\w'\"-]+\][\w.]*)*)\s*(?P<more>\?{0,2})")
_MAGIC = re.compile(r"%(?P<name>[^\W\d]\w*)(?:\s+(?P<rest>.*))?", re.DOTALL)
_CELL = re.compile(r"%%(?P<name>\S+)[ \t]*(?P<rest>.*)")
_SUSPECT = re.compile(r"^\s*[%!?]|\?\s*$|=\s*[%!]|^\s*(?:pip|conda|mamba|uv|cd)\s", re.MULTILINE)
_BARE = re.compile(
    r"(?P<name>pip|conda|mamba|uv|cd)\s+[^\s=(\[.,:].*", re.DOTALL
)  # what IPython takes without its mark
_PROMPT = re.compile(r"(?P<first>>>> ?|In \[\d+\]: ?)")
_CONTINUED = re.compile(r"\.\.\. ?|\s*\.\.\.: ?")


@dataclass(frozen=True)
class Transformed:
    """The Python to run; magics: as they were written, which were met, such as "%time" and "%%bash"."""

    source: str
    magics: tuple[str, ...] = ()


def transform(source: str) -> Transformed:
    """source with the shell's lines as calls of CALLEE; the same where it is Python, or nothing like a shell's line."""
    if is_python(source):
        return Transformed(source)
    if (cell := _cell_magic(source)) is not None:
        return cell
    plain = _without_indent(_without_prompts(source))
    if _SUSPECT.search(plain) is None or is_python(plain):
        return Transformed(plain)
    magics: list[str] = []
    return Transformed("".join(_lines(plain, magics.append)), tuple(magics))


def is_python(source: str) -> bool:
    """Whether it compiles, top-level await included."""
    try:
        compile(source, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return False
    return True


def ends_with_semicolon(source: str) -> bool:
    """Whether a `;` behind the last expression asks for its value not to be shown."""
    last = ""
    if ";" not in source:
        return False
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.DEDENT):
                last = token.string
    except (tokenize.TokenError, SyntaxError):
        return False
    return last == ";"


def _cell_magic(source: str) -> Transformed | None:
    body = source.lstrip("\r\n")
    first, _, rest = body.partition("\n")
    found = _CELL.fullmatch(first.rstrip())
    if found is None or (found["name"].endswith("?") and not rest.strip()):
        return None
    empty = "\n" * source[: len(source) - len(body)].count("\n")
    call = f"{CALLEE}.run_cell_magic({found['name']!r}, {found['rest']!r}, {rest!r})"
    return Transformed(empty + call, (f"%%{found['name']}",))


def _without_indent(source: str) -> str:
    """As if it stood at the margin, where its first line does not."""
    return textwrap.dedent(source) if source[:1] in (" ", "\t") else source


def _without_prompts(source: str) -> str:
    """What was copied from a terminal's session, without its prompts."""
    if _PROMPT.match(source) is None:
        return source
    lines = source.split("\n")
    return "\n".join(
        _PROMPT.sub("", line, count=1) if _PROMPT.match(line) else _CONTINUED.sub("", line, count=1) for line in lines
    )


def _lines(source: str, met: Callable[[str], None]) -> Iterator[str]:
    lines = list(io.StringIO(source, newline=""))
    start = 0
    while start < len(lines):
        end = _end_of_shell_line(lines, start)
        call = _call("".join(lines[start:end]), met)
        if call is None:
            end = _end_of_statement(lines, start)
            yield from lines[start:end]
        else:
            yield call + "".join(line[len(line.rstrip("\r\n")) :] for line in lines[start:end])
        start = end


def _end_of_shell_line(lines: list[str], start: int) -> int:
    """A `\\` at its end continues it."""
    end = start + 1
    while end < len(lines) and lines[end - 1].rstrip("\r\n").endswith("\\"):
        end += 1
    return end


def _end_of_statement(lines: list[str], start: int) -> int:
    """Behind the last line of what begins at start, by tokenize; the next line where that cannot tell."""
    if not lines[start].strip() or lines[start].lstrip().startswith("#"):
        return start + 1
    try:
        for token in tokenize.generate_tokens(iter(lines[start:]).__next__):
            if token.type == tokenize.NEWLINE:
                return start + token.end[0]
    except (tokenize.TokenError, SyntaxError):
        pass  # not Python: it will be said when it is compiled
    return start + 1


def _call(text: str, met: Callable[[str], None]) -> str | None:
    """The call that a shell's line stands for, with the line's indent; None for a line of Python."""
    joined = re.sub(r"\\\r?\n[ \t]*", " ", text).rstrip()
    body = joined.lstrip()
    indent = joined[: len(joined) - len(body)]
    if (help_call := _help(body)) is not None:
        return indent + help_call
    if _BARE.fullmatch(body) is not None and not is_python(body):
        body = "%" + body
    if body[:1] in ("%", "!"):
        call = _marked(body, met)
        return None if call is None else indent + call
    if (found := _ASSIGNMENT.fullmatch(joined)) is not None:
        call = _marked(found["mark"] + found["rest"], met, captures=True)
        return None if call is None else found["head"] + call
    return None


def _marked(body: str, met: Callable[[str], None], *, captures: bool = False) -> str | None:
    if body.startswith("!"):
        doubled = body.startswith("!!")
        method = "getoutput" if captures or doubled else "system"
        return f"{CALLEE}.{method}({body[2 if doubled else 1 :].strip()!r})"
    found = _MAGIC.fullmatch(body)
    if found is None:
        return None
    met(f"%{found['name']}")
    return f"{CALLEE}.run_line_magic({found['name']!r}, {(found['rest'] or '')!r})"


def _help(body: str) -> str | None:
    found = _HELP.fullmatch(body)
    if body in ("?", "??"):
        return f"{CALLEE}.show_help('', 0)"
    if found is None or not (found["marks"] or found["more"]):
        return None
    detail = max(len(found["marks"]), len(found["more"])) - 1
    return f"{CALLEE}.show_help({found['name']!r}, {detail})"
