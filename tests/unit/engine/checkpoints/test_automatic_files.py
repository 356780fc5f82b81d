"""From a worker's sealed draft to a signed file, whatever a hostile worker names and wherever an application dies."""

from __future__ import annotations

import hmac
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.checkpoints.automatic_files import KEPT_FILES, UNFINISHED_S, AutomaticFiles
from engine.errors import CheckpointError
from engine.trust import SigningKey
from tests.support import dying_publisher
from tests.support.sealed_drafts import TOKEN, age, draft


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "checkpoints"
    made.mkdir()
    return made


@pytest.fixture
def files(folder: Path) -> AutomaticFiles:
    return AutomaticFiles(folder, folder.parent / "keys")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def key(folder: Path) -> SigningKey:
    return SigningKey.open(folder.parent / "keys")


def test_a_sealed_draft_becomes_a_signed_file(folder: Path, files: AutomaticFiles) -> None:
    said = draft(folder, "a1", x=1)
    path, size_bytes = files.publish(said.path, said.seal, TOKEN)
    assert names(folder) == ["a1.capsule"]
    assert path.stat().st_size == size_bytes
    assert not key(folder).verify(path).foreign


def test_a_draft_that_was_changed_behind_its_seal_is_set_aside_and_not_signed(
    folder: Path, files: AutomaticFiles
) -> None:
    said = draft(folder, "a1", x=1)
    with Path(said.path).open("ab") as file:
        file.write(b"more")
    with pytest.raises(CheckpointError, match="not what Python had written"):
        files.publish(said.path, said.seal, TOKEN)
    assert names(folder) == ["a1.unverified"]


def test_a_draft_of_another_worker_is_not_signed(folder: Path, files: AutomaticFiles) -> None:
    said = draft(folder, "a1", token=b"o" * 32, x=1)
    with pytest.raises(CheckpointError):
        files.publish(said.path, said.seal, TOKEN)
    assert names(folder) == ["a1.unverified"]


@pytest.mark.parametrize("name", ["../a1.draft", "sub/a1.draft", "a1", "A.draft", ".draft", "x y.draft", "/etc/passwd"])
def test_a_path_elsewhere_is_refused_and_left_alone(folder: Path, files: AutomaticFiles, name: str) -> None:
    said = draft(folder.parent, "a1", x=1)
    with pytest.raises(CheckpointError, match="not where checkpoints go"):
        files.publish(str(folder / name), said.seal, TOKEN)
    files.discard(str(folder / name))
    assert Path(said.path).exists()


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_what_a_draft_is_only_a_link_to_is_neither_signed_nor_removed(
    folder: Path, files: AutomaticFiles, link: object
) -> None:
    assert callable(link)
    said = draft(folder.parent, "a1", x=1)
    before = Path(said.path).read_bytes()
    link(said.path, folder / "a1.draft")
    with pytest.raises(CheckpointError):
        files.publish(str(folder / "a1.draft"), said.seal, TOKEN)
    assert Path(said.path).read_bytes() == before


def test_a_file_that_was_put_in_place_before_is_found_again(folder: Path, files: AutomaticFiles) -> None:
    said = draft(folder, "a1", x=1)
    put = files.publish(said.path, said.seal, TOKEN)
    assert files.publish(said.path, said.seal, TOKEN) == put
    later = AutomaticFiles(folder, folder.parent / "keys")
    assert later.publish(said.path, said.seal, TOKEN) == put


def test_a_file_that_is_gone_or_was_forged_meanwhile_is_none(folder: Path, files: AutomaticFiles) -> None:
    said = draft(folder, "a1", x=1)
    path, _ = files.publish(said.path, said.seal, TOKEN)
    path.write_bytes(b"forged")
    with pytest.raises(CheckpointError):
        files.publish(said.path, said.seal, TOKEN)
    path.unlink()
    with pytest.raises(CheckpointError, match="gone"):
        files.publish(said.path, said.seal, TOKEN)


def test_a_last_checkpoint_of_the_same_execution_takes_the_place_of_the_first(
    folder: Path, files: AutomaticFiles
) -> None:
    first = draft(folder, "a1", x=1)
    files.publish(first.path, first.seal, TOKEN)
    last = draft(folder, "a1", x=2, y=[3] * 100)
    path, size_bytes = files.publish(first.path, first.seal, TOKEN)  # said before it was written, heard after
    assert size_bytes > last.size_bytes
    assert files.publish(last.path, last.seal, TOKEN) == (path, size_bytes)


def test_an_application_that_died_between_signing_and_renaming_goes_on_there(
    folder: Path, files: AutomaticFiles
) -> None:
    said = draft(folder, "a1", x=1)
    key(folder).sign(Path(said.path))
    path, size_bytes = files.publish(said.path, said.seal, TOKEN)
    assert path.stat().st_size == size_bytes
    assert not key(folder).verify(path).foreign
    assert names(folder) == ["a1.capsule"]


