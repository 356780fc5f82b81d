"""The key's file and the signature's trailer: what is refused, and as what."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from pathlib import Path

import pytest

from engine.errors import CheckpointError, ForeignCheckpoint
from engine.trust import TRAILER_BYTES, SigningKey

PAYLOAD = b"a payload of some length"


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.open(tmp_path / "keys")


@pytest.fixture
def other_key(tmp_path: Path) -> SigningKey:
    return SigningKey.open(tmp_path / "other keys")


@pytest.fixture
def signed(tmp_path: Path, key: SigningKey) -> Path:
    path = tmp_path / "signed"
    path.write_bytes(PAYLOAD)
    key.sign(path)
    return path


def test_a_signed_file_is_verified_with_its_payload_unchanged(signed: Path, key: SigningKey) -> None:
    verified = key.verify(signed)
    assert (verified.payload_bytes, verified.foreign) == (len(PAYLOAD), False)
    assert verified.sha256 == hashlib.sha256(PAYLOAD).digest()
    assert signed.read_bytes()[:-TRAILER_BYTES] == PAYLOAD


def test_the_key_is_kept_for_its_owner_only_and_found_again(tmp_path: Path, signed: Path, key: SigningKey) -> None:
    folder = tmp_path / "keys"
    (kept,) = folder.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.stat().st_size == 32
    assert SigningKey.open(folder).verify(signed) == key.verify(signed)


def test_processes_that_make_the_key_at_once_get_the_same_one(tmp_path: Path) -> None:
    together, keys = threading.Barrier(8), list[SigningKey]()

    def make() -> None:
        together.wait()
        keys.append(SigningKey.open(tmp_path / "race"))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    path = tmp_path / "file"
    path.write_bytes(PAYLOAD)
    keys[0].sign(path)
    assert len({each.verify(path).foreign for each in keys}) == 1
    assert len(list((tmp_path / "race").iterdir())) == 1


@pytest.mark.parametrize("place", range(-TRAILER_BYTES - len(PAYLOAD), 0))
def test_a_byte_altered_anywhere_is_refused_as_damage_and_never_as_foreign(
    signed: Path, key: SigningKey, place: int
) -> None:
    altered = bytearray(signed.read_bytes())
    altered[place] ^= 0x40
    signed.write_bytes(altered)
    with pytest.raises(CheckpointError, match="Nothing was loaded") as refused:
        key.verify(signed, foreign_allowed=True)
    assert type(refused.value) is CheckpointError


@pytest.mark.parametrize("length", range(len(PAYLOAD) + TRAILER_BYTES))
def test_a_file_cut_short_anywhere_is_refused(signed: Path, key: SigningKey, length: int) -> None:
    os.truncate(signed, length)
    with pytest.raises(CheckpointError, match="cut short, damaged, or no checkpoint"):
        key.verify(signed, foreign_allowed=True)


def test_a_file_of_another_key_is_foreign_unless_the_user_allows_it(signed: Path, other_key: SigningKey) -> None:
    with pytest.raises(ForeignCheckpoint, match="signed by somebody else"):
        other_key.verify(signed)
    assert other_key.verify(signed, foreign_allowed=True).foreign


def test_a_trailer_that_claims_our_key_without_having_it_is_refused(signed: Path, key: SigningKey) -> None:
    raw = signed.read_bytes()
    forged = raw[len(PAYLOAD) : -40] + bytes(32)
    signed.write_bytes(PAYLOAD + forged + hashlib.sha256(forged).digest()[:8])
    with pytest.raises(CheckpointError, match="forged"):
        key.verify(signed, foreign_allowed=True)


def test_an_appended_byte_is_refused(signed: Path, key: SigningKey) -> None:
    with signed.open("ab") as file:
        file.write(b"x")
    with pytest.raises(CheckpointError):
        key.verify(signed)


def test_a_missing_file_is_refused_in_words(tmp_path: Path, key: SigningKey) -> None:
    with pytest.raises(CheckpointError, match=r"gone cannot be read: No such file or directory\. Nothing was loaded"):
        key.verify(tmp_path / "gone")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_a_key_that_others_may_use_is_refused(tmp_path: Path, key: SigningKey, mode: int) -> None:
    (tmp_path / "keys" / "signing.key").chmod(mode)
    with pytest.raises(CheckpointError, match="chmod go-rwx"):
        SigningKey.open(tmp_path / "keys")


def test_a_folder_that_others_may_write_is_refused(tmp_path: Path, key: SigningKey) -> None:
    (tmp_path / "keys").chmod(0o777)
    with pytest.raises(CheckpointError, match="other users may use it"):
        SigningKey.open(tmp_path / "keys")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_key_of_another_user_is_refused(tmp_path: Path, key: SigningKey) -> None:
    os.chown(tmp_path / "keys" / "signing.key", 12345, 12345)
    with pytest.raises(CheckpointError, match="belongs to another user"):
        SigningKey.open(tmp_path / "keys")


def test_a_key_behind_a_link_is_refused(tmp_path: Path, key: SigningKey) -> None:
    folder = tmp_path / "linked"
    folder.mkdir(mode=0o700)
    (folder / "signing.key").symlink_to(tmp_path / "keys" / "signing.key")
    with pytest.raises(CheckpointError, match="cannot be used"):
        SigningKey.open(folder)


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33])
def test_a_key_of_the_wrong_length_is_refused_and_kept(tmp_path: Path, key: SigningKey, content: bytes) -> None:
    kept = tmp_path / "keys" / "signing.key"
    kept.write_bytes(content)
    with pytest.raises(CheckpointError, match="Move that file away"):
        SigningKey.open(tmp_path / "keys")
    assert kept.read_bytes() == content
