"""What a crash report says of an exception: its type and where it was raised, and neither its words nor lines of files.

An exception's words may quote what it was given: a line of a cell, an answer to input(), an output.  Said all the same
are the words of BrokenInvariant, which are this project's own, and the system's name of an OSError.  Pure; crash.py's.
"""

from __future__ import annotations

import errno
import traceback
from collections.abc import Iterator

from engine.errors import BrokenInvariant

_WORDS_LIMIT = 400
_ERRORS_LIMIT = 32  # a chain or a group has a few; one that goes on and on says nothing more


def where_it_went_wrong(error: BaseException) -> str:
    """Lines, what was raised last coming last, as Python shows a chain."""
    return "\n".join(f"{link}{''.join(_lines(one))}" for one, link in _gathered(error, "", set()))


def _gathered(error: BaseException, link: str, seen: set[int]) -> Iterator[tuple[BaseException, str]]:
    """Each once, with how it has to do with what comes before it.  link: of the first."""
    for one, own_link in reversed(_chain(error, seen)):
        yield one, own_link or link
        if isinstance(one, BaseExceptionGroup):
            for number, part in enumerate(one.exceptions, start=1):
                yield from _gathered(part, f"Part {number} of that:\n", seen)


def _chain(error: BaseException | None, seen: set[int]) -> list[tuple[BaseException, str]]:
    """What was raised last first; "" is the link of the one that came first of all."""
    chain: list[tuple[BaseException, str]] = []
    while error is not None and id(error) not in seen and len(seen) < _ERRORS_LIMIT:
        seen.add(id(error))
        cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        link = "From that came:\n" if error.__cause__ is not None else "While that was dealt with:\n"
        chain.append((error, "" if cause is None else link))
        error = cause
    return chain


def _lines(error: BaseException) -> Iterator[str]:
    """Frames without the lines of their files: a frozen application's files are named as any folder's may be."""
    frames = [
        (frame.f_code.co_filename, line, frame.f_code.co_name, "")
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    yield from traceback.StackSummary.from_list(frames).format()
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    yield f"{name}{_own_words(error)}\n"


def _own_words(error: BaseException) -> str:
    match error:
        case BrokenInvariant() if not error.__cause__:  # else it may say what its cause says
            return f": {str(error)[:_WORDS_LIMIT]}"
        case OSError(errno=int(number)):
            return f": {errno.errorcode.get(number, number)}"
        case _:
            return ""
