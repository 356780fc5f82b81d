"""Notebook files for the window's journeys, written as other tools write them."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat


def write_notebook(path: Path, *sources: str) -> Path:
    """A cell a source, at path; one that begins with "# " is a markdown cell."""
    cells = [
        nbformat.v4.new_markdown_cell(source) if source.startswith("# ") else nbformat.v4.new_code_cell(source)
        for source in sources
    ]
    path.write_text(json.dumps(nbformat.v4.new_notebook(cells=cells), indent=1) + "\n")
    return path
