"""What holds for every journey: real workers and real windows on a machine that others use, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.chosen_interpreters import make_environment
from tests.support.logs import ExpectedLogs


@pytest.fixture(autouse=True)
def _machine_is_shared(expected_logs: ExpectedLogs) -> None:
    """Whether routing a message took 5 ms is for the tests of the link: here others compete for the processor."""
    expected_logs.allow("capsule.link", "over its budget")


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """One that is not found by itself, of the Python that runs the tests."""
    return make_environment(tmp_path / "elsewhere" / "analysis")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The notebook's folder, which has nothing else."""
    folder = tmp_path / "work"
    folder.mkdir()
    return folder
