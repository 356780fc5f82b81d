"""One path that was browsed to or remembered; and hostile or broken environments: a sentence, no hang, no exception."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.interpreters.finding import Finder
from engine.interpreters.interpreter import Interpreter, Kind, Standing
from tests.support.interpreter_trees import Trees


@pytest.fixture
def trees(tmp_path: Path) -> Trees:
    return Trees(tmp_path)


def describe(trees: Trees, path: Path, notebook_folder: Path | None = None) -> Interpreter:
    return Finder(trees.home, {}, None, root=trees.root).describe(path, notebook_folder)


def folders_own(trees: Trees) -> Interpreter:
    """The one environment of home/work, as it is found and as it is described."""
    (found,) = Finder(trees.home, {}, None, root=trees.root).find(trees.home / "work")
    assert found.kind is Kind.FOLDER
    assert describe(trees, trees.home / "work/.venv").reason == found.reason
    return found


@pytest.mark.parametrize("browsed", ["", "bin", "bin/python", "bin/python3", "bin/python3.12", ".."])
def test_an_environment_is_known_by_any_of_its_paths(trees: Trees, browsed: str) -> None:
    python = trees.venv(trees.home / "work/.venv", trees.installed(trees.home / "base", "3.12.1"))
    one = describe(trees, trees.home / "work/.venv" / browsed)
    assert (one.path, one.name, one.standing) == (python, "work/.venv", Standing.USABLE)


def test_a_conda_prefix_and_a_plain_prefix_are_known_by_their_folders(trees: Trees) -> None:
    assert describe(trees, trees.conda(trees.home / "envs/geo", "3.11.9")).name == "geo"
    trees.installed(trees.home / "built", "3.12.1")
    assert describe(trees, trees.home / "built").path == trees.home / "built/bin/python3"


def test_what_lies_in_the_notebooks_folder_is_described_as_its_own(trees: Trees) -> None:
    python = trees.venv(trees.home / "work/odd", trees.installed(trees.home / "base", "3.12.1"))
    assert describe(trees, python, trees.home / "work").kind is Kind.FOLDER
    assert describe(trees, python).kind is Kind.VENV


def test_what_is_gone_says_so(trees: Trees) -> None:
    gone = describe(trees, trees.home / "gone/bin/python")
    assert (gone.standing, gone.reason) == (Standing.MISSING, f"{trees.home}/gone/bin/python is no longer there.")


@pytest.mark.parametrize(
    ("gone", "name"),
    [("work/.venv/bin/python", "work/.venv"), ("envs/geo/bin/python3", "geo"), (".local/bin/python3", "python3")],
)
def test_what_is_gone_is_called_by_its_environment(trees: Trees, gone: str, name: str) -> None:
    assert describe(trees, trees.home / gone).name == name


def test_other_programs_are_no_python(trees: Trees) -> None:
    tool = describe(trees, trees.program(trees.home / "bin/tool", "\x7fELF"))
    assert tool.standing is Standing.MISSING
    assert "choose the Python of an environment" in tool.reason


def test_a_folder_without_python_says_so(trees: Trees) -> None:
    assert describe(trees, trees.home).reason == f"There is no Python in {trees.home}."


def test_a_path_with_a_nul_is_gone(trees: Trees) -> None:
    assert describe(trees, Path("/home/a\0b/bin/python")).standing is Standing.MISSING


def test_a_python_that_may_not_be_run_says_so(trees: Trees) -> None:
    python = trees.file(trees.home / "bin/python3", "")
    assert describe(trees, python).reason == f"{python} is no program that may be run."


def test_a_fifo_instead_of_pyvenv_cfg_is_not_waited_for(trees: Trees) -> None:
    os.mkfifo(trees.folder(trees.home / "work/.venv") / "pyvenv.cfg")
    one = folders_own(trees)
    assert (one.standing, one.reason) == (
        Standing.PARTIAL,
        "The pyvenv.cfg of this environment is no ordinary file: make the environment anew.",
    )


def test_a_device_or_a_folder_instead_of_pyvenv_cfg_is_not_read(trees: Trees) -> None:
    (trees.folder(trees.home / "work/.venv") / "pyvenv.cfg").symlink_to("/dev/zero")
    assert "no ordinary file" in folders_own(trees).reason
    (trees.home / "work/.venv/pyvenv.cfg").unlink()
    trees.folder(trees.home / "work/.venv/pyvenv.cfg")
    assert "no ordinary file" in folders_own(trees).reason


def test_a_huge_pyvenv_cfg_is_not_read_to_its_end(trees: Trees) -> None:
    config = trees.file(trees.home / "work/.venv/pyvenv.cfg", "home = /usr/bin\n")
    os.truncate(config, 1 << 40)  # sparse
    assert "is far too large" in folders_own(trees).reason


def test_links_that_lead_in_circles_end_in_a_sentence(trees: Trees) -> None:
    folder = trees.folder(trees.home / "work/.venv")
    (folder / "pyvenv.cfg").symlink_to("pyvenv.cfg")
    assert "cannot be read" in folders_own(trees).reason
    (folder / "pyvenv.cfg").unlink()
    trees.file(folder / "pyvenv.cfg", f"home = {trees.home}\nversion = 3.12.1\n")
    (trees.folder(folder / "bin") / "python").symlink_to("python")
    (folder / "lib").symlink_to("lib")
    assert folders_own(trees).standing is Standing.PARTIAL


def test_garbage_bytes_are_no_configuration(trees: Trees) -> None:
    (trees.folder(trees.home / "work/.venv") / "pyvenv.cfg").write_bytes(bytes(range(256)) * 16)
    assert folders_own(trees).standing is Standing.MISSING


def test_a_folder_called_python_is_no_program(trees: Trees) -> None:
    trees.file(trees.home / "work/.venv/pyvenv.cfg", "version = 3.12.1\n")
    trees.folder(trees.home / "work/.venv/bin/python")
    one = folders_own(trees)
    assert one.standing is Standing.MISSING
    assert one.reason.endswith("is no program that may be run.")


def test_a_base_that_is_no_absolute_folder_is_gone(trees: Trees) -> None:
    base = trees.installed(trees.home / "base", "3.12.1")
    trees.venv(trees.home / "work/.venv", base, "home = ../../bin\nversion = 3.12.1\n")
    assert "make the environment anew" in folders_own(trees).reason


def test_names_are_shown_in_one_line_and_not_turned_around(trees: Trees) -> None:
    base = trees.installed(trees.home / "base", "3.12.1")
    trees.venv(trees.home / "venvs/a\nb\u202ec", base)
    assert describe(trees, trees.home / "venvs/a\nb\u202ec").name == "a\ufffdb\ufffdc"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_environment_without_rights_says_so(trees: Trees) -> None:
    config = trees.file(trees.home / "work/.venv/pyvenv.cfg", "version = 3.12.1\n")
    config.chmod(0)
    assert "cannot be read" in folders_own(trees).reason


def test_an_environment_above_the_notebook_that_is_anybodys_is_left_alone(
    trees: Trees, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .venv in /tmp must not run the cells of every notebook below it."""
    trees.venv(trees.root / "tmp/.venv", trees.installed(trees.home / "base", "3.12.1"))
    notebooks = trees.folder(trees.root / "tmp/notebooks")
    assert Finder(trees.home, {}, None, root=trees.root).find(notebooks) == ()
    trees.file(trees.root / "tmp/pyproject.toml", "")
    assert len(Finder(trees.home, {}, None, root=trees.root).find(notebooks)) == 1
    foreign = {trees.root / "tmp/.venv": 4711}
    monkeypatch.setattr("engine.interpreters.places.owner_of", lambda path: foreign.get(path, os.getuid()))
    assert Finder(trees.home, {}, None, root=trees.root).find(notebooks) == ()
