"""Which Python `capsule-desktop run` starts where none is named: said, and never asked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.notebooks import as_bytes, code, notebook

LIMIT_S = 60
WHERE = "import sys\nprint(sys.executable)"


def run(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    out = str(file.with_name("out.ipynb"))
    command = [sys.executable, "-m", "capsule_desktop", "run", str(file), "-o", out, *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)


def written(folder: Path, **metadata: object) -> Path:
    file = folder / "a.ipynb"
    file.write_bytes(as_bytes(notebook(code(WHERE), metadata={"language_info": {"name": "python"}, **metadata})))
    return file


def test_the_environment_beside_the_notebook_runs_it_and_is_named(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    done = run(written(tmp_path))
    python = tmp_path / ".venv" / "bin" / "python"
    assert (done.returncode, str(python) in done.stderr) == (0, True), done.stderr
    assert str(python) in (tmp_path / "out.ipynb").read_text()


def test_an_environment_beside_the_notebook_that_is_broken_is_told(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text(f"home = {tmp_path}/gone/bin\nversion = 3.12.1\n")
    (tmp_path / ".venv" / "bin").mkdir()
    (tmp_path / ".venv" / "bin" / "python").symlink_to(tmp_path / "gone" / "bin" / "python3")
    done = run(written(tmp_path))
    said = "The environment “.venv” of this folder is not used. The Python in"
    assert (done.returncode, said in done.stderr) == (0, True), done.stderr


def test_the_applications_own_runs_it_without_a_word(tmp_path: Path) -> None:
    done = run(written(tmp_path))
    assert (done.returncode, "cells run in" in done.stderr) == (0, False), done.stderr
    assert sys.executable in (tmp_path / "out.ipynb").read_text()


def test_a_jupyter_kernel_that_is_not_found_is_told_on_one_line(tmp_path: Path) -> None:
    kernelspec = {"name": "myenv-analysis", "display_name": "Analysis (py310)", "language": "python"}
    done = run(written(tmp_path, kernelspec=kernelspec))
    said = "This notebook names the kernel “Analysis (py310)”, which was not found here. Its cells run in Python"
    lines = [line for line in done.stderr.splitlines() if "cells run in" in line]
    assert (done.returncode, len(lines)) == (0, 1), done.stderr
    assert said in lines[0]
    assert sys.executable in lines[0]


def test_one_that_is_named_and_not_there_is_refused_with_the_nearest(tmp_path: Path) -> None:
    named = {"interpreter": {"name": "analysis", "version": "3.12"}}
    done = run(written(tmp_path, capsule=named))
    assert done.returncode == 2
    assert "“analysis” (Python 3.12), which the notebook names, is not on this computer" in done.stderr
    assert "--kernel-python /" in done.stderr
    assert not (tmp_path / "out.ipynb").exists()


def test_one_that_is_named_on_the_command_line_and_cannot_run_cells_is_refused_with_the_reason(tmp_path: Path) -> None:
    environment = tmp_path / "analysis"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    python.unlink()
    python.symlink_to(tmp_path / "gone" / "python3")
    done = run(written(tmp_path), "--kernel-python", str(python))
    assert done.returncode == 2
    assert f"{python} cannot run cells: " in done.stderr
    assert "no program that can be run" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_one_that_is_too_old_is_refused_in_words(tmp_path: Path) -> None:
    old = tmp_path / "old"
    pretending = "import sys; sys.version = '2.7.18 (main, Apr 20 2020, 00:00:00) [GCC 9.3.0]'; exec(sys.argv[1])"
    old.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{pretending}" "$3"\n')  # after the two options of a probe
    old.chmod(0o755)
    done = run(written(tmp_path), "--kernel-python", str(old))
    assert (done.returncode, "cells need Python 3.10 or later" in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


def test_a_program_of_any_name_and_an_environments_folder_may_be_named(tmp_path: Path) -> None:
    program = tmp_path / "in_a_container"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    program.chmod(0o755)
    assert run(written(tmp_path), "--kernel-python", str(program)).returncode == 0
    environment = tmp_path / "analysis"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    assert run(written(tmp_path), "--kernel-python", str(environment)).returncode == 0
    assert str(environment / "bin" / "python") in (tmp_path / "out.ipynb").read_text()
