"""The versions that people report, also where a frozen application lacks the metadata of a package."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from capsule_desktop import versions
from capsule_desktop.versions import Installed


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    versions._version.cache_clear()
    yield
    versions._version.cache_clear()


def test_the_version_is_that_of_what_runs_when_a_newer_one_was_put_in_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = versions.versions()
    monkeypatch.setattr("importlib.metadata.version", lambda name: "99.0")
    assert versions.versions() == own


def test_a_package_without_metadata_costs_only_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", none)
    monkeypatch.delitem(sys.modules, "PySide6.QtCore", raising=False)
    told = dict(versions.versions())
    assert told["Capsule Desktop"] == "unknown (source checkout)"
    assert told["Qt"] == told["qasync"] == "unknown"
    assert "IPython" not in told
    assert told["Platform"]


def test_how_it_was_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert versions.installed_as() is Installed.CHECKOUT
    program, files = tmp_path / "capsule-desktop", tmp_path / "files.list"
    program.touch()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(versions, "_DEB_FILES", files)
    assert versions.installed_as() is Installed.PORTABLE
    files.write_text(f"/.\n{program}\n")
    assert versions.installed_as() is Installed.DEB


def test_a_package_that_an_index_gave_is_told_from_one_of_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(versions, "__file__", str(tmp_path / "capsule_desktop" / "versions.py"))
    metadata = tmp_path / "capsule_desktop-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: capsule-desktop\nVersion: 0.1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert versions.installed_as() is Installed.PACKAGE
    (metadata / "direct_url.json").write_text("{}")
    assert versions.installed_as() is Installed.PACKAGE_FILE
