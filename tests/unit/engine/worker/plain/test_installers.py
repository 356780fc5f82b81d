"""What is named to install into a Python without pip is there, and works."""

from __future__ import annotations

import importlib.util
import sys
import sysconfig
from pathlib import Path

import pytest

from engine.worker.plain.installers import instead_of_pip


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A Python without ensurepip that nobody manages."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path))


def put(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.mark.usefixtures("programs", "bare")
def test_where_nothing_installs_a_new_environment_is_named() -> None:
    assert "Change Interpreter" in instead_of_pip()
    assert "%uv" not in instead_of_pip()


@pytest.mark.usefixtures("bare")
def test_a_uv_that_does_not_work_is_not_named(programs: Path) -> None:
    put(programs / "uv", "echo 'uv: command not found' >&2; exit 127")
    assert "%uv" not in instead_of_pip()
    put(programs / "uv", "echo uv 0.8")
    assert "Run `%uv pip install …` instead" in instead_of_pip()


def test_ensurepip_is_named_where_it_is_there(bare: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    assert instead_of_pip().startswith(f"Run `!{sys.executable} -m ensurepip`")


def test_nothing_is_put_into_the_systems_python(bare: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    assert "belongs to the system" in instead_of_pip()
