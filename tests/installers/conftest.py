"""Packages in fresh roots: only with CAPSULE_SLOW=1, since a root takes a minute to make, and a package to build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.debian_root import RELEASES, DebianRoot, debian_root
from tests.support.desktop_session import PROGRAM, STATE, DesktopSession, desktop_session

CHECKOUT = Path(__file__).parents[2]
DIST = CHECKOUT / "build/dist"
NEWER = "99.0"
DEB = Path(f"/tmp/{PROGRAM}.deb")
NEWER_DEB = Path(f"/tmp/{PROGRAM}-newer.deb")
PREVIOUS_DEB = Path(f"/tmp/{PROGRAM}-previous.deb")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    mine = [item for item in items if item.get_closest_marker("installer")]
    if mine and os.environ.get("CAPSULE_SLOW") != "1":
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]


@pytest.fixture(scope="session")
def _needed() -> None:
    missing = [name for name in ("debootstrap", "nsenter", "dpkg-deb", "objcopy") if shutil.which(name) is None]
    if os.geteuid() or missing:
        pytest.skip(f"a fresh root needs root's rights and {', '.join(missing) or 'nothing else'}")


def _package(pattern: str, kind: str, variable: str) -> Path:
    """The one that variable names; else the newest that was built here; else one that is built now."""
    if named := os.environ.get(variable):
        return Path(named)
    if not any(DIST.glob(pattern)):
        subprocess.run([sys.executable, "-m", "installers.build", kind], cwd=CHECKOUT, check=True, timeout=1200)
    return max(DIST.glob(pattern), key=lambda file: file.stat().st_mtime)


@pytest.fixture(scope="session")
def deb(_needed: None) -> Path:
    return _package("*.deb", "deb", "CAPSULE_DEB")


@pytest.fixture(scope="session")
def archive(_needed: None) -> Path:
    return _package("*.tar.gz", "tar", "CAPSULE_TAR")


@pytest.fixture(scope="session")
def newer_deb(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a higher version, and its modules at other places of its archive, as the next release has them."""
    folder = tmp_path_factory.mktemp("newer")
    tree, packed = folder / "tree", folder / "newer.deb"
    subprocess.run(["dpkg-deb", "--raw-extract", deb, tree], check=True)
    control = tree / "DEBIAN/control"
    lines = control.read_text(encoding="utf-8").splitlines(keepends=True)
    control.write_text(
        "".join(f"Version: {NEWER}\n" if x.startswith("Version:") else x for x in lines), encoding="utf-8"
    )
    _move_modules(tree / f"usr/lib/{PROGRAM}/{PROGRAM}", folder)
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, packed], check=True, capture_output=True
    )
    shutil.rmtree(tree)
    return packed


def _move_modules(program: Path, folder: Path) -> None:
    """PyInstaller's archive is a section of the program; here another one comes before it."""
    archive, padding, without = folder / "archive", folder / "padding", folder / "without"
    padding.write_bytes(bytes(8192))
    taken = [f"--dump-section=pydata={archive}", "--remove-section=pydata", f"--add-section=padding={padding}"]
    subprocess.run(["objcopy", *taken, program, without], check=True)
    subprocess.run(["objcopy", f"--add-section=pydata={archive}", without, program], check=True)


@pytest.fixture(scope="module", params=RELEASES)
def root(request: pytest.FixtureRequest, _needed: None) -> Iterator[DebianRoot]:
    with debian_root(request.param) as root:
        yield root


@pytest.fixture(scope="module")
def installed(root: DebianRoot, deb: Path) -> DebianRoot:
    root.bring(deb, DEB)
    root.install(str(DEB))
    return root


@pytest.fixture
def session(installed: DebianRoot, request: pytest.FixtureRequest) -> Iterator[DesktopSession]:
    """Of a user who has nothing open yet.  With a picture of its end, where CAPSULE_SCREENSHOTS names a folder."""
    installed.run("rm", "-rf", str(STATE))
    with desktop_session(installed) as session:
        yield session
        if folder := os.environ.get("CAPSULE_SCREENSHOTS"):
            session.screenshot(Path(folder) / f"{request.node.name}.png")


@pytest.fixture
def before_upgrade(session: DesktopSession, deb: Path) -> DesktopSession:
    """With the version that the upgrade finds: CAPSULE_PREVIOUS_DEB, a package of an earlier commit; else this one."""
    session.root.bring(Path(os.environ.get("CAPSULE_PREVIOUS_DEB", deb)), PREVIOUS_DEB)
    session.root.install("--reinstall", "--allow-downgrades", str(PREVIOUS_DEB))
    return session
