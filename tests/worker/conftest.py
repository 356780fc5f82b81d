"""A shared worker for tests that leave it as they found it, and workers of their own for the others."""

from __future__ import annotations

import functools
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.bare_environments import bare_environments as bare_environments
from tests.support.bare_environments import bare_python as bare_python
from tests.support.worker_process import PYTHON, Client, WorkerProcess


@functools.cache
def has(module: str) -> bool:
    """Whether the Python that these tests run workers in has that module."""
    code = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)"
    return subprocess.run([PYTHON, "-c", code, module], check=False, timeout=60).returncode == 0


@pytest.fixture(autouse=True)
def _has_what_it_needs(request: pytest.FixtureRequest) -> None:
    for marker in request.node.iter_markers("needs"):
        if not has(marker.args[0]):
            pytest.skip(f"the worker's Python has no {marker.args[0]}")


@pytest.fixture(scope="module")
def shared_worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    with WorkerProcess(tmp_path_factory.mktemp("w")) as worker:
        yield worker


@pytest.fixture(scope="module")
def client(shared_worker: WorkerProcess) -> Client:
    return shared_worker.attach()


@pytest.fixture
def start_worker(tmp_path: Path) -> Iterator[Callable[..., WorkerProcess]]:
    """Starts workers in folders of their own; they end with the test."""
    with ExitStack() as stack:
        started: list[WorkerProcess] = []

        def start(**options: object) -> WorkerProcess:
            folder = tmp_path / str(len(started))
            folder.mkdir()
            worker = stack.enter_context(WorkerProcess(folder, **options))  # type: ignore[arg-type]  # passed on
            started.append(worker)
            return worker

        yield start


@pytest.fixture
def worker(start_worker: Callable[..., WorkerProcess]) -> WorkerProcess:
    return start_worker()
