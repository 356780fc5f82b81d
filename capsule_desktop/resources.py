"""Where the bundled files are: fonts, icons, the example notebook.

Owns one rule that holds in a wheel, a frozen build and a checkout alike: both of the former carry
resources/ inside the package as `_resources` (pyproject's force-include, the freezer's data files),
a checkout has it beside the package.  Reads nothing but what it is asked for.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def resources_root() -> Path:
    """The folder that holds fonts/, icons/ and examples/."""
    package = Path(__file__).resolve().parent
    bundled = package / "_resources"
    return bundled if bundled.is_dir() else package.parent / "resources"


def hold_icons() -> None:
    """Read them all, so that they are this version's when a newer one is put in its place.  Raises OSError."""
    for path in resource_files("icons", ".svg"):
        resource_bytes(f"icons/{path.name}")


@cache
def resource_bytes(relative: str) -> bytes:
    """The content of one bundled file, e.g. "icons/run.svg".  Raises FileNotFoundError."""
    return (resources_root() / relative).read_bytes()


def resource_files(folder: str, *suffixes: str) -> tuple[Path, ...]:
    """The files of one folder with one of these suffixes (".ttf"), in a stable order."""
    return tuple(sorted(p for p in (resources_root() / folder).iterdir() if p.suffix in suffixes))
