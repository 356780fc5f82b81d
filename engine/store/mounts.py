"""Which file system a folder lies on, as the kernel's mount table says."""

from __future__ import annotations

import re
from pathlib import Path

MOUNT_TABLE = Path("/proc/self/mountinfo")
# shared memory, which SQLite's write-ahead log needs, does not work between the machines of these
_NETWORK = {"9p", "afs", "beegfs", "ceph", "cifs", "coda", "gfs2", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2"}
_NETWORK |= {"orangefs", "pvfs2", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs", "fuse"}
_LOCAL_FUSE = "fuseblk"  # NTFS and exFAT on a disk of this machine
_OCTAL = re.compile(r"\\([0-7]{3})")


def file_system_type(folder: Path, table: Path = MOUNT_TABLE) -> str:
    """The type of the file system below folder; "" where the table cannot be read."""
    try:
        lines = table.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return ""
    folder, best, found = folder.resolve(), -1, ""
    for line in lines:
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < 5:
            continue
        point = Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4]))
        if folder.is_relative_to(point) and len(point.parts) >= best:  # the last of those mounted over each other
            best, found = len(point.parts), right.split(" ")[0]
    return found


def is_network(kind: str) -> bool:
    """Whether other machines may have it open; in doubt yes, which only costs speed."""
    return kind in _NETWORK or (kind.startswith("fuse.") and kind != _LOCAL_FUSE)
