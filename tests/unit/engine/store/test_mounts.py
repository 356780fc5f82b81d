"""Which journal a store gets, by the file system below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.store import database
from engine.store.mounts import file_system_type, is_network

TABLE = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:26 / /home rw - nfs4 server:/home rw,vers=4.2
31 30 0:27 / /home/me/local\\040disk rw - btrfs /dev/sdb1 rw
32 22 0:28 / /mnt rw - ext4 /dev/sdc1 rw
33 22 0:29 / /mnt rw - fuse.sshfs host:/ rw
34 22 0:30 / /homework rw master:1 propagate_from:2 - cifs //server/share rw
broken line
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/", "ext4"),
        ("/var/x", "ext4"),
        ("/home", "nfs4"),
        ("/home/me", "nfs4"),
        ("/home/me/local disk/x", "btrfs"),
        ("/mnt/x", "fuse.sshfs"),
        ("/homework/x", "cifs"),
        ("/homewor", "ext4"),
    ],
)
def test_a_folder_lies_on_the_deepest_mount_above_it(tmp_path: Path, folder: str, kind: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(TABLE)
    assert file_system_type(Path(folder), table) == kind


def test_without_a_mount_table_nothing_is_known(tmp_path: Path) -> None:
    assert file_system_type(tmp_path, tmp_path / "none") == ""


@pytest.mark.parametrize(
    ("kind", "network"),
    [("ext4", False), ("tmpfs", False), ("fuseblk", False), ("", False), ("nfs4", True), ("cifs", True)]
    + [("fuse.sshfs", True), ("9p", True), ("virtiofs", True)],
)
def test_other_machines_may_have_network_file_systems_open(kind: str, network: bool) -> None:
    assert is_network(kind) is network


@pytest.mark.parametrize(("kind", "journal", "synchronous"), [("ext4", "wal", 2), ("nfs", "delete", 3)])
def test_network_file_systems_get_a_rollback_journal_and_both_are_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, journal: str, synchronous: int
) -> None:
    database.open_file(tmp_path / "state.sqlite").close()  # made on a local disk
    monkeypatch.setattr(database, "file_system_type", lambda _folder: kind)
    connection = database.open_file(tmp_path / "state.sqlite")
    assert connection.execute("PRAGMA journal_mode").fetchone() == (journal,)
    assert connection.execute("PRAGMA synchronous").fetchone() == (synchronous,)
    assert connection.execute("PRAGMA secure_delete").fetchone() == (1,)
    connection.close()


def test_a_file_system_of_the_kernels_own_is_found() -> None:
    assert file_system_type(Path("/proc/self")) == "proc"
