"""Real interpreters run once: every CPython of this machine, and some that hang, lie or were planted."""

from __future__ import annotations

import ast
import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import BrokenInvariant
from engine.interpreters.finding import Finder
from engine.interpreters.interpreter import Interpreter, Kind, Standing
from engine.interpreters.probe_script import NEEDED
from engine.interpreters.probing import Answers, probe, probe_all
from tests.support.clock import Clock
from tests.support.interpreter_trees import Trees
from tests.support.sources import Source, sources


@pytest.fixture
def trees(tmp_path: Path) -> Trees:
    return Trees(tmp_path)


def scripted(trees: Trees, script: str, kind: Kind = Kind.SYSTEM) -> Interpreter:
    """A python that is a shell script."""
    path = trees.program(trees.home / "made/bin/python3", f"#!/bin/sh\n{script}\n")
    return Interpreter(path=path, name="made", kind=kind, home=trees.home / "made")


def everything(real_home: Path) -> tuple[Interpreter, ...]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    return Finder(real_home, environment, Path(sys.executable)).find(None)


def make_environment(trees: Trees, folder: Path, options: list[str]) -> None:
    """One with numpy and pip in it, as far as files tell."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", *options, folder], check=True, timeout=60)
    (site,) = folder.glob("lib/python3*/site-packages")
    trees.file(site / "numpy-2.3.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: numpy\nVersion: 2.3.1\n")
    trees.file(site / "pip/__init__.py", "")
    trees.folder(site / "pip-25.0.dist-info")


async def test_a_run_says_what_files_said(trees: Trees) -> None:
    """Of environments made here: nobody knows what this machine has."""
    for name, options in (("alone", []), ("sees", ["--system-site-packages"])):
        await asyncio.to_thread(make_environment, trees, trees.home / "venvs" / name, options)
    found = Finder(trees.home, {}, None, root=trees.root).find(None)
    assert [one.name for one in found] == ["alone", "sees"]
    for read in found:
        probed = await probe(read, answers=Answers())
        assert (read.standing, probed.standing, probed.is_probed) == (Standing.USABLE, Standing.USABLE, True)
        assert probed == replace(read, version=sys.version.split()[0], is_probed=True)
        assert (probed.packages["numpy"], probed.has_pip) == ("2.3.1", True)


async def test_every_python_of_this_machine_answers_or_says_why(real_home: Path) -> None:
    for one in [one async for one in probe_all(everything(real_home))]:
        assert one.reason if one.standing is not Standing.USABLE else one.is_probed, one


@pytest.mark.qt_loop
async def test_probing_works_on_the_loop_of_the_window() -> None:
    own = Finder(Path("/nowhere"), {}, None).describe(Path(sys.executable))
    probed = await probe(own, answers=Answers())
    assert (probed.version, probed.standing) == (sys.version.split()[0], Standing.USABLE)


async def test_a_python_in_a_notebooks_folder_is_never_run(trees: Trees) -> None:
    """Invariant 11: the trap leaves a mark when it runs."""
    ran = trees.home / "ran"
    trees.file(trees.home / "work/.venv/pyvenv.cfg", f"home = {trees.home}\nversion = 3.12.1\n")
    trees.program(trees.home / "work/.venv/bin/python", f"#!/bin/sh\ntouch {ran}\n")
    finder = Finder(trees.home, {"PATH": f"{trees.home}/work/.venv/bin"}, None, root=trees.root)
    found = finder.find(trees.home / "work")
    described = finder.describe(trees.home / "work/.venv/bin/python", trees.home / "work")
    assert [one.standing for one in (*found, described)] == [Standing.USABLE] * 2
    assert [one async for one in probe_all((*found, described))] == []
    with pytest.raises(BrokenInvariant):
        await probe(described)
    assert not ran.exists()
    assert (await probe(described, trusted=True, answers=Answers())).standing is Standing.MISSING
    assert ran.exists()


async def test_one_that_hangs_is_given_up_with_its_last_words(trees: Trees, monkeypatch: pytest.MonkeyPatch) -> None:
    said = trees.home / "said"
    hanging = scripted(trees, f"echo starting >&2; echo >'{said}'; exec sleep 60")
    Clock(monkeypatch).pass_by_once_written(20.0, said)
    probed = await probe(hanging, limit_s=20.0)
    assert (probed.standing, probed.reason) == (
        Standing.PARTIAL,
        "It did not answer within 20 s. It said: starting",
    )


async def test_one_that_prints_garbage_is_no_python(trees: Trees) -> None:
    probed = await probe(scripted(trees, "head -c 3000000 /dev/urandom; echo; echo capsule-probe:[nonsense"))
    assert probed.standing is Standing.MISSING
    assert probed.reason.startswith("It does not answer as a Python does.")


async def test_one_that_fails_says_its_last_words(trees: Trees) -> None:
    probed = await probe(scripted(trees, "echo libpython3.12.so: cannot open shared object file >&2; exit 127"))
    expected = "It does not start. It said: libpython3.12.so: cannot open shared object file"
    assert (probed.standing, probed.reason) == (Standing.MISSING, expected)


async def test_one_whose_child_holds_its_output_open_answers_all_the_same(trees: Trees) -> None:
    probed = await probe(scripted(trees, f'sleep 60 &\nexec {sys.executable} "$@"'), answers=Answers())
    assert (probed.standing, probed.version) == (Standing.USABLE, sys.version.split()[0])


async def test_what_was_printed_before_the_answer_is_passed_over(trees: Trees) -> None:
    probed = await probe(scripted(trees, f'echo hello; exec {sys.executable} "$@"'), answers=Answers())
    assert probed.is_probed


async def test_a_program_for_another_processor_says_so(trees: Trees) -> None:
    path = trees.program(trees.home / "made/bin/python3", "\x7fELF of another kind")
    probed = await probe(Interpreter(path=path, name="made", kind=Kind.SYSTEM, home=path.parent.parent))
    assert probed.reason == f"{path} is made for another kind of processor or system."


async def test_one_that_went_since_it_was_found_says_so(trees: Trees) -> None:
    made = scripted(trees, "")
    made.path.unlink()
    assert "is gone" in (await probe(made)).reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('"version": "3.10.14", "implementation": "PyPy", "lacks": []', "This is PyPy"),
        ('"version": "3.9.1", "implementation": "CPython", "lacks": []', "This is Python 3.9.1;"),
        ('"version": "3.11.2", "implementation": "CPython", "lacks": ["asyncio"]', "not installed (asyncio)"),
    ],
)
async def test_one_that_cannot_run_cells_says_why(trees: Trees, said: str, reason: str) -> None:
    answer = f'capsule-probe:{{"prefix": "/x", "packages": {{}}, {said}}}'
    probed = await probe(scripted(trees, f"echo '{answer}'"), answers=Answers())
    assert (probed.standing, probed.is_probed) == (Standing.PARTIAL, True)
    assert reason in probed.reason


@pytest.mark.parametrize(
    "site",
    [
        "made/lib/python3.12/site-packages",
        ".local/lib/python3.12/site-packages",  # the user's own
        "base/lib/python3.12/site-packages",  # of what an environment was made from
    ],
)
async def test_an_answer_is_remembered_until_a_package_is_installed(
    trees: Trees, site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each run leaves a byte in a file."""
    monkeypatch.setenv("HOME", str(trees.home))
    monkeypatch.delenv("PYTHONNOUSERSITE", raising=False)
    runs, answers = trees.home / "runs", Answers()
    base = trees.program(
        trees.home / "base/bin/python3", f'#!/bin/sh\nprintf x >> {runs}; exec {sys.executable} "$@"\n'
    )
    link = trees.folder(trees.home / "made/bin") / "python3"
    link.symlink_to(base)
    made = Interpreter(path=link, name="made", kind=Kind.VENV, home=trees.home / "made", version="3.12.1")
    for _ in range(2):
        await probe(made, answers=answers)
    assert runs.read_text() == "x"
    trees.folder(trees.home / site)
    await probe(made, answers=answers)
    assert runs.read_text() == "xx"


