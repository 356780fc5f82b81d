"""What Python would compile anew at each start, brought by a frozen build as its modules are: compiled.

Those are the methods of dataclasses, which are made as text, and regular expressions: 140 ms of processor time up to
the first paint.  installers/compiling_ahead.py makes the file; a checkout has none, and what a file does not have,
or another Python made, is compiled as always.  Called before anything else of ours is imported, so it imports little.
"""

from __future__ import annotations

import dataclasses
import importlib
import marshal
import os
import sys
from collections.abc import Callable, Mapping

FILE = os.path.join(os.path.dirname(__file__), "compiled_ahead.bin")  # noqa: PTH118, PTH120  # pathlib takes 5 ms

type Pattern = tuple[str | bytes, int]  # with the flags that it was asked for
type Compiled = tuple[Mapping[str, bytes], Mapping[Pattern, bytes]]


def begin(file: str = FILE) -> None:
    """For the whole process; nothing changes where there is no file of this Python."""
    compiled = _read(file)
    if compiled is not None:
        methods, patterns = compiled
        vars(dataclasses)["exec"] = _executing(methods)
        compiler = vars(importlib.import_module("re._compiler"))
        compiler["compile"] = _compiling(patterns, compiler["compile"], compiler["_sre"].compile)


def packed(methods: Mapping[str, bytes], patterns: Mapping[Pattern, bytes]) -> bytes:
    """What a file has: by the text of a method its code, and by a pattern what the matching engine makes it from."""
    return marshal.dumps((sys.version, dict(sorted(methods.items())), dict(sorted(patterns.items(), key=repr))), 2)


def _read(file: str) -> Compiled | None:
    try:
        with open(file, "rb") as opened:  # noqa: PTH123
            made_by, methods, patterns = marshal.loads(opened.read())
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return (methods, patterns) if made_by == sys.version else None


def _executing(methods: Mapping[str, bytes]) -> Callable[..., None]:
    """In the place of the exec() that dataclasses.py calls."""

    def execute(text: str, *scopes: dict[str, object]) -> None:
        kept = methods.get(text)
        code = compile(text, "<string>", "exec", dont_inherit=True) if kept is None else marshal.loads(kept)
        exec(code, *scopes)  # dataclasses.py does the same

    return execute


def _compiling(
    patterns: Mapping[Pattern, bytes], compile_anew: Callable[..., object], make: Callable[..., object]
) -> Callable[..., object]:
    """In the place of re._compiler.compile(), which is given a pattern or what was parsed of one."""

    def compile_pattern(pattern: object, flags: int = 0) -> object:
        kept = patterns.get((pattern, flags)) if isinstance(pattern, str | bytes) else None
        return compile_anew(pattern, flags) if kept is None else make(*marshal.loads(kept))

    return compile_pattern
