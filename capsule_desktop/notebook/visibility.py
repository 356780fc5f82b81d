"""What a cell's metadata says about hiding and scrolling, in Jupyter's keys: read and written for presenters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from capsule_desktop.notebook.json_text import JsonValue


@dataclass(frozen=True, kw_only=True)
class Visibility:
    """outputs_scrolled None: as the application thinks best for what is there ("auto")."""

    source_hidden: bool = False
    outputs_hidden: bool = False
    outputs_scrolled: bool | None = None


def visibility(metadata: Mapping[str, JsonValue]) -> Visibility:
    """`collapsed` is the classic notebook's word for jupyter.outputs_hidden."""
    jupyter = _jupyter(metadata)
    scrolled = metadata.get("scrolled")
    return Visibility(
        source_hidden=jupyter.get("source_hidden") is True,
        outputs_hidden=jupyter.get("outputs_hidden", metadata.get("collapsed")) is True,
        outputs_scrolled=scrolled if isinstance(scrolled, bool) else None,
    )


def with_visibility(metadata: Mapping[str, JsonValue], wanted: Visibility) -> Mapping[str, JsonValue]:
    """metadata that says wanted, and everything else it said; keys whose meaning holds already stay as they are."""
    now = visibility(metadata)
    jupyter, new = dict(_jupyter(metadata)), dict(metadata)
    if wanted.source_hidden is not now.source_hidden:
        _put(jupyter, "source_hidden", wanted.source_hidden or None)
    if wanted.outputs_hidden is not now.outputs_hidden:
        _put(jupyter, "outputs_hidden", wanted.outputs_hidden or None)
        _put(new, "collapsed", wanted.outputs_hidden or None)
    if wanted.outputs_scrolled is not now.outputs_scrolled:
        _put(new, "scrolled", wanted.outputs_scrolled)
    if jupyter != _jupyter(metadata):
        _put(new, "jupyter", jupyter or None)
    return new


def _jupyter(metadata: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    section = metadata.get("jupyter")
    return section if isinstance(section, Mapping) else {}


def _put(fields: dict[str, JsonValue], name: str, value: JsonValue) -> None:
    """None takes the key away, as JupyterLab does with what says no more than the default."""
    if value is None:
        fields.pop(name, None)
    else:
        fields[name] = value
