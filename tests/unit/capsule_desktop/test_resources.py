from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from capsule_desktop import resources


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    resources.resources_root.cache_clear()
    resources.resource_bytes.cache_clear()
    yield
    resources.resources_root.cache_clear()
    resources.resource_bytes.cache_clear()


def test_a_checkout_has_them_beside_the_package() -> None:
    root = resources.resources_root()
    assert root.name == "resources"
    assert {"fonts", "icons", "examples"} <= {path.name for path in root.iterdir()}


def test_a_wheel_or_frozen_build_has_them_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "capsule_desktop"
    (package / "_resources" / "icons").mkdir(parents=True)
    (package / "_resources" / "icons" / "a.svg").write_bytes(b"<svg/>")
    monkeypatch.setattr(resources, "__file__", str(package / "resources.py"))
    assert resources.resource_bytes("icons/a.svg") == b"<svg/>"
    assert [path.name for path in resources.resource_files("icons", ".svg")] == ["a.svg"]


def test_icons_that_are_held_stay_when_their_files_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    icons = tmp_path / "capsule_desktop" / "_resources" / "icons"
    icons.mkdir(parents=True)
    (icons / "a.svg").write_bytes(b"<svg/>")
    monkeypatch.setattr(resources, "__file__", str(tmp_path / "capsule_desktop" / "resources.py"))
    resources.hold_icons()
    (icons / "a.svg").unlink()
    assert resources.resource_bytes("icons/a.svg") == b"<svg/>"


def test_a_missing_file_is_an_error_that_names_it() -> None:
    with pytest.raises(FileNotFoundError, match=r"no-such\.svg"):
        resources.resource_bytes("icons/no-such.svg")
