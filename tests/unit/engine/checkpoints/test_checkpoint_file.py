"""From a worker's draft to a signed file in its place, and from there to verified bytes."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from engine.checkpoints.checkpoint_file import begin, discard, prepare_restore, publish
from engine.checkpoints.manifest import STRANGERS_LIMIT_BYTES, manifest_of, manifest_of_any
from engine.errors import CheckpointError, ForeignCheckpoint, LongContents
from engine.protocol import capsule
from engine.trust import SigningKey
from engine.worker import snapshot
from tests.support.checkpoint_files import EMPTY, write_checkpoint

EARLIER = (
    Path(__file__).parents[1] / "worker" / "earlier.capsule"
)  # its manifest names no notebook, and it has no trailer


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.open(tmp_path / "keys")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    return folder / "some.capsule"


def _published(target: Path, key: SigningKey, namespace: dict[str, object]) -> int:
    pending = begin(target)
    snapshot.save(namespace=namespace, path=pending.draft, name="first try")
    return publish(pending, key)


def test_bytes_go_round_from_one_namespace_to_another(target: Path, key: SigningKey) -> None:
    size_bytes = _published(target, key, {"a": [1], "f": open})
    assert (target.stat().st_size, list(target.parent.iterdir())) == (size_bytes, [target])
    ready = prepare_restore(target, key)
    namespace: dict[str, object] = {}
    verified = ready.verified
    snapshot.load(
        namespace=namespace,
        path=verified.path,
        sha256=verified.sha256,
        payload_bytes=verified.payload_bytes,
        clear_existing=False,
    )
    assert namespace == {"a": [1], "f": open}


def test_the_manifest_tells_what_a_file_holds(target: Path, key: SigningKey) -> None:
    _published(target, key, {"a": [1], "m": os, "f": (i for i in "")})
    manifest = manifest_of(target)
    assert manifest.name == "first try"
    assert [(each.name, each.type_name, each.module) for each in manifest.variables] == [
        ("a", "list", ""),
        ("m", "module", "os"),
        ("f", "generator", ""),
    ]
    assert manifest.variables[2].reason == "a generator cannot be saved in the middle of its work"
    assert "working directory" in manifest.surroundings


def test_a_file_says_which_notebooks_variables_it_has_and_an_earlier_one_does_not(
    target: Path, key: SigningKey
) -> None:
    pending = begin(target)
    snapshot.save(namespace={"a": 1}, path=pending.draft, name="n", notebook="0" * 32)
    publish(pending, key)
    assert manifest_of(target).notebook == "0" * 32
    earlier = target.with_name("earlier.capsule")
    earlier.write_bytes(EARLIER.read_bytes())
    key.sign(earlier)
    assert manifest_of(earlier).notebook == ""


def test_what_is_no_file_is_not_waited_for(target: Path, key: SigningKey) -> None:
    os.mkfifo(target)
    for read in (manifest_of, lambda path: prepare_restore(path, key)):
        with pytest.raises(CheckpointError, match="a pipe or a device"):
            read(target)


def test_a_list_that_is_too_long_for_a_strangers_is_not_parsed_but_in_ones_own_file(target: Path) -> None:
    """Parsing holds up the window, and takes 70 times its room."""
    write_checkpoint(target, replace(EMPTY, python_version="3" * STRANGERS_LIMIT_BYTES))
    with pytest.raises(LongContents, match="lists more than can be shown here"):
        manifest_of_any(target)
    assert manifest_of(target).name == EMPTY.name


def test_a_file_of_a_later_format_says_who_can_restore_it(
    target: Path, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as later:
        later.setattr(capsule, "FORMAT_VERSION", capsule.FORMAT_VERSION + 1)
        _published(target, key, {"a": 1})
    with pytest.raises(CheckpointError, match="saved by a later version of Capsule, which can restore it"):
        prepare_restore(target, key)


def test_an_older_file_stays_until_the_new_one_is_signed(target: Path, key: SigningKey) -> None:
    _published(target, key, {"a": 1})
    before = target.read_bytes()
    pending = begin(target)
    snapshot.save(namespace={"a": 2}, path=pending.draft, name="n")
    assert target.read_bytes() == before
    discard(pending)
    assert list(target.parent.iterdir()) == [target]
    assert target.read_bytes() == before


def test_a_draft_that_is_missing_changes_nothing(target: Path, key: SigningKey) -> None:
    _published(target, key, {"a": 1})
    before = target.read_bytes()
    with pytest.raises(CheckpointError, match=r"could not be written .* An older file there is as it was"):
        publish(begin(target), key)
    assert target.read_bytes() == before


def test_a_link_stays_and_its_goal_is_replaced(target: Path, key: SigningKey) -> None:
    link = target.with_name("link.capsule")
    link.symlink_to(target)
    _published(link, key, {"a": 1})
    assert link.is_symlink()
    assert not target.is_symlink()
    assert prepare_restore(link, key).manifest.variables[0].name == "a"


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "a folder of that name"), ("no/such/x.capsule", "does not exist"), ("x" * 300, "too long")],
)
def test_a_target_that_cannot_be_is_refused_at_once(target: Path, name: str, words: str) -> None:
    with pytest.raises(CheckpointError, match=words):
        begin(target.parent / name)


def test_a_foreign_file_is_refused_unless_the_user_trusts_it(target: Path, key: SigningKey, tmp_path: Path) -> None:
    _published(target, SigningKey.open(tmp_path / "theirs"), {"a": 1})
    with pytest.raises(ForeignCheckpoint):
        prepare_restore(target, key)
    assert prepare_restore(target, key, trust_unsigned=True).verified.foreign


@pytest.mark.parametrize("is_own", [True, False])
def test_another_file_in_the_place_of_what_was_shown_is_refused(
    target: Path, key: SigningKey, tmp_path: Path, is_own: bool
) -> None:
    """A stranger's, too: whether one trusts it was not asked of that one."""
    maker = key if is_own else SigningKey.open(tmp_path / "theirs")
    _published(target, maker, {"a": 1})
    _, shown = manifest_of_any(target)
    assert prepare_restore(target, key, trust_unsigned=True, shown=shown).verified.sha256 == shown
    _published(target, maker, {"a": 2})
    with pytest.raises(
        CheckpointError, match=r"was replaced since you were asked about it\. Nothing was loaded"
    ) as told:
        prepare_restore(target, key, shown=shown)
    assert not isinstance(told.value, ForeignCheckpoint)


def test_a_signed_file_that_is_no_checkpoint_is_refused(target: Path, key: SigningKey) -> None:
    target.write_bytes(b"something else, and long enough to be one")
    key.sign(target)
    with pytest.raises(CheckpointError, match="it is not a checkpoint"):
        prepare_restore(target, key)


def test_an_unsigned_file_is_refused_even_if_trusted(target: Path, key: SigningKey) -> None:
    snapshot.save(namespace={"a": 1}, path=target, name="n")
    with pytest.raises(CheckpointError, match="no whole signature"):
        prepare_restore(target, key, trust_unsigned=True)
