"""The generated notebook is one that Jupyter would open, with every kind of output in it."""

from __future__ import annotations

from pathlib import Path

import nbformat

from tests.benchmarks.heavy_notebook import write_notebook


def test_generated_notebook_is_valid_and_has_every_kind_of_output(tmp_path: Path) -> None:
    written = write_notebook(tmp_path / "heavy.ipynb", 120)
    notebook = nbformat.read(tmp_path / "heavy.ipynb", 4)
    nbformat.validate(notebook)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    types = {mime for output in outputs for mime in output.get("data", {output.output_type: 0})}
    assert types == {"stream", "text/html", "image/png", "text/plain"}
    assert written == (tmp_path / "heavy.ipynb").stat().st_size


def test_generated_notebook_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_notebook(tmp_path / name, 40)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
