"""The Python that a notebook names is kept with the file, and what others wrote there harms nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from capsule_desktop.notebook import ipynb
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.json_text import JsonValue
from capsule_desktop.notebook.named_interpreter import NamedInterpreter, named_interpreter, with_interpreter

ANALYSIS = NamedInterpreter(name="analysis", version="3.12")


def test_it_is_read_as_it_was_written_and_leaves_the_rest_alone() -> None:
    before: dict[str, JsonValue] = {"kernelspec": {"name": "python3"}, "capsule": {"id": "a"}}
    after = with_interpreter(before, ANALYSIS)
    assert named_interpreter(after) == ANALYSIS
    assert after["capsule"] == {"id": "a", "interpreter": {"name": "analysis", "version": "3.12"}}
    assert {**after, "capsule": 0} == {**before, "capsule": 0}
    assert "interpreter" not in str(before)


@pytest.mark.parametrize(
    "capsule",
    [None, "text", {}, {"interpreter": "analysis"}, {"interpreter": {"name": 3}}, {"interpreter": {"name": "x" * 300}}],
)
def test_what_has_another_shape_names_none(capsule: JsonValue) -> None:
    assert named_interpreter({"capsule": capsule}) is None


def test_a_capsule_of_another_shape_is_left_alone() -> None:
    metadata: dict[str, JsonValue] = {"capsule": "somebody else's"}
    assert with_interpreter(metadata, ANALYSIS) is metadata


def test_a_choice_made_while_the_file_is_being_written_stays_unsaved() -> None:
    document = Document()
    document.insert(0, source="1")
    snapshot = document.snapshot()
    document.set_metadata(with_interpreter(document.metadata, ANALYSIS))
    document.saved(snapshot, ipynb.updated(snapshot.file, snapshot.cells, snapshot.metadata), Path("a.ipynb"))
    assert named_interpreter(document.metadata) == ANALYSIS
    assert document.capsule_id == ipynb.capsule_id(snapshot.metadata)
    assert document.is_dirty
