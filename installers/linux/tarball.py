"""The portable archive: the same frozen folder, with share/ beside it and a script that tells the desktop of it."""

from __future__ import annotations

import gzip
import shutil
import tarfile
from pathlib import Path

from installers.licences import Part
from installers.linux.copyright import debian_copyright
from installers.linux.elf import remove_foreign_search_paths
from installers.linux.share import FILES, filled, write_share
from installers.linux.tree import settle, write_compressed
from installers.project import BUILD, DIST, ROOT, Project


def build_tarball(project: Project, frozen: Path, parts: list[Part], machine: str) -> Path:
    """The archive's file in build/dist; it unpacks to one folder."""
    name = f"{project.name}-{project.version}-linux-{machine}"
    root = BUILD / "tar" / name
    shutil.rmtree(root.parent, ignore_errors=True)
    shutil.copytree(frozen, root, symlinks=True)
    remove_foreign_search_paths(root)
    write_share(root / "share", project)
    write_compressed(root / "share/man/man1" / f"{project.name}.1.gz", filled("capsule-desktop.1", project))
    (root / "README.txt").write_text(filled("tarball-readme.txt", project), encoding="utf-8")
    shutil.copyfile(FILES / "integrate.sh", root / "integrate.sh")
    _write_licences(root / "licences", parts)
    settle(root, project.epoch)
    return _pack(root, DIST / f"{name}.tar.gz", project.epoch)


def _write_licences(folder: Path, parts: list[Part]) -> None:
    folder.mkdir()
    shutil.copyfile(ROOT / "LICENSE", folder / "Apache-2.0.txt")
    (folder / "copyright").write_text(debian_copyright(parts), encoding="utf-8")
    for text in sorted((ROOT / "installers" / "licences").glob("*.txt")):
        shutil.copyfile(text, folder / text.name)


def _pack(root: Path, archive: Path, epoch: int) -> Path:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=epoch) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in [root, *sorted(root.rglob("*"))]:
            tar.add(path, str(path.relative_to(root.parent)), recursive=False, filter=_as_root)
    return archive


def _as_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry
