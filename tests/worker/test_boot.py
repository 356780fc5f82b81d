"""The worker starts in poor and crowded Pythons, keeps out of the user's way, and needs its files at the start only."""

from __future__ import annotations

import ast
import os
import runpy
import shutil
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.protocol.messages import (
    AutomaticCheckpoint,
    Checkpoint,
    CheckpointReport,
    Display,
    Error,
    Input,
    Output,
    Restore,
    RestoreReport,
    Result,
)
from engine.session import launch
from engine.session.travelling import Travelling, own_travelling
from tests.support import surroundings
from tests.support.worker_process import LIMIT_S, PYTHON, Client, WorkerProcess, text_of

StartWorker = Callable[..., WorkerProcess]
BOOT = own_travelling().boot
OLD = ("3.6", "3.7", "3.8", "3.9")


@pytest.fixture
def boot(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    return runpy.run_path(str(BOOT), run_name="boot")


# --- Pythons that cannot run cells --------------------------------------------------------------------------


@pytest.mark.parametrize("version", OLD)
def test_an_old_python_is_told_in_one_sentence(version: str) -> None:
    python = next((surroundings.REAL_HOME / ".pyenv" / "versions").glob(f"{version}.*/bin/python"), None)
    if python is None:
        pytest.skip(f"{version} is not on this machine")
    done = subprocess.run([python, BOOT], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == launch.UNSUITABLE
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert f"Python {version}" in done.stderr
    assert "choose Python 3.10 or later" in done.stderr


def test_the_script_is_written_for_the_oldest_python_that_is_told() -> None:
    tree = ast.parse(BOOT.read_text(), feature_version=(3, 6))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "__future__"]


def test_another_implementation_is_named(boot: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    unsuitable = boot["unsuitable"]
    assert callable(unsuitable)
    assert unsuitable() == ""
    monkeypatch.setattr(sys, "implementation", types.SimpleNamespace(name="pypy"))
    assert unsuitable().startswith("This is PyPy 3.")


def test_the_launcher_knows_that_exit_code(boot: dict[str, object]) -> None:
    assert boot["UNSUITABLE"] == launch.UNSUITABLE


# --- the user's own modules -----------------------------------------------------------------------------------


def module(folder: Path, name: str, text: str = "mine = True\n") -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(text)


@pytest.mark.parametrize("where", ["the notebook's folder", "the import path"])
def test_the_users_modules_are_found_whatever_they_are_called(
    start_worker: StartWorker, tmp_path: Path, where: str
) -> None:
    theirs = tmp_path / "theirs"
    for name in ("engine", "msgpack", "cloudpickle", "boot", "main", "log"):
        module(theirs, name)
    worker = start_worker(environment={"PYTHONPATH": str(theirs)} if where == "the import path" else {})
    if where == "the notebook's folder":
        shutil.copytree(theirs, worker.working_directory, dirs_exist_ok=True)
    client = worker.attach(checkpoints=True)
    code = (
        "import engine, msgpack, cloudpickle, boot, main, log\n"
        "print(all(each.mine for each in (engine, msgpack, cloudpickle, boot, main, log)))\n"
        "f = lambda: 1\n"
    )
    assert client.text(code) == "True\n"
    assert client.wait_for(AutomaticCheckpoint).skipped == ""


def test_broken_modules_of_these_names_change_nothing(start_worker: StartWorker, tmp_path: Path) -> None:
    for name in ("engine", "msgpack", "cloudpickle"):
        module(tmp_path / "theirs", name, "raise RuntimeError('broken')\n")
    client = start_worker(environment={"PYTHONPATH": str(tmp_path / "theirs")}).attach(checkpoints=True)
    assert client.text("f = lambda: 1; print(f())") == "1\n"
    assert client.wait_for(AutomaticCheckpoint).skipped == ""


def test_nothing_of_ours_is_on_the_path_or_has_a_public_name(start_worker: StartWorker) -> None:
    client = start_worker().attach()
    parts = own_travelling()
    ours = [str(parts.engine), str(parts.engine / "worker")]
    code = f"import sys\nprint([each for each in sys.path if each in {ours}])\n"
    code += "print([each for each in sys.modules if each.split('.')[0] in ('engine', 'msgpack', 'cloudpickle')])"
    assert client.text(code) == "[]\n[]\n"


@pytest.mark.needs("msgpack._cmsgpack")
def test_the_users_msgpack_keeps_its_machine_code_where_ours_is_in_the_same_folder(start_worker: StartWorker) -> None:
    code = "import msgpack\nprint(msgpack.Packer.__module__)"
    alone = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, timeout=30, check=True).stdout
    assert start_worker().attach().text(code) == alone == "msgpack._cmsgpack\n"


# --- the compiled form of ours --------------------------------------------------------------------------------


def with_bytecode(folder: Path) -> Travelling:
    return replace(own_travelling(), bytecode=folder)


def test_what_python_makes_of_our_files_is_kept_and_the_users_settings_are_left_alone(
    start_worker: StartWorker, tmp_path: Path
) -> None:
    module(tmp_path / "theirs", "theirs")
    environment = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(tmp_path / "theirs")}
    client = start_worker(parts=with_bytecode(tmp_path / "kept"), environment=environment).attach()
    assert client.text("import theirs, sys\nprint(sys.dont_write_bytecode, sys.pycache_prefix)") == "True None\n"
    kept = {path.name.partition(".")[0] for path in (tmp_path / "kept").rglob("*.pyc")}
    assert {"main", "codec", "fallback", "cloudpickle", "snapshot"} <= kept
    assert "theirs" not in kept


