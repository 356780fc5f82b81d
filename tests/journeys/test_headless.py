"""`capsule-desktop run` as its user sees it: real processes, exit codes, the written file, and nothing left behind."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import nbformat
import pytest

from tests.support.notebooks import JsonObject, as_bytes, code, markdown, notebook

PYTHON = {"language_info": {"name": "python"}}
LIMIT_S = 60


class Folder:
    """A folder with one notebook, and what a run of it gave."""

    def __init__(self, path: Path) -> None:
        self.notebook = path / "a notebook.ipynb"

    def write(self, *cells: object, **fields: object) -> bytes:
        data = as_bytes(notebook(*cells, **{"metadata": PYTHON, **fields}))  # type: ignore[arg-type]  # fields of JSON
        self.notebook.write_bytes(data)
        return data

    def command(self, *options: str) -> list[str]:
        return [sys.executable, "-m", "capsule_desktop", "run", str(self.notebook), *options]

    def run(self, *options: str, answers: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*options), input=answers, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )

    def cells(self, path: Path | None = None) -> list[JsonObject]:
        content = json.loads((path or self.notebook).read_bytes())
        nbformat.validate(content)
        return cast(list[JsonObject], content["cells"])

    def outputs(self, index: int, path: Path | None = None) -> list[JsonObject]:
        return cast(list[JsonObject], self.cells(path)[index]["outputs"])

    def text(self, index: int, path: Path | None = None) -> str:
        """All that the streams of a cell say."""
        return "".join("".join(cast(list[str], o["text"])) for o in self.outputs(index, path) if "text" in o)

    def error(self, index: int) -> object:
        return self.outputs(index)[-1].get("ename")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    """A cell that writes here says how far it is; reading waits for it."""
    path = tmp_path / "said"
    os.mkfifo(path)
    return path


@pytest.fixture
def started(folder: Folder) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes to be ended if a test fails."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def test_cells_run_in_order_in_the_notebooks_folder_and_are_written_in_place(folder: Folder) -> None:
    stale = {"output_type": "stream", "name": "stdout", "text": ["stale"]}
    folder.write(
        code("import os\nx = 1\nprint(os.getcwd())", outputs=[stale]),
        markdown("# between"),
        code(""),
        code("x + 1", execution_count=99),
        code("skipped", metadata={"tags": ["skip-execution"]}, outputs=[stale]),
    )
    run = folder.run()
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    cells = folder.cells()
    assert folder.text(0) == f"{folder.notebook.parent}\n"
    assert folder.outputs(3)[0]["data"] == {"text/plain": ["2"]}
    assert [cell.get("execution_count") for cell in cells] == [1, None, None, 2, None]
    assert folder.text(4) == "stale"
    assert [path.name for path in folder.notebook.parent.iterdir()] == [folder.notebook.name]


def test_with_an_output_the_notebook_itself_stays_as_it_is(folder: Folder, tmp_path: Path) -> None:
    before = folder.write(code("print('é')"))
    assert folder.run("-o", str(tmp_path / "out.ipynb")).returncode == 0
    assert folder.notebook.read_bytes() == before
    assert folder.text(0, tmp_path / "out.ipynb") == "é\n"


def test_the_language_is_described_where_the_notebook_does_not(folder: Folder) -> None:
    folder.write(code("1"), metadata={})
    folder.run()
    metadata = json.loads(folder.notebook.read_bytes())["metadata"]
    assert metadata["language_info"]["version"] == sys.version.split()[0]


def test_a_notebook_without_code_needs_no_worker(folder: Folder) -> None:
    before = folder.write(markdown("# text"))
    assert folder.run().returncode == 0
    assert folder.notebook.read_bytes() == before


def test_an_error_stops_the_run_and_is_told_and_written(folder: Folder) -> None:
    folder.write(code("print(1)"), code("1/0"), code("print(2)"))
    run = folder.run()
    assert run.returncode == 1
    assert "Cell 2 failed: ZeroDivisionError: division by zero\n" in run.stderr
    assert "\x1b" not in run.stderr
    assert (folder.text(0), folder.error(1), folder.outputs(2)) == ("1\n", "ZeroDivisionError", [])


@pytest.mark.parametrize("way", ["option", "tag"])
def test_an_allowed_error_is_written_and_the_run_goes_on(folder: Folder, way: str) -> None:
    tags = {"tags": ["raises-exception"]} if way == "tag" else {}
    folder.write(code("1/0", metadata=tags), code("print(2)"))
    run = folder.run(*(["--allow-errors"] if way == "option" else []))
    assert (run.returncode, run.stderr) == (0, "")
    assert (folder.error(0), folder.text(1)) == ("ZeroDivisionError", "2\n")


def test_a_cell_over_its_time_limit_is_stopped_and_told(folder: Folder) -> None:
    folder.write(code("print('begun')\nimport time\ntime.sleep(100)"), code("2"))
    run = folder.run("--timeout", "0.5")
    assert run.returncode == 1
    assert run.stderr == "Cell 1 did not finish within 0.5 s and was stopped.\n"
    assert (folder.text(0), folder.error(0), folder.outputs(1)) == ("begun\n", "KeyboardInterrupt", [])


def test_a_cell_that_cannot_be_stopped_at_its_time_limit_is_ended_with_its_python(folder: Folder) -> None:
    deaf = "import ctypes, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [2])\nctypes.PyDLL(None).sleep(600)"
    folder.write(code(f"print('begun', flush=True)\n{deaf}"), code("2"))
    run = folder.run("--timeout", "1")
    assert run.returncode == 1
    assert run.stderr == "Cell 1 did not finish within 1 s and its Python was ended, since it did not stop.\n"
    assert (folder.text(0), folder.outputs(1)) == ("begun\n", [])


def test_a_worker_that_dies_ends_the_run_even_where_errors_are_allowed(folder: Folder) -> None:
    folder.write(code("print('said')"), code("import os\nos._exit(3)"), code("2"))
    run = folder.run("--allow-errors")
    assert run.returncode == 1
    assert "Cell 2 was lost: " in run.stderr
    assert folder.text(0) == "said\n"


def test_exit_handlers_of_the_notebook_run_before_the_command_ends(folder: Folder, tmp_path: Path) -> None:
    folder.write(code("import atexit, pathlib\n_ = atexit.register(pathlib.Path('bye').touch)"))
    assert folder.run().returncode == 0
    assert (tmp_path / "bye").exists()


PRINTS_FOR_EVER = """import threading
def go_on():
    while True:
        print("x" * 1000, flush=True)
