"""What a build compiles for its starts, of the whole application; in processes of their own, which load it anew."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from installers.project import ROOT

START = """
import builtins, sys
from capsule_desktop import compiled_ahead
compiled_ahead.begin(sys.argv[1])
import dataclasses
assert "exec" in vars(dataclasses)  # the file was taken
anew, plain_compile = [], compile
def watched_compile(text, name, *rest, **options):
    if name == "<string>" and str(text).startswith("def "):
        anew.append(text)
    return plain_compile(text, name, *rest, **options)
builtins.compile = watched_compile
import capsule_desktop.app, engine.facade
assert "__init__" in vars(engine.events.StoreStalled)
print(len(anew))
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    _run("-m", "installers.compiling_ahead", str(folder))
    return folder


def _run(*arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-P", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_a_start_compiles_no_method_of_a_dataclass(compiled: Path) -> None:
    assert _run("-c", START, str(compiled / "capsule_desktop" / "compiled_ahead.bin")) == "0"


def test_pysides_support_modules_are_loaded_from_their_compiled_files(compiled: Path) -> None:
    support = compiled / "shiboken6" / "files.dir"
    look = "import sys; sys.path.insert(0, sys.argv[1]); from shibokensupport.signature import mapping; print(mapping)"
    assert str(support) in _run("-c", look, str(support))


def test_what_is_compiled_names_no_folder_of_the_machine(compiled: Path) -> None:
    files = [path for path in compiled.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [path for path in files if str(ROOT).encode() in path.read_bytes()] == []
