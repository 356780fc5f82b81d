"""Where no cells can be run, nobody is asked for a Python and none is started."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from engine.errors import WorkerStartError
from engine.session.launch import Launcher
from engine.session.supported_system import NOT_YET, must_run_cells, runs_cells


def test_cells_can_be_run_here() -> None:
    assert runs_cells()
    must_run_cells()


async def test_no_python_is_started_where_none_could_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = Launcher(tmp_path / "run")
    monkeypatch.delattr(socket, "AF_UNIX")
    with pytest.raises(WorkerStartError, match=NOT_YET):
        await launcher.launch("python")
    assert not (tmp_path / "run").exists()
