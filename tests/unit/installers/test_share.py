"""What the desktop is told: it can be read, says the version, and names no folder of this machine."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import tomllib
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtGui import QImage

from installers.linux.icons import SIZES_PX
from installers.linux.share import METAINFO, MIME_ICONS, write_share
from installers.project import ROOT, Project, read_project

MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"
ENTRY = Path("applications/capsule-desktop.desktop")


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("share")
    write_share(folder, read_project())
    return folder


def test_the_entry_opens_many_files_at_once_and_is_valid(share: Path) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(share / ENTRY)
    assert parser["Desktop Entry"]["Exec"] == "capsule-desktop %F"
    if shutil.which("desktop-file-validate"):
        done = subprocess.run(["desktop-file-validate", share / ENTRY], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")


def test_every_file_type_has_a_pattern_and_an_icon_of_every_size(share: Path) -> None:
    types = ET.parse(share / "mime/packages/capsule-desktop.xml").getroot().findall(f"{MIME}mime-type")
    patterns = {each.attrib["type"]: [glob.attrib["pattern"] for glob in each.findall(f"{MIME}glob")] for each in types}
    assert patterns == {
        "application/x-ipynb+json": ["*.ipynb"],
        "application/x-capsule-checkpoint": ["*.capsule"],
    }
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(share / ENTRY)
    assert entry["Desktop Entry"]["MimeType"].rstrip(";").split(";") == list(patterns)  # a double click opens each
    icons = [icon.attrib["name"] for each in types for icon in each.findall(f"{MIME}icon")]
    assert sorted(icons) == sorted(MIME_ICONS)
    for name in MIME_ICONS:
        assert (share / f"icons/hicolor/scalable/mimetypes/{name}.svg").is_file()


def test_icons_have_the_size_of_their_folder_and_are_drawn(share: Path) -> None:
    for size_px in SIZES_PX:
        image = QImage(str(share / f"icons/hicolor/{size_px}x{size_px}/apps/capsule-desktop.png"))
        assert (image.width(), image.height()) == (size_px, size_px)
        assert image.pixelColor(size_px // 2, size_px // 4).alpha() == 255
        assert image.pixelColor(0, 0).alpha() == 0  # round corners


def test_the_description_names_the_version_of_the_project(share: Path) -> None:
    root = ET.parse(share / "metainfo" / METAINFO).getroot()
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert [release.attrib["version"] for release in root.iter("release")] == [version]
    assert root.findtext("launchable") == ENTRY.name
    assert f"{root.findtext('id')}.metainfo.xml" == METAINFO


def test_the_description_is_valid_where_that_can_be_checked(share: Path) -> None:
    if not shutil.which("appstreamcli"):
        pytest.skip("appstreamcli is not installed")
    command = ["appstreamcli", "validate", "--no-net", share / "metainfo" / METAINFO]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_file_names_a_folder_of_this_machine(share: Path) -> None:
    folders = [str(ROOT).encode(), str(Path.home()).encode()]
    for path in share.rglob("*"):
        if path.is_file():
            assert not any(folder in path.read_bytes() for folder in folders), path


def test_the_date_is_that_of_the_last_commit_whatever_the_time_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    write_share(tmp_path, Project(name="capsule-desktop", version="9.8.7", summary="", epoch=1_700_000_000))
    release = next(ET.parse(tmp_path / "metainfo" / METAINFO).getroot().iter("release"))
    assert (release.attrib["version"], release.attrib["date"]) == ("9.8.7", "2023-11-14")
