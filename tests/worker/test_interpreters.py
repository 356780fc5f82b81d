"""The worker's files import and run under every CPython found."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support import surroundings
from tests.support.worker_process import Client, WorkerProcess

ENGINE = Path(__file__).parents[2] / "engine"


def interpreters() -> list[Path]:
    versions = surroundings.REAL_HOME / ".pyenv" / "versions"
    return sorted(versions.glob("3.1[0-4].*/bin/python"))


@pytest.mark.parametrize("python", interpreters(), ids=lambda path: path.parts[-3])
def test_every_module_compiles(python: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).rglob('*.py')): compile(path.read_bytes(), str(path), 'exec')"
    )
    for room in ("protocol", "worker"):
        subprocess.run([python, "-c", code, str(ENGINE / room)], check=True, timeout=30)


@pytest.mark.parametrize("python", interpreters(), ids=lambda path: path.parts[-3])
def test_a_cell_runs(python: Path, tmp_path: Path) -> None:
    needs = "import IPython, msgpack, cloudpickle, matplotlib_inline"
    if subprocess.run([python, "-c", needs], capture_output=True, timeout=60, check=False).returncode:
        pytest.skip("it has no IPython, msgpack, cloudpickle and matplotlib-inline")
    with WorkerProcess(tmp_path, python=str(python)) as worker:
        client: Client = worker.attach()
        assert client.text("import asyncio\nawait asyncio.sleep(0); print('here')") == "here\n"
