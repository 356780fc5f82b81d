"""A frozen application's late imports come from its own archives, also after a newer version has replaced them."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from capsule_desktop import held_archives

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a file that runs is not replaced")

# A process as a frozen one is: modules come from an archive of PyInstaller's and from a zip of the standard library's
APPLICATION = """
import os, sys, types
from PyInstaller.loader.pyimod01_archive import ZlibArchiveReader
sys.frozen, pyz, library = True, *sys.argv[2:4]
sys.modules["pyimod02_importers"] = types.SimpleNamespace(pyz_archive=ZlibArchiveReader(pyz))
sys.path.append(library)
import bundled.early
if sys.argv[1] == "holds":
    from capsule_desktop.held_archives import hold
    hold()
os.replace(pyz + ".new", pyz)
os.replace(library + ".new", library)
import bundled.late
code = sys.modules["pyimod02_importers"].pyz_archive.extract("late")
print(bundled.late.version, eval(code))
"""


def pyz(path: Path, version: str, modules: int) -> None:
    from PyInstaller.archive.writers import ZlibArchiveWriter

    names = [f"m{number}" for number in range(modules)]
    entries = [(name, f"/{name}.py", "PYMODULE") for name in [*names, "late"]]
    codes = {name: compile(repr(version), f"{name}.py", "eval") for name in [*names, "late"]}
    ZlibArchiveWriter(str(path), entries, codes)


def library(path: Path, version: str, modules: int) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(modules):
            archive.writestr(f"bundled/m{number}.py", "")
        for name in ("__init__", "early", "late"):
            archive.writestr(f"bundled/{name}.py", f"version = {version!r}")


@pytest.mark.parametrize("way", ["holds", "does not hold"])
def test_what_is_imported_after_an_upgrade_is_of_the_version_that_runs(tmp_path: Path, way: str) -> None:
    pytest.importorskip("PyInstaller", reason="of the group that builds packages")
    old, zipped = tmp_path / "program", tmp_path / "base_library.zip"
    pyz(old, "old", 0)
    library(zipped, "old", 0)
    pyz(tmp_path / "program.new", "newer", 40)
    library(tmp_path / "base_library.zip.new", "newer", 40)
    command = [sys.executable, "-c", APPLICATION, way, str(old), str(zipped)]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(held_archives.__file__).parents[1])},
    )
    if way == "holds":
        assert (done.stdout, done.stderr) == ("old old\n", "")
    else:
        assert done.returncode != 0  # else this test would show nothing


def test_a_checkout_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("it opens something"))
    held_archives.hold()
