"""The Debian package: the frozen folder in /usr/lib, a link in /usr/bin, and what the desktop is told.

No maintainer scripts: the caches of desktop entries, MIME types and icons have triggers of their own in dpkg.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from email.utils import formatdate
from pathlib import Path

from installers.freezing import BuildError
from installers.licences import Part
from installers.linux.copyright import debian_copyright
from installers.linux.dependencies import depends_of
from installers.linux.elf import remove_foreign_search_paths
from installers.linux.share import FILES, filled, write_share
from installers.linux.tree import settle, write_compressed
from installers.project import BUILD, DIST, Project

MAINTAINER = "Capsule Desktop maintainers <capsule-desktop@users.noreply.github.com>"
_DESCRIPTION = """notebook for Python that cannot lose your work
 Capsule is a notebook for Python that is a desktop program. It reads and
 writes the same .ipynb files as Jupyter and runs cells in the Python
 environments that are already on the computer, with nothing to install
 into them.
 .
 What is typed is kept within a second, what a cell prints goes to the disk
 before it goes to the screen, a running cell outlives the window, and the
 variables are kept after every cell."""


def build_deb(project: Project, frozen: Path, parts: list[Part]) -> Path:
    """The package's file in build/dist.  Raises BuildError."""
    root = BUILD / "deb"
    shutil.rmtree(root, ignore_errors=True)
    bundle = root / "usr/lib" / project.name
    shutil.copytree(frozen, bundle, symlinks=True)
    remove_foreign_search_paths(bundle)
    _write_share(root / "usr/share", project, parts)
    link = root / "usr/bin" / project.name
    link.parent.mkdir(parents=True)
    link.symlink_to(f"../lib/{project.name}/{project.name}")
    settle(root, project.epoch)
    architecture = _architecture()
    size_kib = sum((path.lstat().st_size + 1023) // 1024 for path in root.rglob("*") if not path.is_dir())
    _write_control(root, control(project, architecture, depends_of(bundle), size_kib))
    settle(root / "DEBIAN", project.epoch)
    return _pack(root, DIST / f"{project.name}_{project.debian_version}_{architecture}.deb", project.epoch)


def _write_share(share: Path, project: Project, parts: list[Part]) -> None:
    write_share(share, project)
    write_compressed(share / "man/man1" / f"{project.name}.1.gz", filled("capsule-desktop.1", project))
    documents = share / "doc" / project.name
    write_compressed(documents / "changelog.gz", changelog(project))
    (documents / "copyright").write_text(debian_copyright(parts), encoding="utf-8")
    overrides = share / "lintian/overrides" / project.name
    overrides.parent.mkdir(parents=True)
    shutil.copyfile(FILES / "lintian-overrides", overrides)


def changelog(project: Project) -> str:
    date = formatdate(project.epoch, localtime=False)
    return (
        f"{project.name} ({project.debian_version}) unstable; urgency=medium\n\n"
        f"  * Version {project.version}; the project's CHANGELOG.md says what changed.\n\n"
        f" -- {MAINTAINER}  {date.replace('-0000', '+0000')}\n"
    )


def control(project: Project, architecture: str, depends: str, size_kib: int) -> str:
    fields = {
        "Package": project.name,
        "Version": project.debian_version,
        "Architecture": architecture,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(size_kib),
        "Depends": depends,
        "Recommends": "python3 (>= 3.10), python3-venv, ca-certificates, xdg-desktop-portal",
        "Suggests": "fonts-noto-cjk, python3-ipython",
        "Section": "science",
        "Priority": "optional",
        "Description": _DESCRIPTION,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def _architecture() -> str:
    done = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _write_control(root: Path, text: str) -> None:
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    sums = [
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.relative_to(root)}\n"
        for path in files
    ]
    folder = root / "DEBIAN"
    folder.mkdir()
    (folder / "control").write_text(text, encoding="utf-8")
    (folder / "md5sums").write_text("".join(sums), encoding="utf-8")


def _pack(root: Path, deb: Path, epoch: int) -> Path:
    """xz, which every dpkg reads; dpkg-deb sorts, and clamps times by SOURCE_DATE_EPOCH."""
    deb.parent.mkdir(parents=True, exist_ok=True)
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--build", str(root), str(deb)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"dpkg-deb failed: {done.stderr.strip()}")
    return deb
