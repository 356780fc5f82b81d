"""Which Python `capsule-desktop run` starts where none is named: said, and never asked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.notebooks import as_bytes, code, notebook

LIMIT_S = 60
WHERE = "import sys\nprint(sys.executable)"


def run(file: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "capsule_desktop", "run", str(file), "-o", str(file.with_name("out.ipynb"))]
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


def test_the_applications_own_runs_it_without_a_word(tmp_path: Path) -> None:
    done = run(written(tmp_path))
    assert (done.returncode, "cells run in" in done.stderr) == (0, False), done.stderr
    assert sys.executable in (tmp_path / "out.ipynb").read_text()


def test_one_that_is_named_and_not_there_is_refused_with_the_nearest(tmp_path: Path) -> None:
    named = {"interpreter": {"name": "analysis", "version": "3.12"}}
    done = run(written(tmp_path, capsule=named))
    assert done.returncode == 2
    assert "“analysis” (Python 3.12), which the notebook names, is not on this computer" in done.stderr
    assert "--kernel-python /" in done.stderr
    assert not (tmp_path / "out.ipynb").exists()
