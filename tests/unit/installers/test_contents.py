"""The files beside the code: where engine/session, capsule_desktop/resources and About look for them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from capsule_desktop.versions import PACKAGES
from engine.session.travelling import travelling
from installers.contents import bundled_files
from installers.project import ROOT


def _bundle() -> set[str]:
    return {str(PurePosixPath(folder) / Path(source).name) for source, folder in bundled_files()}


def test_a_bundle_has_all_that_travels_to_a_worker(tmp_path: Path) -> None:
    for name in _bundle():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    found = travelling(tmp_path)
    assert found.boot.is_file()
    for package in ("protocol", "worker"):
        own = {str(path.relative_to(ROOT)) for path in (ROOT / "engine" / package).rglob("*.py")}
        assert own <= _bundle()
    assert (tmp_path / "worker_libraries/msgpack/fallback.py").is_file()


def test_what_travels_is_plain_python() -> None:
    travels = [name for name in _bundle() if name.startswith(("engine/", "worker_libraries/"))]
    assert travels
    assert all(name.endswith(".py") for name in travels)


def test_the_rest_of_the_engine_does_not_travel() -> None:
    engine = {PurePosixPath(name).parts[1] for name in _bundle() if name.startswith("engine/")}
    assert engine == {"__init__.py", "protocol", "worker"}


def test_resources_are_where_the_application_looks() -> None:
    assert "capsule_desktop/_resources/icons/capsule-desktop.svg" in _bundle()
    assert "capsule_desktop/_resources/examples/First steps.ipynb" in _bundle()


def test_about_can_say_every_version_and_metadata_name_no_folder() -> None:
    metadata = [name for name in _bundle() if ".dist-info/" in name]
    assert all(name.endswith("/METADATA") for name in metadata)
    assert len(metadata) == len({*PACKAGES, "nbformat"} - {"ipython"})


def test_nbformat_finds_its_own_version_without_which_it_cannot_be_loaded() -> None:
    assert any(name.startswith("nbformat-") and name.endswith(".dist-info/METADATA") for name in _bundle())
