"""What is inside a folder that PyInstaller made, its archive of modules included."""

from __future__ import annotations

from pathlib import Path


def bundled_modules(frozen: Path) -> set[str]:
    """The names of all top-level modules, as code or as files."""
    parents = (frozen / "_internal", frozen / "_internal" / "worker_libraries")
    folders = {path.name.split(".")[0] for parent in parents for path in parent.glob("*")}
    return {name.split(".")[0] for name in _archived(frozen)} | folders


def what_names(text: str, frozen: Path) -> list[str]:
    """Files and archived modules that contain text, such as a folder of the build machine."""
    wanted = text.encode()
    files = [path for path in sorted(frozen.rglob("*")) if path.is_file()]
    found = [str(path.relative_to(frozen)) for path in files if wanted in path.read_bytes()]
    return found + [name for name, code in _archived(frozen).items() if wanted in code]


def _archived(frozen: Path) -> dict[str, bytes]:
    """Modules with their marshalled code; the archive itself is compressed.  None without a program."""
    programs = [path for path in (frozen / "capsule-desktop", frozen / "capsule-desktop.exe") if path.is_file()]
    if not programs:
        return {}
    from PyInstaller.archive.readers import CArchiveReader  # of the group `build`, which tests do without

    archive = CArchiveReader(str(programs[0])).open_embedded_archive("PYZ.pyz")
    return {name: bytes(archive.extract(name, raw=True) or b"") for name in sorted(archive.toc)}
