"""The Python that a notebook names: metadata.capsule.interpreter, a name and a minor version, never a path.

Other tools' kernelspec and language_info are not touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from capsule_desktop.notebook.json_text import JsonValue

_LONGEST = 200  # characters of a name; a longer one is nobody's


@dataclass(frozen=True, kw_only=True)
class NamedInterpreter:
    """version: "3.12", "" where it is not said."""

    name: str
    version: str


def named_interpreter(metadata: Mapping[str, JsonValue]) -> NamedInterpreter | None:
    """None where nobody chose one, and where what stands there has another shape."""
    capsule = metadata.get("capsule")
    stored = capsule.get("interpreter") if isinstance(capsule, Mapping) else None
    if not isinstance(stored, Mapping):
        return None
    name, version = stored.get("name"), stored.get("version", "")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST:
        return None
    return NamedInterpreter(name=name, version=version[:_LONGEST] if isinstance(version, str) else "")


def with_interpreter(metadata: Mapping[str, JsonValue], named: NamedInterpreter | None) -> Mapping[str, JsonValue]:
    """metadata that names it; None: none any more.  A `capsule` of another shape is left alone."""
    capsule = metadata.get("capsule", {})
    if not isinstance(capsule, dict):
        return metadata
    if named is None:
        others = {key: value for key, value in capsule.items() if key != "interpreter"}
        return {**metadata, "capsule": others} if others else {k: v for k, v in metadata.items() if k != "capsule"}
    stored: dict[str, JsonValue] = {"name": named.name, "version": named.version}
    return {**metadata, "capsule": {**capsule, "interpreter": stored}}
