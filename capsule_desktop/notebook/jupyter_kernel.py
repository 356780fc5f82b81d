"""The Jupyter kernel that a notebook names, where that says more than "some Python": metadata.kernelspec, read only.

Other tools write it, and another computer's kernels are not known here: all that is taken from it is what an
environment of this computer may be called, and which Python it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from capsule_desktop.notebook.json_text import JsonValue

_READ, _SHOWN = 200, 60  # characters of a name
_PLAIN = re.compile(r"i?python ?[0-9.]*( \(ipykernel\)| (32|64)-bit)?|python[0-9]*jvsc[0-9a-z]*")  # says nothing more
_OF_ENVIRONMENTS = (
    re.compile(r"(.+?) ?\([0-9][0-9.]*\)"),  # ".venv (3.12.1)", as VS Code writes it
    re.compile(r"python .*\('(.+?)'.*\)"),  # "Python 3.8.5 64-bit ('analysis': conda)", as it did before
    re.compile(r"conda-env-(.+)-py"),  # as nb_conda_kernels names them
    re.compile(r"python \[conda env: ?(.+?)\](?: \*)?"),
)
_MINOR = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}")


@dataclass(frozen=True, kw_only=True)
class JupyterKernel:
    """shown: as people know it.  names: what its environment may be called, casefolded.  version: "3.10", or ""."""

    shown: str
    names: tuple[str, ...]
    version: str


def jupyter_kernel(metadata: Mapping[str, JsonValue]) -> JupyterKernel | None:
    """None where it names any Python ("python3"), another language, or nothing that can be read."""
    kernelspec, language = _fields(metadata.get("kernelspec")), _fields(metadata.get("language_info"))
    if "python" not in _text(kernelspec.get("language", language.get("name", "python"))).casefold():
        return None
    called = (_text(kernelspec.get("display_name")), _text(kernelspec.get("name")))
    own = [each for each in called if each and not _PLAIN.fullmatch(each.casefold())]
    if not own:
        return None
    shown = own[0] if len(own[0]) <= _SHOWN else f"{own[0][:_SHOWN]}…"
    version = _MINOR.match(_text(language.get("version")))
    names = dict.fromkeys(name for each in own for name in _environments(each.casefold()))
    return JupyterKernel(shown=shown, names=tuple(names), version="" if version is None else version.group())


def _environments(called: str) -> Iterator[str]:
    yield called
    for pattern in _OF_ENVIRONMENTS:
        if (found := pattern.fullmatch(called)) is not None:
            yield found[1]


def _fields(stored: JsonValue) -> Mapping[str, JsonValue]:
    return stored if isinstance(stored, Mapping) else {}


def _text(stored: JsonValue) -> str:
    """On one line and without what steers a terminal: others wrote it."""
    text = stored[:_READ] if isinstance(stored, str) else ""
    return "".join(each if each.isprintable() else " " for each in text).strip()
