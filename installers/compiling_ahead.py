"""Compiles what a frozen build would compile anew at each start: `python -m installers.compiling_ahead FOLDER`.

Makes the file that capsule_desktop/compiled_ahead.py reads: loads every module of the application in a process of
its own, which must not have loaded them before, and keeps what Python compiles for that.  And PySide's own support
modules, which it carries as source inside a library, and loads from `files.dir` where that is there.  All of it is
the same whoever makes it with the same Python.
"""

from __future__ import annotations

import dataclasses
import importlib
import marshal
import pkgutil
import py_compile
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from capsule_desktop.compiled_ahead import FILE, Pattern, packed
from installers.project import BUILD, ROOT

_APPLICATION = ("capsule_desktop", "engine")
_IN_OTHER_PROCESSES = "engine.worker"  # runs in the user's Python, from source
_FORMAT = 2  # of marshal: the later ones depend on who else refers to a string

_ALWAYS_VALID = py_compile.PycInvalidationMode.UNCHECKED_HASH  # there is no source beside it

type Group = int | dict[str, int] | tuple[str | None, ...]  # their number, and which has which name


def compiled_files() -> list[tuple[str, Path]]:
    """Made anew, by this Python: where each is in the bundle, and where it lies."""
    folder = BUILD / "compiled_ahead"
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-P", "-m", "installers.compiling_ahead", str(folder)], cwd=ROOT, check=True)
    return [(str(path.relative_to(folder)), path) for path in sorted(folder.rglob("*")) if path.is_file()]


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


def _compile_support(folder: Path) -> None:
    archive: ZipFile = vars(sys.modules["shibokensupport.signature.loader"].__loader__)["zfile"]
    with TemporaryDirectory() as scratch:
        for name in archive.namelist():
            if name.startswith("shibokensupport/") and name.endswith(".py"):
                source = archive.extract(name, scratch)
                py_compile.compile(source, str(folder / f"{name}c"), name, True, invalidation_mode=_ALWAYS_VALID)


def main() -> None:
    record = Record()
    record.begin()
    _load_application()
    folder = Path(sys.argv[1])
    file = folder / "capsule_desktop" / Path(FILE).name
    file.parent.mkdir(parents=True)
    file.write_bytes(packed(record.methods, record.patterns))
    _compile_support(folder / "shiboken6" / "files.dir")


if __name__ == "__main__":
    main()
