"""How large a package is, by kind: what grows past its budget, or is of no kind, was not meant to come in."""

from __future__ import annotations

import tarfile
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

pytestmark = pytest.mark.installer

# Unpacked, in MB, about a tenth above what there is; the first that fits counts
_BUDGETS_MB = {
    "_internal/PySide6/Qt/lib/libicu": 11.0,
    "_internal/PySide6/Qt/lib/": 34.0,
    "_internal/PySide6/Qt/plugins/": 3.0,
    "_internal/PySide6/": 17.5,
    "_internal/libpython": 8.0,
    "_internal/python3": 5.0,
    "_internal/capsule_desktop/_resources/": 2.5,
    "_internal/capsule_desktop/": 3.0,
    "_internal/engine/": 1.0,
    "_internal/worker_libraries/": 0.3,
    "_internal/": 10.0,
    "capsule-desktop": 20.0,
    "licences/": 0.3,
    "share/": 0.3,
    "": 0.1,
}


@pytest.fixture(scope="module")
def members(archive: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(archive) as tar:
        return tar.getmembers()


def _inside(member: tarfile.TarInfo) -> str:
    return "/".join(PurePosixPath(member.name).parts[1:])


def test_packages_are_small_enough_to_hand_out(deb: Path, archive: Path) -> None:
    assert deb.stat().st_size < 28e6
    assert archive.stat().st_size < 39e6


def test_no_kind_of_file_is_larger_than_its_budget(members: list[tarfile.TarInfo]) -> None:
    sizes: Counter[str] = Counter()
    for member in members:
        sizes[next(kind for kind in _BUDGETS_MB if _inside(member).startswith(kind))] += member.size
    over = {kind: size / 1e6 for kind, size in sizes.items() if size / 1e6 > _BUDGETS_MB[kind]}
    assert over == {}


def test_every_link_leads_to_a_file_of_the_package(members: list[tarfile.TarInfo]) -> None:
    names = {_inside(member) for member in members}
    links = {_inside(member): member.linkname for member in members if member.issym()}
    assert {link for link, target in links.items() if str(PurePosixPath(link).parent / target) not in names} == set()