threading.Thread(target=go_on, daemon=True).start()
import atexit
_ = atexit.register(print, "exiting")
"""


def test_threads_that_print_for_ever_end_with_the_run_and_say_nothing_of_it(folder: Folder) -> None:
    folder.write(code(PRINTS_FOR_EVER), code("1"))
    assert folder.run().returncode == 0
    assert {output["name"] for output in folder.outputs(0)} == {"stdout"}
    assert set(folder.text(0)) == {"x", "\n"}


def test_displays_are_updated_across_cells_and_outputs_cleared(folder: Folder) -> None:
    folder.write(
        code("handle = display('old', display_id=True)"),
        code("handle.update('new')\nfrom IPython.display import clear_output\nprint(1)\nclear_output()\nprint(2)"),
    )
    assert folder.run().returncode == 0
    assert folder.outputs(0)[0]["data"] == {"text/plain": ["'new'"]}
    assert folder.text(1) == "2\n"


# --- standard input

ASKING = code("print(input('name? '))\nimport getpass\nprint(len(getpass.getpass('word? ')))")


def test_questions_are_answered_from_standard_input_line_by_line(folder: Folder) -> None:
    folder.write(ASKING, code("print(input())"))
    run = folder.run("--stdin", answers="Ada é\nsecret\n")
    assert run.returncode == 1
    assert folder.text(0) == "Ada é\n6\n"
    assert folder.error(1) == "EOFError"
    assert run.stderr.startswith("name? word? ")


def test_answers_may_come_from_a_file(folder: Folder, tmp_path: Path) -> None:
    folder.write(ASKING)
    (tmp_path / "answers").write_text("Ada\nsecret", encoding="utf-8")
    with (tmp_path / "answers").open() as answers:
        subprocess.run(folder.command("--stdin"), stdin=answers, stderr=subprocess.DEVNULL, timeout=LIMIT_S, check=True)
    assert folder.text(0) == "Ada\n6\n"


def test_without_the_option_questions_raise_jupyters_own_error(folder: Folder) -> None:
    folder.write(code("1"), ASKING)
    run = folder.run(answers="Ada\n")
    assert run.returncode == 1
    assert folder.error(1) == "StdinNotImplementedError"
    assert "Cell 2 asked for input, which nobody answers here: with --stdin, each line of the" in run.stderr


def test_on_a_terminal_passwords_are_not_echoed_and_a_bar_shows_progress(
    folder: Folder, started: list[subprocess.Popen[str]]
) -> None:
    folder.write(ASKING)
    master, slave = pty.openpty()
    process = subprocess.Popen(folder.command("--stdin"), stdin=slave, stdout=slave, stderr=slave, text=True)
    started.append(process)
    shown = _read_until(master, b"name? ")
    os.write(master, b"Ada\n")
    shown += _read_until(master, b"word? ")
    assert not termios.tcgetattr(slave)[3] & termios.ECHO
    os.write(master, b"secret\n")
    assert process.wait(LIMIT_S) == 0
    assert termios.tcgetattr(slave)[3] & termios.ECHO
    os.close(slave)
    shown += _read_until(master, b"no more")
    os.close(master)
    assert b"secret" not in shown
    assert b"0/1" in shown
    assert folder.text(0) == "Ada\n6\n"


def _read_until(master: int, wanted: bytes) -> bytes:
    """What the terminal shows until wanted, or until its other end was closed."""
    shown = b""
    while wanted not in shown and select.select([master], [], [], LIMIT_S)[0]:
        try:
            shown += os.read(master, 65536)
        except OSError:  # how Linux says that the other end is closed
            break
    return shown


# --- stopping


def _start(folder: Folder, started: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    process = subprocess.Popen(folder.command(), stderr=subprocess.PIPE, text=True)
    started.append(process)
    return process


def test_ctrl_c_interrupts_the_cell_and_writes_what_there_is(
    folder: Folder, fifo: Path, started: list[subprocess.Popen[str]]
) -> None:
    folder.write(code("print(1)"), code("import time\nopen('said', 'w').close()\ntime.sleep(100)"), code("print(3)"))
    process = _start(folder, started)
    fifo.read_bytes()
    process.send_signal(signal.SIGINT)
    assert process.wait(LIMIT_S) == 130
    assert (folder.text(0), folder.error(1), folder.outputs(2)) == ("1\n", "KeyboardInterrupt", [])


STUBBORN = """import time
while True:
    try:
        open("said", "w").close()
        time.sleep(100)
    except KeyboardInterrupt:
        pass
