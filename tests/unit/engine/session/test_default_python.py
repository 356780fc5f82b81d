from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.errors import WorkerStartError
from engine.session.default_python import named_python, own_python


async def test_where_nobody_chose_it_is_the_applications_own() -> None:
    assert await own_python() == sys.executable


async def test_a_frozen_application_asks_for_an_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(WorkerStartError, match="choose an interpreter"):
        await own_python()


async def test_a_named_one_is_found_on_the_path_and_its_links_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python-of-mine").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await named_python("python-of-mine") == str(tmp_path / "python-of-mine")


async def test_what_is_no_program_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(WorkerStartError, match="no program"):
        await named_python(str(tmp_path / "nothing"))