def test_a_full_disk_is_told_in_a_few_words_and_leaves_no_draft(
    folder: Path, files: AutomaticFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_key: SigningKey, path: Path) -> None:
        with path.open("ab") as file:
            file.write(b"half a trailer")
        raise OSError(28, "No space left on device")

    said = draft(folder, "a1", x=1)
    monkeypatch.setattr(SigningKey, "sign", full)
    with pytest.raises(CheckpointError, match=r"^the disk is full$"):
        files.publish(said.path, said.seal, TOKEN)
    assert names(folder) == []


def test_the_newest_few_stay_and_the_one_that_holds(folder: Path, files: AutomaticFiles) -> None:
    paths = []
    for number in range(KEPT_FILES + 3):
        said = draft(folder, f"a{number}", x=number)
        path, _ = files.publish(said.path, said.seal, TOKEN)
        age(path, 100 - number)
        paths.append(path)
    assert set(files.evict(paths[0])) == {paths[1], paths[2], paths[3]}
    assert names(folder) == sorted(path.name for path in [paths[0], *paths[4:]])


def test_what_is_offered_stays_however_old_it_is(folder: Path, files: AutomaticFiles) -> None:
    paths = []
    for number in range(KEPT_FILES + 3):
        said = draft(folder, f"a{number}", x=number)
        path, _ = files.publish(said.path, said.seal, TOKEN)
        age(path, 100 - number)
        paths.append(path)
    assert set(files.evict(paths[-1], paths[0])) == {paths[1], paths[2]}


def test_the_newest_of_what_a_worker_left_is_taken_over(folder: Path, files: AutomaticFiles) -> None:
    age(Path(draft(folder, "a1", x=1).path), 10)
    draft(folder, "a2", x=2, broken=(i for i in ""))
    file = files.take_over((TOKEN,), since=0.0)
    assert file is not None
    assert (file.execution_id, file.left_out) == ("a2", 1)
    assert abs(file.created_at - time.time()) < 60
    assert names(folder) == ["a2.capsule"]


def test_what_nobody_vouches_for_is_set_aside_and_the_next_one_taken(folder: Path, files: AutomaticFiles) -> None:
    age(Path(draft(folder, "a1", x=1).path), 10)
    draft(folder, "a2", token=b"o" * 32, x=2)
    Path(draft(folder, "a3", x=3).path + ".seal").unlink()
    file = files.take_over((TOKEN,), since=0.0)
    assert file is not None
    assert file.execution_id == "a1"
    assert names(folder) == ["a1.capsule", "a2.unverified", "a3.unverified"]


def test_sealed_bytes_that_are_no_checkpoint_are_not_taken(folder: Path, files: AutomaticFiles) -> None:
    said = draft(folder, "a1", x=1)
    Path(said.path).write_bytes(b"no checkpoint")
    Path(f"{said.path}.seal").write_bytes(hmac.digest(TOKEN, b"no checkpoint", "sha256"))
    assert files.take_over((TOKEN,), since=0.0) is None
    assert not [name for name in names(folder) if name.endswith(".draft")]


def test_nothing_older_than_what_is_recorded_is_taken_over(folder: Path, files: AutomaticFiles) -> None:
    draft(folder, "a1", x=1)
    assert files.take_over((TOKEN,), since=time.time() + 60) is None
    assert names(folder) == []


def test_a_signed_file_that_was_not_recorded_any_more_is_taken_over(folder: Path, files: AutomaticFiles) -> None:
    said = draft(folder, "a1", x=1)
    files.publish(said.path, said.seal, TOKEN)
    file = files.take_over((TOKEN,), since=time.time() - 60)
    assert file is not None
    assert file.execution_id == "a1"


def test_a_signed_file_that_was_changed_is_not_taken_over(folder: Path, files: AutomaticFiles) -> None:
    said = draft(folder, "a1", x=1)
    path, _ = files.publish(said.path, said.seal, TOKEN)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert files.take_over((TOKEN,), since=0.0) is None


def test_wherever_an_application_dies_the_next_one_takes_the_checkpoint_over(tmp_path: Path) -> None:
    command = [sys.executable, dying_publisher.__file__, str(tmp_path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    deaths = [json.loads(line) for line in said.splitlines()]
    assert len(deaths) > 5
    assert [death["died"] for death in deaths] == [True] * (len(deaths) - 1) + [False]
    for death in deaths:
        left = set(death["left"]) - {"a1.draft.seal"}  # which is swept away by and by
        assert (death["taken"], death["whole"], left) == ("a1", True, {"a1.capsule"}), death


def test_what_deaths_left_unfinished_is_swept_away_and_what_is_being_written_is_not(
    folder: Path, files: AutomaticFiles
) -> None:
    for name in (".0123456789abcdef.tmp", "a1.draft.seal", ".fedcba9876543210.tmp", "a2.draft.seal"):
        (folder / name).touch()
        if name in (".0123456789abcdef.tmp", "a1.draft.seal"):
            age(folder / name, UNFINISHED_S + 1)
    assert files.take_over((TOKEN,), since=0.0) is None
    assert names(folder) == [".fedcba9876543210.tmp", "a2.draft.seal"]
