"""`python -m installers.build deb|tar`: a package of this checkout in build/dist; prints its path and size."""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
from pathlib import Path

from installers.freezing import BuildError, freeze
from installers.frozen_folder import bundled_modules, what_names
from installers.licences import Part, bundled_parts, python_part
from installers.linux.dependencies import UnknownLibrary
from installers.linux.icu_data import search_path, trim_icu
from installers.project import FROZEN, ROOT, Project, read_project

_BOTH = ("objdump", "objcopy", "strip", "as", "ld", "patchelf", "icupkg")
NEEDED = {"deb": (*_BOTH, "dpkg-deb"), "tar": _BOTH}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m installers.build", description="Build a package to install.")
    parser.add_argument(
        "kind", nargs="+", choices=("deb", "tar"), help="which package; both are made of one frozen folder"
    )
    parser.add_argument("--keep-frozen", action="store_true", help="use the folder that was frozen last")
    options = parser.parse_args()
    try:
        for package in build(options.kind, keep_frozen=options.keep_frozen):
            print(f"{package}  {package.stat().st_size / 1e6:.1f} MB")
    except (BuildError, UnknownLibrary) as error:
        print(f"The package was not built: {error}", file=sys.stderr)
        return 1
    return 0


def build(kinds: list[str], *, keep_frozen: bool = False) -> list[Path]:
    """Freeze once and pack it as each of kinds.  Raises BuildError and UnknownLibrary."""
    _require(kinds)
    from installers.linux.deb import build_deb
    from installers.linux.tarball import build_tarball

    project = read_project()
    frozen = FROZEN if keep_frozen and FROZEN.is_dir() else _frozen(project)
    _hold_no_build_path(frozen)
    parts: list[Part] = [python_part(), *bundled_parts(bundled_modules(frozen))]
    packages = []
    for kind in kinds:
        match kind:
            case "deb":
                packages.append(build_deb(project, frozen, parts))
            case _:
                packages.append(build_tarball(project, frozen, parts, platform.machine()))
    return packages


def _frozen(project: Project) -> Path:
    frozen = freeze(project)
    trim_icu(frozen)
    return frozen


def _require(kinds: list[str]) -> None:
    if platform.system() != "Linux":
        raise BuildError("deb and tar are built on Linux; for this system see installers/README.md.")
    path = search_path()
    missing = sorted({name for kind in kinds for name in NEEDED[kind] if shutil.which(name, path=path) is None})
    if missing:
        raise BuildError(f"{', '.join(missing)} not found; run: sh installers/dev.sh build {' '.join(kinds)}")


def _hold_no_build_path(frozen: Path) -> None:
    """Nobody is told where this checkout lies; and a package that knew might read files there."""
    found = what_names(str(ROOT), frozen)
    if found:
        raise BuildError(f"these files name the checkout's folder: {', '.join(found)}")


if __name__ == "__main__":
    sys.exit(main())