async def test_leaving_off_probing_ends_what_runs(trees: Trees) -> None:
    """The guard of every test finds a process that is left."""
    started = trees.home / "started"
    os.mkfifo(started)
    slow = scripted(trees, f"echo > {started}; exec sleep 60")

    async def all_of_them() -> None:
        async for _ in probe_all([slow]):
            pass

    task = asyncio.ensure_future(all_of_them())
    await asyncio.to_thread(started.read_bytes)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_what_the_worker_imports_is_asked_for() -> None:
    """Else a Python without it would be called usable."""
    always = {
        *("__future__", "abc", "atexit", "binascii", "builtins", "codecs", "collections", "contextlib", "copy"),
        *("copyreg", "datetime", "enum", "errno", "functools", "gc", "getpass", "importlib", "io", "itertools"),
        *("keyword", "linecache", "math", "numbers", "operator", "os", "pathlib", "re", "signal", "site", "stat"),
        *("string", "sys", "threading", "time", "types", "typing", "warnings", "weakref"),
    }
    imported = {
        name.split(".")[0]
        for source in sources("engine/protocol", "engine/worker")
        if "/ipython/" not in source.name
        for name in _imported_at_once(source)
    }
    assert (imported & sys.stdlib_module_names) - always - set(NEEDED) == set()


def _imported_at_once(source: Source) -> Iterator[str]:
    """What a module imports as it is imported itself, outside of any try."""
    for node in source.tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""