"""


@pytest.mark.parametrize(("last", "exit_code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_cell_that_will_not_stop_is_ended_by_a_second_ctrl_c_or_sigterm(
    folder: Folder, fifo: Path, started: list[subprocess.Popen[str]], last: signal.Signals, exit_code: int
) -> None:
    folder.write(code("print('begun')"), code(STUBBORN))
    process = _start(folder, started)
    fifo.read_bytes()
    process.send_signal(signal.SIGINT)
    fifo.read_bytes()
    process.send_signal(last)
    assert process.wait(LIMIT_S) == exit_code
    assert folder.text(0) == "begun\n"


# --- bad files and bad usage


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"cells": [', "is not valid JSON: expecting value at line 1, column 12"),
        (b"", "The file is empty"),
        (as_bytes(notebook(code("1"), metadata={"kernelspec": {"language": "R"}})), "is written in R"),
    ],
)
def test_a_bad_file_is_refused_in_words_and_left_alone(folder: Folder, content: bytes, words: str) -> None:
    folder.notebook.write_bytes(content)
    run = folder.run()
    assert (run.returncode, folder.notebook.read_bytes()) == (2, content)
    assert run.stderr.startswith(f"{folder.notebook}: ")
    assert words in run.stderr
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("-o", "/nowhere/out.ipynb"), "there is no folder /nowhere"),
        (("--timeout", "-1"), "-1 is not a time limit"),
        (("--timeout", "soon"), "soon is not a time limit"),
        (("--kernel-python", "/no/python"), "/no/python"),
        (("--frobnicate",), "unrecognized arguments"),
    ],
)
def test_bad_usage_is_refused_in_words_before_anything_runs(
    folder: Folder, options: tuple[str, ...], words: str
) -> None:
    before = folder.write(code("1"))
    run = folder.run(*options)
    assert run.returncode == 2
    assert words in run.stderr
    assert folder.notebook.read_bytes() == before


def test_a_file_that_is_not_there_is_said(folder: Folder) -> None:
    run = folder.run()
    assert run.returncode == 2
    assert "there is no such file" in run.stderr


def test_the_notebook_changed_meanwhile_is_not_overwritten(folder: Folder) -> None:
    folder.write(code(f"open({str(folder.notebook)!r}, 'w').write('mine')"))
    run = folder.run()
    assert (run.returncode, folder.notebook.read_text()) == (1, "mine")
    assert "was changed by another program" in run.stderr
