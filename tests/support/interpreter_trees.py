"""Made-up trees of interpreters for tests: a home folder and a root with no Python of this machine in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

VENV_CONFIG = "home = {home}\ninclude-system-site-packages = false\nversion = {version}\n"


class Trees:
    """Makes files and folders as the tools do; nothing in them runs."""

    def __init__(self, folder: Path) -> None:
        self.home = self.folder(folder / "home")
        self.root = self.folder(folder / "root")

    def folder(self, path: Path) -> Path:
        path.mkdir(parents=True, exist_ok=True)
        return path

    def file(self, path: Path, text: str) -> Path:
        self.folder(path.parent)
        path.write_text(text)
        return path

    def program(self, path: Path, text: str) -> Path:
        self.file(path, text).chmod(0o755)
        return path

    def installed(self, prefix: Path, version: str) -> Path:
        """A Python as it is built: python3.x, links to it, its library and its headers."""
        minor = ".".join(version.split(".")[:2])
        self.program(prefix / f"bin/python{minor}", "\x7fELF")
        for name in ("python3", "python"):
            (prefix / "bin" / name).symlink_to(f"python{minor}")
        self.folder(prefix / f"lib/python{minor}")
        self.file(prefix / f"include/python{minor}/patchlevel.h", f'#define PY_VERSION "{version}"\n')
        return prefix / f"bin/python{minor}"

    def venv(
        self, folder: Path, base: Path, config: str = VENV_CONFIG, *, packages: Mapping[str, str] | None = None
    ) -> Path:
        """An environment made from base; its python."""
        minor = base.name.removeprefix("python")
        self.file(folder / "pyvenv.cfg", config.format(home=base.parent, version=f"{minor}.0"))
        self.folder(folder / "bin")
        (folder / "bin/python").symlink_to(base)
        for name in ("python3", base.name):
            (folder / "bin" / name).symlink_to("python")
        self._packages(folder / "lib" / base.name / "site-packages", packages or {})
        return folder / "bin/python"

    def conda(
        self, prefix: Path, version: str, *, packages: Mapping[str, str] | None = None, is_base: bool = False
    ) -> Path:
        """A conda environment; its folder."""
        minor = ".".join(version.split(".")[:2])
        self.installed(prefix, version)
        self.file(prefix / f"conda-meta/python-{version}-h955ad1f_0_cpython.json", "{}")
        if is_base:
            self.folder(prefix / "condabin")
        self._packages(prefix / f"lib/python{minor}/site-packages", packages or {})
        return prefix

    def _packages(self, site: Path, packages: Mapping[str, str]) -> None:
        self.folder(site)
        for name, version in packages.items():
            self.file(site / f"{name}-{version}.dist-info/METADATA", "")
