from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import WorkerStartError
from engine.session.travelling import travelling

PARTS = (
    "engine/worker/boot.py",
    "worker_libraries/msgpack/__init__.py",
    "worker_libraries/cloudpickle/__init__.py",
)


def bundle(folder: Path, *, without: str = "") -> Path:
    for part in PARTS:
        if part != without:
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            (folder / part).touch()
    return folder


def test_a_checkout_takes_the_packages_that_it_runs_with_itself() -> None:
    found = travelling(None)
    assert found.boot.is_file()
    assert (found.engine / "protocol" / "codec.py").is_file()
    assert (found.msgpack / "fallback.py").is_file()
    assert (found.cloudpickle / "cloudpickle.py").is_file()


def test_a_frozen_application_takes_the_plain_files_in_its_bundle(tmp_path: Path) -> None:
    found = travelling(bundle(tmp_path))
    assert found.boot == tmp_path / "engine" / "worker" / "boot.py"
    assert found.msgpack == tmp_path / "worker_libraries" / "msgpack"
    assert found.cloudpickle == tmp_path / "worker_libraries" / "cloudpickle"


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_missing_is_told_by_its_path(tmp_path: Path, part: str) -> None:
    with pytest.raises(WorkerStartError, match="not installed whole") as raised:
        travelling(bundle(tmp_path, without=part))
    assert str(tmp_path / part) in str(raised.value)
