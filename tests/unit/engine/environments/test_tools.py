from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.environments import tools
from engine.environments.tools import find_tools, find_uv
from engine.interpreters.interpreter import Interpreter, Kind


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "_SYSTEM_FOLDERS", ())


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def _interpreter(home: Path) -> Interpreter:
    return Interpreter(path=home / "bin/python", name="made", kind=Kind.CONDA, home=home, version="3.12.4")


def test_uv_is_found_where_people_have_it_though_the_desktops_path_is_shorter(tmp_path: Path) -> None:
    uv = _program(tmp_path / ".local/bin/uv")
    assert find_uv({"PATH": str(tmp_path / "nothing")}, tmp_path) == uv


def test_the_users_path_comes_first_without_shims_and_what_is_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path / "home/.local/bin/uv")
    _program(tmp_path / "shims/uv")
    _program(tmp_path / "notebooks/uv")
    wanted = _program(tmp_path / "tools/uv")
    monkeypatch.chdir(tmp_path)
    path = f"notebooks:{tmp_path / 'shims'}:{tmp_path / 'tools'}"
    assert find_uv({"PATH": path}, tmp_path / "home") == wanted


@pytest.mark.parametrize("root", ["miniforge", "mambaforge3", ".conda"])
def test_conda_is_looked_for_wherever_its_environments_are_found(tmp_path: Path, root: str) -> None:
    (tmp_path / root / "conda-meta").mkdir(parents=True)
    conda = _program(tmp_path / root / "condabin/conda")
    assert find_tools(_interpreter(tmp_path / "elsewhere"), {}, tmp_path).conda == conda


def test_the_installation_that_an_environment_belongs_to_changes_it(tmp_path: Path) -> None:
    for root in ("miniconda3", "work/conda"):
        (tmp_path / root / "conda-meta").mkdir(parents=True)
        _program(tmp_path / root / "bin/conda")
    found = find_tools(_interpreter(tmp_path / "work/conda/envs/analysis"), {}, tmp_path)
    assert found.conda == tmp_path / "work/conda/bin/conda"


def test_a_conda_that_is_named_by_a_relative_path_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "conda")
    monkeypatch.chdir(tmp_path)
    assert find_tools(_interpreter(tmp_path / "made"), {"CONDA_EXE": "conda"}, tmp_path / "home").conda is None


def test_packages_may_be_written_where_one_of_their_folders_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library, local = (tmp_path / name for name in ("lib/python3/dist-packages", "local/lib/python3.12/dist-packages"))
    forbidden = {library}
    access = os.access
    # not by chmod: root may write everything
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) not in forbidden and access(path, mode))
    one = _interpreter(tmp_path)
    assert find_tools(one, {}, tmp_path).may_write  # of no known layout: the attempt tells
    library.mkdir(parents=True)
    assert not find_tools(one, {}, tmp_path).may_write
    local.mkdir(parents=True)
    assert find_tools(one, {}, tmp_path).may_write
    forbidden.add(local)
    assert not find_tools(one, {}, tmp_path).may_write
