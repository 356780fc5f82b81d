"""The build's own refusals, which need nothing built."""

from __future__ import annotations

from pathlib import Path

import pytest

from installers import build
from installers.freezing import BuildError
from installers.linux import icu_data
from installers.project import ROOT


def test_a_missing_program_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(icu_data, "SYSTEM_PROGRAMS", "/nonexistent")
    with pytest.raises(
        BuildError, match=r"^as, dpkg-deb, icupkg, .*strip not found; run: sh installers/dev\.sh build deb"
    ):
        build.build(["deb"])


def test_another_system_is_told_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.system", lambda: "Windows")
    with pytest.raises(BuildError, match=r"installers/README\.md"):
        build.build(["tar"])


def test_what_names_the_checkout_is_not_packed(tmp_path: Path) -> None:
    (tmp_path / "clean").write_text("usr/lib")
    build._hold_no_build_path(tmp_path)
    (tmp_path / "stained.pyc").write_bytes(b"\0" + str(ROOT).encode() + b"\0")
    with pytest.raises(BuildError, match=r"stained\.pyc"):
        build._hold_no_build_path(tmp_path)
