"""debian/copyright in the machine-readable format: every bundled part with its licence's whole text."""

from __future__ import annotations

from collections.abc import Iterable

from installers.licences import Part
from installers.project import ROOT

BUNDLE = "usr/lib/capsule-desktop/_internal"
_HEADER = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Capsule Desktop
Comment: The package bundles Python, the Python packages that the application stands on, and Qt, whose licences
 follow those of the application itself. Qt and PySide are used under the LGPL 3; their libraries are plain
 files of the folder PySide6, which may be exchanged for others.

Files: *
Copyright: 2026 Capsule Desktop maintainers
License: Apache-2.0
 On Debian systems, the full text of the Apache License 2.0 is in /usr/share/common-licenses/Apache-2.0.
"""
# How a text that every Debian system has begins, and its file there
_COMMON = {
    "Apache License": "Apache-2.0",
    "GNU LESSER GENERAL PUBLIC LICENSE": "LGPL-3",
    "GNU GENERAL PUBLIC LICENSE": "GPL-3",
}
_BEGINNING = 200  # characters within which a licence's title is


def debian_copyright(parts: Iterable[Part]) -> str:
    fonts = [_font(name) for name in ("Inter", "JetBrainsMono")]
    return "\n".join([_HEADER, *fonts, *(_stanza(part) for part in parts)])


def _font(name: str) -> str:
    text = (ROOT / "resources" / "fonts" / f"{name}-OFL.txt").read_text(encoding="utf-8")
    holder = text.splitlines()[0].removeprefix("Copyright ")
    return _paragraph(f"{BUNDLE}/capsule_desktop/_resources/fonts/{name}-*", holder, "OFL-1.1", folded(text))


def _stanza(part: Part) -> str:
    files = "\n ".join(f"{BUNDLE}/{pattern}" for pattern in part.patterns)
    holders = "\n ".join(part.copyright)
    licence = part.licence.replace(" OR ", " or ").replace(" AND ", " and ")  # as Debian's format writes them
    return _paragraph(files, holders, licence, _body(part), f"{part.name} {part.version}")


def _paragraph(files: str, holders: str, licence: str, body: str, comment: str = "") -> str:
    said = f"Comment: {comment}\n" if comment else ""
    return f"Files: {files}\nCopyright: {holders}\n{said}License: {licence}\n{body}\n"


def _body(part: Part) -> str:
    if not part.texts:
        return f" The package says no more of its licence than its name: {part.licence}."
    return "\n .\n".join(_text(text) for _, text in part.texts)


def _text(text: str) -> str:
    for title, file in _COMMON.items():
        if title in text[:_BEGINNING]:
            return f" On Debian systems, the full text is in /usr/share/common-licenses/{file}."
    return folded(text)


def folded(text: str) -> str:
    """As a field's continuation lines: indented, a dot for an empty one."""
    return "\n".join(f" {line.rstrip()}" if line.strip() else " ." for line in text.strip().expandtabs().splitlines())
