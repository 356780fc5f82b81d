"""Makes the file that capsule_desktop/compiled_ahead.py reads: `python -m installers.compiling_ahead FILE`.

Loads every module of the application in a process of its own, which must not have loaded them before, and keeps
what Python compiles for that.  The file is the same whoever makes it with the same Python.
"""

from __future__ import annotations

import dataclasses
import importlib
import marshal
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from capsule_desktop.compiled_ahead import Pattern, packed
from installers.project import BUILD, ROOT

_APPLICATION = ("capsule_desktop", "engine")
_IN_OTHER_PROCESSES = "engine.worker"  # runs in the user's Python, from source
_FORMAT = 2  # of marshal: the later ones depend on who else refers to a string

type Group = int | dict[str, int] | tuple[str | None, ...]  # their number, and which has which name


def compiled_file() -> Path:
    """Made anew, by this Python."""
    file = BUILD / "compiled_ahead.bin"
    file.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-P", "-m", "installers.compiling_ahead", str(file)], cwd=ROOT, check=True)
    return file


class Record:
    """Of what this process compiles from begin() on."""

    def __init__(self) -> None:
        self.methods: dict[str, bytes] = {}
        self.patterns: dict[Pattern, bytes] = {}

    def begin(self) -> None:
        vars(dataclasses)["exec"] = self._execute
        compiler = vars(importlib.import_module("re._compiler"))
        engine = vars(compiler["_sre"])
        compiler["compile"] = self._compiling(compiler["compile"], engine)

    def _execute(self, text: str, *scopes: dict[str, object]) -> None:
        code = compile(text, "<string>", "exec", dont_inherit=True)
        self.methods[text] = marshal.dumps(code, _FORMAT)
        exec(code, *scopes)  # dataclasses.py does the same

    def _compiling(self, compile_anew: Callable[..., object], engine: dict[str, object]) -> Callable[..., object]:
        def compile_pattern(pattern: object, flags: int = 0) -> object:
            make, made = engine["compile"], list[bytes]()

            def keep(text: str | bytes | None, all_flags: int, code: list[int], *groups: Group) -> object:
                made.append(marshal.dumps((text, int(all_flags), list(map(int, code)), *groups), _FORMAT))
                return make(text, all_flags, code, *groups)  # type: ignore[operator]  # _sre.compile

            engine["compile"] = keep
            try:
                return compile_anew(pattern, flags)
            finally:
                engine["compile"] = make
                if isinstance(pattern, str | bytes) and made:
                    self.patterns[pattern, flags] = made[-1]

        return compile_pattern


def _load_application() -> None:
    for name in _modules():
        importlib.import_module(name)
    from capsule_desktop.widgets.code_lexer import PYTHON, lex_line

    lex_line("print(1)", PYTHON)  # pygments compiles a lexer's patterns when the lexer is first used


def _modules() -> Iterator[str]:
    for package in _APPLICATION:
        for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."):
            if not module.name.startswith(_IN_OTHER_PROCESSES) and not module.name.endswith(".__main__"):
                yield module.name


def main() -> None:
    record = Record()
    record.begin()
    _load_application()
    Path(sys.argv[1]).write_bytes(packed(record.methods, record.patterns))


if __name__ == "__main__":
    main()
