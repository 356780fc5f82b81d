"""Who made what a frozen folder contains, and under which licence: found in the packages' own metadata."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from installers.project import ROOT

_TEXT_FILE = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
_COPYRIGHT = re.compile(r"^\W*copyright\W.*\d{4}.*$", re.IGNORECASE | re.MULTILINE)
_ABBREVIATIONS = {
    "Apache 2": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "BSD 3-Clause License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
}
# Distributions whose metadata have neither field nor file of it
_SAID_IN_ITS_README = {"resonate-sdk": "Apache-2.0", "resonate-base": "Apache-2.0"}


@dataclass(frozen=True)
class Part:
    """One bundled thing; `patterns` are its files below the bundle's folder, as globs."""

    name: str
    version: str
    licence: str
    copyright: tuple[str, ...]
    patterns: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]
    """Names and contents of its licence files."""


def bundled_parts(imported: Iterable[str]) -> list[Part]:
    """The distributions that have one of these top-level modules, sorted by name; ours is left out."""
    distributions = metadata.packages_distributions()
    names = {name for module in imported for name in distributions.get(module, ())} - {"capsule-desktop"}
    return [_part(metadata.distribution(name)) for name in sorted(names, key=str.lower)]


def python_part() -> Part:
    home = Path(sys.base_prefix)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    places = (
        home / "lib" / f"python{version}" / "LICENSE.txt",
        home / "LICENSE.txt",
        Path(f"/usr/share/doc/python{version}/copyright"),
    )
    text = next((path.read_text(encoding="utf-8") for path in places if path.is_file()), "")
    holders = ("2001 Python Software Foundation",)
    patterns = ("libpython*", "python3*", "base_library.zip")
    return Part(
        "Python", sys.version.split()[0], "PSF-2.0", holders, patterns, (("LICENSE.txt", text),) if text else ()
    )


def _part(distribution: metadata.Distribution) -> Part:
    texts = tuple(_texts(distribution))
    licence = licence_of(distribution.metadata.get_all("Classifier") or [], *_declared(distribution))
    return Part(
        name=distribution.metadata["Name"],
        version=distribution.version,
        licence=licence,
        copyright=_copyright(distribution, texts),
        patterns=_patterns(distribution),
        texts=texts or _common_texts(licence),
    )


def _declared(distribution: metadata.Distribution) -> tuple[str, str]:
    fields = distribution.metadata
    expression = fields.get("License-Expression") or _SAID_IN_ITS_README.get(distribution.metadata["Name"], "")
    return expression, fields.get("License") or ""


def licence_of(classifiers: Iterable[str], expression: str, free_text: str) -> str:
    """The licence in the words of its metadata, as short as they can be said."""
    if expression:
        return expression
    first = free_text.strip().splitlines()[0] if free_text.strip() else ""
    if first and len(first) < 60:
        return _ABBREVIATIONS.get(first, first)
    said = [name.rsplit(" :: ", 1)[1] for name in classifiers if name.startswith("License :: ")]
    return _ABBREVIATIONS.get(said[0], said[0]) if said else "see-below"


def _texts(distribution: metadata.Distribution) -> Iterable[tuple[str, str]]:
    for file in sorted(distribution.files or (), key=str):
        inside = ".dist-info" in file.parts[0]
        if inside and _TEXT_FILE.search(file.name) and file.name != "METADATA":
            name = "/".join(part for part in file.parts[1:] if part not in {"licenses", "license_files"})
            yield name, Path(str(distribution.locate_file(file))).read_text(encoding="utf-8", errors="replace")


def _common_texts(licence: str) -> tuple[tuple[str, str], ...]:
    """For wheels that carry no text of it; Qt's are such."""
    folder = ROOT / "installers" / "licences"
    if licence.startswith("LGPL-3.0"):
        paths = [folder / "LGPL-3.0.txt", folder / "GPL-3.0.txt"]
    else:
        paths = [ROOT / "LICENSE"] if licence.startswith("Apache-2.0") else []
    return tuple((path.name, path.read_text(encoding="utf-8")) for path in paths)


def _copyright(distribution: metadata.Distribution, texts: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    lines = [match.strip(" \t*#-.") for _, text in texts for match in _COPYRIGHT.findall(text)]
    if lines:
        return tuple(
            dict.fromkeys(re.sub(r"^copyright\W*(\(c\)|©)?\s*", "", line, flags=re.IGNORECASE) for line in lines)
        )
    fields = distribution.metadata
    return (
        fields.get("Author")
        or fields.get("Author-email")
        or fields.get("Maintainer-email")
        or f"the authors of {fields['Name']}",
    )


def _patterns(distribution: metadata.Distribution) -> tuple[str, ...]:
    top = {
        file.parts[0] for file in distribution.files or () if file.suffix in {".py", ".so"} and ".." not in file.parts
    }
    return tuple(sorted(f"{name}*" for name in top if not name.endswith(".dist-info")))
