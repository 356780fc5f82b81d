"""What a Linux desktop is told of the application: files below share/, the same in the .deb and the tarball."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from installers.linux.icons import write_icons
from installers.project import ROOT, Project

FILES = Path(__file__).with_name("files")
MIME_ICONS = ("application-x-ipynb+json", "application-x-capsule-checkpoint")
METAINFO = "io.github.capsule_desktop.capsule_desktop.metainfo.xml"


def write_share(share: Path, project: Project) -> None:
    """The desktop entry, MIME types, icons and AppStream's description."""
    _copy("capsule-desktop.desktop", share / "applications" / "capsule-desktop.desktop", project)
    _copy("capsule-desktop.xml", share / "mime" / "packages" / "capsule-desktop.xml", project)
    _copy("metainfo.xml", share / "metainfo" / METAINFO, project)
    theme = share / "icons" / "hicolor"
    write_icons(ROOT / "resources" / "icons" / "capsule-desktop.svg", theme, "apps", "capsule-desktop")
    for name in MIME_ICONS:
        write_icons(FILES / "icons" / f"{name}.svg", theme, "mimetypes", name)


def _copy(name: str, destination: Path, project: Project) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    destination.write_text(filled(name, project), encoding="utf-8")


def filled(name: str, project: Project) -> str:
    """One of the files/ with the version and its date in their places."""
    date = datetime.fromtimestamp(project.epoch, UTC).date().isoformat()
    text = (FILES / name).read_text(encoding="utf-8")
    return text.replace("@VERSION@", project.version).replace("@DATE@", date)
