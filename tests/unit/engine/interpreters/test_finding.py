"""The Finder over made-up trees: what it finds, once each, in which order, and what it says of broken ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.interpreters.finding import Finder
from engine.interpreters.interpreter import Interpreter, Kind, Standing
from tests.support.interpreter_trees import Trees


@pytest.fixture
def trees(tmp_path: Path) -> Trees:
    return Trees(tmp_path)


def finder(trees: Trees, own: Path | None = None, **environment: str) -> Finder:
    return Finder(trees.home, environment, own, root=trees.root)


def found_in(trees: Trees, notebook_folder: Path | None = None, **environment: str) -> list[tuple[Kind, str]]:
    return [(one.kind, one.name) for one in finder(trees, **environment).find(notebook_folder)]


def only(found: tuple[Interpreter, ...]) -> Interpreter:
    assert len(found) == 1
    return found[0]


def test_nothing_is_found_where_nothing_is(trees: Trees) -> None:
    assert found_in(trees, trees.home / "work") == []


def test_the_folders_own_comes_first_and_the_applications_last(trees: Trees) -> None:
    base = trees.installed(trees.root / "usr", "3.11.2")
    trees.installed(trees.home / ".pyenv/versions/3.12.1", "3.12.1")
    trees.venv(trees.home / ".virtualenvs/analysis", base)
    trees.venv(trees.home / "work/.venv", base)
    own = trees.venv(trees.home / "checkout/.venv", base)
    found = finder(trees, own).find(trees.home / "work")
    assert [(one.kind, one.name) for one in found] == [
        (Kind.FOLDER, ".venv"),
        (Kind.VENV, "analysis"),
        (Kind.PYENV, "Python 3.12.1"),
        (Kind.SYSTEM, "Python 3.11"),
        (Kind.OWN, "Capsule Desktop’s own Python"),
    ]
    assert {one.standing for one in found} == {Standing.USABLE}


def test_an_environment_is_looked_for_upwards_to_where_the_project_begins(trees: Trees) -> None:
    base = trees.installed(trees.home / "base", "3.11.2")
    trees.venv(trees.home / "outside/.venv", base)
    trees.venv(trees.home / "outside/project/venv", base)
    trees.file(trees.home / "outside/project/pyproject.toml", "")
    notebooks = trees.folder(trees.home / "outside/project/notebooks")
    assert found_in(trees, notebooks) == [(Kind.FOLDER, "project/venv")]


def test_one_bins_names_and_links_between_bins_are_one(trees: Trees) -> None:
    trees.installed(trees.root / "usr", "3.11.2")
    (trees.root / "bin").symlink_to("usr/bin")
    one = only(finder(trees, PATH=f"{trees.root}/bin:{trees.root}/usr/bin:relative:").find(None))
    assert one.path == trees.root / "usr/bin/python3"
    assert one.version == "3.11.2"


def test_shims_are_no_interpreters(trees: Trees) -> None:
    shims = trees.folder(trees.home / "tool/shims")
    trees.program(shims / "python3", "#!/bin/sh\n")
    wrappers = trees.folder(trees.home / "wrappers")
    trees.program(wrappers / "python3", "#!/bin/sh\n")
    assert found_in(trees, PATH=f"{shims}:{wrappers}") == []


def test_a_virtual_environments_python_is_not_resolved_into_its_base(trees: Trees) -> None:
    base = trees.installed(trees.home / ".pyenv/versions/3.12.1", "3.12.1")
    python = trees.venv(trees.home / ".virtualenvs/a", base)
    trees.venv(trees.home / ".virtualenvs/b", base)
    found = finder(trees).find(None)
    assert [one.name for one in found] == ["a", "b", "Python 3.12.1"]
    assert found[0].path == python


def test_the_active_environment_comes_before_others(trees: Trees) -> None:
    base = trees.installed(trees.home / "base", "3.12.1")
    trees.venv(trees.home / ".virtualenvs/a", base, packages={"numpy": "2.0"})
    trees.venv(trees.home / "elsewhere/mine", base)
    assert found_in(trees, VIRTUAL_ENV=str(trees.home / "elsewhere/mine")) == [(Kind.VENV, "mine"), (Kind.VENV, "a")]


def test_uvs_environments_and_pythons_are_of_uv(trees: Trees) -> None:
    base = trees.installed(trees.home / ".local/share/uv/python/cpython-3.13.0-linux-x86_64-gnu", "3.13.0")
    (base.parent.parent.parent / "cpython-3.13-linux-x86_64-gnu").symlink_to(base.parent.parent)
    trees.venv(trees.home / ".venvs/fast", base, "home = {home}\nuv = 0.9.1\nversion_info = 3.13.0\n")
    assert found_in(trees) == [(Kind.UV, "fast"), (Kind.UV, "Python 3.13.0")]


def test_conda_tells_versions_and_names(trees: Trees) -> None:
    trees.conda(trees.home / "miniforge3", "3.12.4", packages={"numpy": "2.1.0"}, is_base=True)
    trees.conda(trees.home / "miniforge3/envs/geo", "3.11.9")
    far = trees.conda(trees.home / "far/away", "3.10.14")
    trees.file(trees.home / ".conda/environments.txt", f"{far}\n{trees.home}/gone\n")
    found = {one.name: one for one in finder(trees).find(None)}
    assert {name: (one.kind, one.version, one.is_managed) for name, one in found.items()} == {
        "base": (Kind.CONDA, "3.12.4", True),
        "geo": (Kind.CONDA, "3.11.9", True),
        "away": (Kind.CONDA, "3.10.14", True),
    }
    assert found["base"].packages == {"numpy": "2.1.0"}


def test_a_conda_environment_of_the_notebooks_folder_is_condas_still(trees: Trees) -> None:
    folder = trees.folder(trees.home / "work")
    trees.conda(folder / "env", "3.12.4")
    trees.conda(folder / "elsewhere/geo", "3.11.9")
    trees.file(folder / "pyproject.toml", "")
    trees.file(trees.home / ".conda/environments.txt", f"{folder}/elsewhere/geo\n")
    found = {one.name: (one.kind, one.is_conda) for one in finder(trees, PATH="").find(folder)}
    assert found == {"env": (Kind.FOLDER, True), "geo": (Kind.FOLDER, True)}


def test_packages_of_the_base_count_where_the_environment_sees_them(trees: Trees) -> None:
    base = trees.installed(trees.root / "usr", "3.11.2")
    trees.folder(trees.root / "usr/lib/python3/dist-packages/numpy-1.24.2.egg-info")
    trees.folder(trees.root / "usr/local/lib/python3.11/dist-packages/pandas-2.2.0.dist-info")
    trees.folder(trees.home / ".local/lib/python3.11/site-packages/IPython-8.5.0.dist-info")
    config = "home = {home}\nversion = 3.11.2\ninclude-system-site-packages = true\n"
    trees.venv(trees.home / "venvs/sees", base, config, packages={"numpy": "2.0.0"})
    trees.venv(trees.home / "venvs/sees_not", base)
    packages = {one.name: dict(one.packages) for one in finder(trees, PATH="").find(None)}
    assert packages == {
        "sees": {"numpy": "2.0.0", "pandas": "2.2.0", "ipython": "8.5.0"},
        "sees_not": {},
        "Python 3.11": {"numpy": "1.24.2", "pandas": "2.2.0", "ipython": "8.5.0"},
    }


def test_a_system_that_others_manage_says_so(trees: Trees) -> None:
    trees.installed(trees.root / "usr", "3.11.2")
    trees.file(trees.root / "usr/lib/python3.11/EXTERNALLY-MANAGED", "")
    trees.folder(trees.root / "usr/lib/python3.11/venv")
    one = only(finder(trees).find(None))
    assert (one.is_managed, one.has_pip, one.has_venv, one.has_ensurepip) == (True, False, True, False)


def test_a_python_that_is_too_old_is_shown_with_the_reason(trees: Trees) -> None:
    trees.installed(trees.home / ".pyenv/versions/3.8.18", "3.8.18")
    one = only(finder(trees).find(None))
    assert (one.standing, one.reason) == (
        Standing.PARTIAL,
        "This is Python 3.8.18; cells need Python 3.10 or later.",
    )


@pytest.mark.parametrize(
    ("folder", "version", "called"),
    [
        ("3.7.16", "3.7.16", "Python 3.7.16"),  # its headers are in include/python3.7m
        ("3.12", "3.12.1", "Python 3.12.1"),
        ("3.14.0rc1", "3.14.0rc1", "Python 3.14.0rc1"),
        ("3.11.2", "3.12.1", "3.11.2"),  # somebody called it so
        ("work", "3.12.1", "work"),
    ],
)
def test_what_a_version_manager_installed_is_called_by_its_version(
    trees: Trees, folder: str, version: str, called: str
) -> None:
    prefix = trees.home / ".pyenv/versions" / folder
    trees.installed(prefix, version)
    minor = ".".join(version.split(".")[:2])
    if minor == "3.7":
        (prefix / f"include/python{minor}").rename(prefix / f"include/python{minor}m")
    one = only(finder(trees).find(None))
    assert (one.name, one.version) == (called, version)


def test_one_that_is_installed_without_headers_is_called_by_its_folder(trees: Trees) -> None:
    trees.installed(trees.home / ".pyenv/versions/3.12.1", "3.12.1")
    shutil.rmtree(trees.home / ".pyenv/versions/3.12.1/include")
    assert only(finder(trees).find(None)).name == "Python 3.12.1"


def test_pypy_is_not_the_usual_python(trees: Trees) -> None:
    trees.program(trees.home / ".pyenv/versions/pypy3.10-7.3.15/bin/pypy3", "ELF")
    (trees.home / ".pyenv/versions/pypy3.10-7.3.15/bin/python").symlink_to("pypy3")
    one = only(finder(trees).find(None))
    assert (one.name, one.standing) == ("pypy3.10-7.3.15", Standing.PARTIAL)
    assert "PyPy" in one.reason


def test_an_environment_whose_base_has_gone_says_so(trees: Trees) -> None:
    gone = trees.installed(trees.home / "base", "3.12.1")
    python = trees.venv(trees.home / "venvs/left", gone)
    gone.unlink()
    one = only(finder(trees).find(None))
    assert (one.path, one.standing) == (python, Standing.PARTIAL)
    assert one.reason.endswith("is gone: make the environment anew.")


def test_what_lies_in_the_project_is_the_folders_own_wherever_it_was_found(trees: Trees) -> None:
    """Else it would be run before the notebook is trusted."""
    base = trees.installed(trees.home / "base", "3.12.1")
    trees.folder(trees.home / "work/.git")
    trees.venv(trees.home / "work/tools/odd", base)
    assert found_in(trees, trees.home / "work/notebooks", PATH=f"{trees.home}/work/tools/odd/bin") == [
        (Kind.FOLDER, "odd")
    ]


def test_a_notebook_in_the_home_folder_leaves_the_users_environments_their_kinds(trees: Trees) -> None:
    base = trees.installed(trees.home / ".pyenv/versions/3.12.1", "3.12.1")
    trees.venv(trees.home / ".venv", base)
    assert found_in(trees, trees.home) == [(Kind.FOLDER, ".venv"), (Kind.PYENV, "Python 3.12.1")]