@pytest.mark.parametrize("keep_bytes", [0, 10, 200])
def test_compiled_files_that_were_cut_short_are_made_again(
    start_worker: StartWorker, tmp_path: Path, keep_bytes: int
) -> None:
    parts = with_bytecode(tmp_path / "kept")
    start_worker(parts=parts).attach()
    for path in (tmp_path / "kept").rglob("*.pyc"):
        os.truncate(path, keep_bytes)
    assert start_worker(parts=parts).attach().text("print(1)") == "1\n"


def test_a_cache_that_cannot_be_made_is_done_without(
    monkeypatch: pytest.MonkeyPatch, start_worker: StartWorker, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert own_travelling().bytecode is None
    assert start_worker().attach().text("print(1)") == "1\n"


# --- children of cells ----------------------------------------------------------------------------------------

CHILD = (
    "import sys\n"
    "def seen(x):\n"
    "    return x, [name for name in sys.modules if '_capsule' in name], sys.modules['__main__'].__name__\n"
)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
@pytest.mark.parametrize("removed", [False, True])
def test_a_new_python_of_multiprocessing_sees_nothing_of_ours(
    start_worker: StartWorker, tmp_path: Path, method: str, removed: bool
) -> None:
    parts = copied(tmp_path / "parts")
    worker = start_worker(parts=parts)
    module(worker.working_directory, "theirs", CHILD)
    client = worker.attach()
    if removed:
        shutil.rmtree(tmp_path / "parts")
    code = (
        f"import multiprocessing as mp, theirs\n"
        f"with mp.get_context({method!r}).Pool(1) as pool: print(pool.map(theirs.seen, [5]))"
    )
    assert client.text(code) in ("[(5, [], '__mp_main__')]\n", "[(5, [], '__main__')]\n")


def test_a_program_of_a_cell_sees_nothing_of_ours(start_worker: StartWorker) -> None:
    parts = own_travelling()
    client = start_worker(environment={"PYTHONPATH": "/theirs"}).attach()
    client.run("import subprocess, sys\ncode = 'import os, sys; print(os.environ[\"PYTHONPATH\"], sys.path)'")
    seen = client.text("print(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout)")
    assert seen.startswith("/theirs ['', '/theirs', ")
    assert not [each for each in (parts.engine, parts.msgpack.parent / "msgpack") if repr(str(each)) in seen]


# --- poor Pythons ---------------------------------------------------------------------------------------------

LACKING = "import sys\nfor name in ({names}): sys.modules[name] = None\n"
SITES = {
    "prints": "print('hello from sitecustomize')\nimport sys; print('and here', file=sys.stderr)\n",
    "fails": "raise RuntimeError('sitecustomize is broken')\n",
    "no ctypes": LACKING.format(names="'ctypes', '_ctypes'"),
    "no readline, ssl": LACKING.format(names="'readline', 'ssl', '_ssl'"),
    "no sqlite3": LACKING.format(names="'sqlite3', '_sqlite3'"),
}
ENVIRONMENTS = {
    "safe path": {"PYTHONSAFEPATH": "1"},
    "C locale": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "latin-1": {"LC_ALL": "C", "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
    "optimised": {"PYTHONOPTIMIZE": "2"},
    "warnings are errors": {"PYTHONWARNINGS": "error"},
}


def runs_a_cell(client: Client) -> None:
    messages = client.run("import os\nprint('ü')\nos.system('echo sub')\nf = lambda: 1")
    assert text_of(messages) == "ü\nsub\n"
    assert isinstance(messages[-1], Result)
    assert client.wait_for(AutomaticCheckpoint).skipped == ""


@pytest.mark.parametrize("which", SITES)
def test_a_site_of_the_users_own_holds_nothing_up(start_worker: StartWorker, tmp_path: Path, which: str) -> None:
    module(tmp_path / "site", "sitecustomize", SITES[which])
    runs_a_cell(start_worker(environment={"PYTHONPATH": str(tmp_path / "site")}).attach(checkpoints=True))


@pytest.mark.parametrize("which", ENVIRONMENTS)
def test_an_environment_of_the_users_own_holds_nothing_up(start_worker: StartWorker, which: str) -> None:
    runs_a_cell(start_worker(environment=ENVIRONMENTS[which]).attach(checkpoints=True))


@pytest.mark.parametrize("flags", [("-I",), ("-I", "-S"), ("-E", "-s")], ids=" ".join)
def test_flags_of_the_interpreter_hold_nothing_up(
    start_worker: StartWorker, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {PYTHON} {" ".join(flags)} "$@"\n')
    python.chmod(0o755)
    runs_a_cell(start_worker(python=str(python)).attach(checkpoints=True))


# --- an upgrade while it lives --------------------------------------------------------------------------------


def copied(folder: Path) -> Travelling:
    """What travels, in a folder that may be removed."""
    own = own_travelling()
    for room in ("protocol", "worker"):
        shutil.copytree(own.engine / room, folder / "engine" / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(own.engine / "__init__.py", folder / "engine")
    shutil.copytree(own.msgpack, folder / "msgpack")
    shutil.copytree(own.cloudpickle, folder / "cloudpickle")
    return Travelling(engine=folder / "engine", msgpack=folder / "msgpack", cloudpickle=folder / "cloudpickle")


def test_a_worker_goes_on_without_any_file_of_ours(start_worker: StartWorker, tmp_path: Path) -> None:
    goes_on_without_files(start_worker(parts=copied(tmp_path / "parts")), tmp_path)


def test_a_worker_goes_on_in_a_bare_environment_too(
    start_worker: StartWorker, tmp_path: Path, bare_python: Path
) -> None:
    goes_on_without_files(start_worker(parts=copied(tmp_path / "parts"), python=str(bare_python)), tmp_path)


def goes_on_without_files(worker: WorkerProcess, folder: Path) -> None:
    client = worker.attach(checkpoints=True)
    shutil.rmtree(folder / "parts")
    client.run("class Point:\n    def norm(self): return 5\np = Point(); xs = [1, [2]]; text = 'ü' * 70_000")
    assert client.wait_for(AutomaticCheckpoint).skipped == ""
    restored_by_hand(client, folder / "c.capsule")
    assert client.ask("complete", code="tex", cursor=3).reply["matches"] == ["text"]
    assert client.ask("variables").error == ""
    assert client.ask("inspect", code="xs", cursor=2, detail=0).error == ""
    assert client.ask("is_complete", code="for x in y:").error == ""
    asks_and_is_interrupted(client)
    deep = client.start("def fails(): return 1/0\ndeep = []\nfor _ in range(20_000): deep = [deep]\nfails()\n")
    assert isinstance(client.finish(deep)[-1], Error)
    kept = client.wait_for(AutomaticCheckpoint, lambda m: m.execution_id == deep)
    assert (kept.skipped, kept.left_out) == ("", 0)
    shown = client.run("class Rich:\n    def _repr_html_(self): return '<b>rich</b>'\nRich()")
    assert [m.data["text/html"] for m in shown if isinstance(m, Display)] == ["<b>rich</b>"]
    client.run("import asyncio, sys, os\nawait asyncio.sleep(0)\nif os.fork() == 0: os._exit(0)\nos.wait()")
    last = client.start("big = bytearray(60_000_000)")
    client.finish(last)
    os.kill(worker.process.pid, signal.SIGTERM)
    assert worker.process.wait(LIMIT_S) == 0
    assert (worker.checkpoint_directory / f"{last}.draft").stat().st_size > 60_000_000
    assert "Error" not in worker.stderr()


def restored_by_hand(client: Client, path: Path) -> None:
    import hashlib

    client.send(Checkpoint(path=str(path), name="n"))
    report = client.wait_for(CheckpointReport)
    assert report.error == ""
    client.run("del p, Point; xs = 0")
    payload = path.read_bytes()
    client.send(Restore(path=str(path), sha256=hashlib.sha256(payload).digest(), payload_bytes=len(payload)))
    assert client.wait_for(RestoreReport).error == ""
    assert client.text("print(p.norm(), xs)") == "5 [1, [2]]\n"


def asks_and_is_interrupted(client: Client) -> None:
    asking = client.start("print(input('?'))")
    client.wait_for(Input)
    client.answer(asking, 1, "here")
    assert text_of(client.finish(asking)) == "here\n"
    waiting = client.start("import threading\nprint('waits', flush=True)\nthreading.Event().wait()")
    client.wait_for(Output, lambda m: m.execution_id == waiting)
    client.interrupt()
    last = client.finish(waiting)[-1]
    assert isinstance(last, Error)
    assert last.error_type == "KeyboardInterrupt"


def test_programs_of_cells_belong_to_the_environment_that_runs(bare_python: Path, tmp_path: Path) -> None:
    with WorkerProcess(tmp_path, python=str(bare_python)) as worker:
        code = "import subprocess\nprint(subprocess.getoutput('python -c \"import sys; print(sys.prefix)\"'))"
        assert worker.attach().text(code).strip() == str(bare_python.parents[1])


def test_exit_ends_python_when_the_cell_has_ended(bare_python: Path, tmp_path: Path) -> None:
    with WorkerProcess(tmp_path, python=str(bare_python)) as worker:
        client = worker.attach()
        assert isinstance(client.run("exit")[-1], Result)
        assert worker.process.wait(30) == 0
