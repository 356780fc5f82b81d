"""What is left out of a frozen build."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from installers.project import ROOT
from installers.trimming import EXCLUDED_MODULES, is_systems_library, is_wanted_file, needed

PLUGINS = "PySide6/Qt/plugins"


@pytest.mark.parametrize(
    "name",
    [
        f"{PLUGINS}/platforms/libqxcb.so",
        f"{PLUGINS}/platforms/libqwayland.so",
        f"{PLUGINS}/platforms/libqoffscreen.so",
        f"{PLUGINS}/imageformats/libqsvg.so",
        f"{PLUGINS}/imageformats/libqjpeg.so",
        f"{PLUGINS}/platforminputcontexts/libibusplatforminputcontextplugin.so",
        "PySide6\\plugins\\platforms\\qwindows.dll",
        "nbformat/v4/nbformat.v4.5.schema.json",
        "engine/worker/boot.py",
        "worker_libraries/msgpack/fallback.py",
    ],
)
def test_what_is_used_is_kept(name: str) -> None:
    assert is_wanted_file(name)


@pytest.mark.parametrize(
    "name",
    [
        f"{PLUGINS}/platforms/libqeglfs.so",
        f"{PLUGINS}/platformthemes/libqgtk3.so",
        f"{PLUGINS}/imageformats/libqpdf.so",
        f"{PLUGINS}/tls/libqopensslbackend.so",
        "PySide6/Qt/translations/qt_de.qm",
        "PySide6/Qt/qml/QtQuick/qmldir",
        "engine/worker/__pycache__/boot.cpython-312.pyc",
        "msgspec/__init__.pyi",
    ],
)
def test_what_is_not_used_is_left_out(name: str) -> None:
    assert not is_wanted_file(name)


def test_only_pythons_and_qts_own_libraries_are_bundled() -> None:
    own = [
        "libpython3.12.so.1.0",
        "PySide6/Qt/lib/libicudata.so.73",
        f"{PLUGINS}/platforms/libqxcb.so",
        "msgspec/_core.so",
    ]
    assert not any(is_systems_library(name) for name in own)
    assert all(is_systems_library(name) for name in ["libssl.so.3", "libX11.so.6", "libfontconfig.so.1"])


def test_a_qt_library_stays_as_long_as_something_that_stays_needs_it() -> None:
    names = [
        f"{PLUGINS}/platforms/libqxcb.so",
        *(f"PySide6/Qt/lib/libQt6{part}.so.6" for part in ("XcbQpa", "Gui", "Core", "Pdf", "Quick")),
    ]
    needs = {
        "libqxcb.so": ["libQt6XcbQpa.so.6"],
        "libQt6XcbQpa.so.6": ["libQt6Gui.so.6"],
        "libQt6Gui.so.6": ["libQt6Core.so.6"],
    }
    needs["libQt6Pdf.so.6"] = ["libQt6Quick.so.6"]
    kept = needed(names, lambda name: needs.get(Path(name).name, []))
    assert [Path(name).name for name in kept] == [
        "libqxcb.so",
        "libQt6XcbQpa.so.6",
        "libQt6Gui.so.6",
        "libQt6Core.so.6",
    ]


def test_the_application_imports_nothing_that_is_excluded() -> None:
    """The worker may: it is shipped as source, and runs in the user's Python."""
    for package in ("capsule_desktop", "engine"):
        for path in (ROOT / package).rglob("*.py"):
            if "worker" not in path.relative_to(ROOT).parts[1:2]:
                assert _imported(path) & set(EXCLUDED_MODULES) == set(), path


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names | {name.split(".")[0] for name in names}
