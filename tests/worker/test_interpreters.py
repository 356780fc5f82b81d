"""The worker's files compile and run under every CPython found, as it is and in a bare environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import surroundings
from tests.support.bare_environments import VERSIONS, interpreter_of
from tests.support.sources import CHECKOUT
from tests.support.worker_process import WorkerProcess

ENGINE = CHECKOUT / "engine"
FOUND = [python for version in VERSIONS if (python := interpreter_of(version)) is not None]


@pytest.mark.parametrize("python", FOUND, ids=lambda path: path.parts[-3])
def test_every_module_compiles(python: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).rglob('*.py')): compile(path.read_bytes(), str(path), 'exec')"
    )
    for room in ("protocol", "worker"):
        subprocess.run([python, "-W", "error", "-c", code, str(ENGINE / room)], check=True, timeout=30)


@pytest.mark.parametrize("python", FOUND, ids=lambda path: path.parts[-3])
def test_a_cell_runs_with_what_is_installed_there(python: Path, tmp_path: Path) -> None:
    with WorkerProcess(tmp_path, python=str(python)) as worker:
        client = worker.attach()
        assert client.text("import asyncio\nawait asyncio.sleep(0); print('here')") == "here\n"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(os.environ.get("CAPSULE_SLOW") != "1", reason="minutes for each Python: CAPSULE_SLOW=1 runs it")
def test_all_tests_of_the_worker_pass_in_a_bare_environment(bare_python: Path) -> None:
    """A run of its own, in which PYTHON of worker_process.py is that one."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/worker"]
    home = str(surroundings.REAL_HOME)  # where the run looks for other Pythons, before it takes a home of its own
    environment = {**os.environ, "HOME": home, "CAPSULE_WORKER_PYTHON": str(bare_python), "CAPSULE_SLOW": "0"}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-5000:]
