"""Hiding and scrolling in Jupyter's metadata."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from capsule_desktop.notebook.visibility import Visibility, visibility, with_visibility


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, Visibility()),
        ({"jupyter": {"source_hidden": True}}, Visibility(source_hidden=True)),
        ({"collapsed": True}, Visibility(outputs_hidden=True)),
        (
            {"jupyter": {"outputs_hidden": True, "source_hidden": True}},
            Visibility(outputs_hidden=True, source_hidden=True),
        ),
        ({"jupyter": {"outputs_hidden": False}, "collapsed": True}, Visibility()),
        ({"scrolled": False}, Visibility(outputs_scrolled=False)),
        ({"scrolled": "auto", "jupyter": 3, "collapsed": 1}, Visibility()),
    ],
)
def test_jupyters_keys_are_understood(metadata: Mapping[str, object], expected: Visibility) -> None:
    assert visibility(metadata) == expected


def test_what_is_written_is_read_back_and_the_rest_stays() -> None:
    metadata = {"tags": ["t"], "jupyter": {"other": 1}}
    hidden = Visibility(source_hidden=True, outputs_hidden=True, outputs_scrolled=True)
    written = with_visibility(metadata, hidden)
    assert visibility(written) == hidden
    assert written["collapsed"] is True
    assert with_visibility(written, Visibility()) == metadata


def test_a_meaning_that_holds_already_keeps_its_keys() -> None:
    classic = {"collapsed": True, "scrolled": False}
    assert with_visibility(classic, visibility(classic)) == classic
    assert with_visibility({"collapsed": False}, Visibility(source_hidden=True)) == {
        "collapsed": False,
        "jupyter": {"source_hidden": True},
    }
