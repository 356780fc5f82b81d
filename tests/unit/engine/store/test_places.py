"""Whose folder is whose: after moves, copies, replacements, and with nothing made by looking."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store.places import Place, claim, file_of, find, follow, saved_as, unsaved


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    return tmp_path / "state" / "notebooks"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def write(path: Path) -> Path:
    path.write_text("{}")
    return path


def claimed(notebooks: Path, path: Path, capsule_id: str = "") -> Place:
    place = find(notebooks, path, capsule_id)
    claim(place)
    return place


def everything_in(folder: Path) -> list[tuple[str, bytes]]:
    return sorted((str(path), path.read_bytes()) for path in folder.rglob("*") if path.is_file())


def test_looking_makes_nothing(notebooks: Path, files: Path) -> None:
    find(notebooks, write(files / "a.ipynb"), "id-a")
    unsaved(notebooks)
    assert not notebooks.exists()


def test_a_notebook_is_found_again_by_its_path(notebooks: Path, files: Path) -> None:
    first = claimed(notebooks, write(files / "a.ipynb"))
    assert find(notebooks, files / "a.ipynb", "") == first
    assert find(notebooks, files / "a.ipynb", "id-a").folder == first.folder  # the first save gave it an id


def test_two_processes_that_look_for_a_new_notebook_find_the_same_folder(notebooks: Path, files: Path) -> None:
    path = write(files / "a.ipynb")
    assert find(notebooks, path, "id-a").store_id == find(notebooks, path, "id-a").store_id


def test_a_notebook_that_was_moved_keeps_its_folder(notebooks: Path, files: Path) -> None:
    first = claimed(notebooks, write(files / "a.ipynb"), "id-a")
    (files / "a.ipynb").rename(files / "b.ipynb")
    moved = claimed(notebooks, files / "b.ipynb", "id-a")
    assert (moved.folder, moved.capsule_id) == (first.folder, "id-a")
    write(files / "a.ipynb")  # and a new notebook in its old place has none of it
    assert find(notebooks, files / "a.ipynb", "").folder != first.folder


def test_a_copy_begins_with_an_empty_folder_and_an_id_of_its_own(notebooks: Path, files: Path) -> None:
    first = claimed(notebooks, write(files / "a.ipynb"), "id-a")
    copy = claimed(notebooks, write(files / "b.ipynb"), "id-a")
    assert copy.folder != first.folder
    assert copy.capsule_id not in ("", "id-a")
    assert find(notebooks, files / "b.ipynb", "id-a") == copy  # not saved since
    assert find(notebooks, files / "b.ipynb", copy.capsule_id).folder == copy.folder  # saved
    assert find(notebooks, files / "a.ipynb", "id-a") == first


def test_a_copy_that_was_not_saved_keeps_its_folder_when_the_original_goes(notebooks: Path, files: Path) -> None:
    claimed(notebooks, write(files / "a.ipynb"), "id-a")
    copy = claimed(notebooks, write(files / "b.ipynb"), "id-a")
    (files / "a.ipynb").unlink()
    assert find(notebooks, files / "b.ipynb", "id-a").folder == copy.folder


def test_another_version_in_its_place_keeps_the_folder(notebooks: Path, files: Path) -> None:
    """Its unsaved edits are there, and must be found."""
    first = claimed(notebooks, write(files / "a.ipynb"), "id-a")
    replaced = find(notebooks, files / "a.ipynb", "id-of-a-colleague")
    assert (replaced.folder, replaced.capsule_id) == (first.folder, "id-of-a-colleague")


def test_a_copy_of_another_notebook_over_it_keeps_its_own_folder_and_id(notebooks: Path, files: Path) -> None:
    claimed(notebooks, write(files / "other.ipynb"), "id-o")
    first = claimed(notebooks, write(files / "a.ipynb"), "id-a")
    shutil.copy(files / "other.ipynb", files / "a.ipynb")
    copied = find(notebooks, files / "a.ipynb", "id-o")
    assert (copied.folder, copied.capsule_id) == (first.folder, "id-a")


def test_another_notebook_moved_over_it_brings_its_own_folder(notebooks: Path, files: Path) -> None:
    other = claimed(notebooks, write(files / "other.ipynb"), "id-o")
    claimed(notebooks, write(files / "a.ipynb"), "id-a")
    (files / "other.ipynb").replace(files / "a.ipynb")
    assert claimed(notebooks, files / "a.ipynb", "id-o").folder == other.folder
    assert find(notebooks, files / "a.ipynb", "id-o").folder == other.folder


def test_a_link_to_a_notebook_is_that_notebook(notebooks: Path, files: Path) -> None:
    first = claimed(notebooks, write(files / "a.ipynb"), "id-a")
    (files / "soft.ipynb").symlink_to(files / "a.ipynb")
    (files / "hard.ipynb").hardlink_to(files / "a.ipynb")
    assert find(notebooks, files / "soft.ipynb", "id-a").folder == first.folder
    assert find(notebooks, files / "hard.ipynb", "id-a").folder == first.folder


def test_an_unsaved_notebook_keeps_its_folder_when_it_is_saved(notebooks: Path, files: Path) -> None:
    place = unsaved(notebooks)
    claim(place)
    assert unsaved(notebooks, place.store_id) == place
    claim(saved_as(place, write(files / "a.ipynb"), "id-a"))
    assert find(notebooks, files / "a.ipynb", "id-a").folder == place.folder


def test_claiming_twice_writes_once(notebooks: Path, files: Path) -> None:
    place = claimed(notebooks, write(files / "a.ipynb"), "id-a")
    before = everything_in(notebooks)
    claim(place)
    assert everything_in(notebooks) == before
    assert [path.name for path in place.folder.iterdir()] == ["about.json"]
    assert (place.folder.stat().st_mode & 0o777, (place.folder / "about.json").stat().st_mode & 0o777) == (0o700, 0o600)


@pytest.mark.parametrize("about", [b"", b"{", b"[]", b"null", b'{"path": 1}', b"\xff" * 20, b"[" * 100_000])
def test_a_folder_that_does_not_say_whose_it_is_is_left_to_its_path(notebooks: Path, files: Path, about: bytes) -> None:
    place = claimed(notebooks, write(files / "a.ipynb"), "id-a")
    (place.folder / "about.json").write_bytes(about)
    assert find(notebooks, files / "a.ipynb", "id-a") == place


def test_a_place_that_cannot_be_written_says_so_in_words(notebooks: Path, files: Path) -> None:
    notebooks.parent.mkdir()
    notebooks.write_text("a file is in the way")
    with pytest.raises(StoreError, match="since a file is in the way. The notebook file itself is not touched"):
        claim(find(notebooks, write(files / "a.ipynb"), ""))


def test_what_is_written_names_the_path_and_the_id(notebooks: Path, files: Path) -> None:
    place = claimed(notebooks, write(files / "a.ipynb"), "id-a")
    about = json.loads((place.folder / "about.json").read_bytes())
    assert (about["store_id"], about["path"], about["capsule_id"]) == (place.store_id, str(files / "a.ipynb"), "id-a")


def test_a_notebook_that_was_saved_under_another_name_is_found_by_its_folder(notebooks: Path, files: Path) -> None:
    old, new = write(files / "a.ipynb"), write(files / "b.ipynb")
    place = claimed(notebooks, old, "id-a")
    assert file_of(notebooks, place.store_id, old) == old
    claim(saved_as(place, new, "id-b"))
    assert file_of(notebooks, place.store_id, old) == new
    assert file_of(notebooks, place.store_id, None) == new
    assert file_of(notebooks, "", old) == old
    new.unlink()
    assert file_of(notebooks, place.store_id, old) == old


def test_a_file_that_nobody_can_reach_is_none(notebooks: Path, files: Path) -> None:
    place = claimed(notebooks, write(files / "a.ipynb"), "id-a")
    claim(saved_as(place, files / ("b" * 300), "id-b"))
    assert file_of(notebooks, place.store_id, None) is None


def test_a_listed_name_of_the_same_file_stays(notebooks: Path, files: Path) -> None:
    link = files / "link.ipynb"
    place = claimed(notebooks, write(files / "a.ipynb"), "id-a")
    link.symlink_to(files / "a.ipynb")
    assert file_of(notebooks, place.store_id, link) == link


def test_a_folder_follows_a_notebook_that_was_moved_and_else_stays_as_it_is(notebooks: Path, files: Path) -> None:
    claimed(notebooks, write(files / "a.ipynb"), "id-a")
    moved = (files / "a.ipynb").rename(files / "b.ipynb")
    place = find(notebooks, moved, "id-a")
    follow(place)
    write(files / "a.ipynb")
    assert find(notebooks, moved, "id-a").folder == place.folder
    before = everything_in(notebooks)
    follow(place)
    follow(unsaved(notebooks))
    assert everything_in(notebooks) == before
