"""Taking an output out of the notebook: the whole of a long text in a window, or an output as a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import assert_never

from PySide6.QtWidgets import QFileDialog

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.outputs import DisplayOutput, ErrorOutput, Output, StreamOutput
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets import messages
from capsule_desktop.widgets.full_output import FullOutput


class OutputExports:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def show_full(self, cell_id: CellId, index: int) -> None:
        """All of a text output that the cell shows only head and tail of."""
        outputs = self._parts.document.outputs(cell_id)
        if index < len(outputs):
            self.show_output(f"Output of cell {self._parts.number(cell_id)}", outputs[index])

    def show_output(self, heading: str, output: Output) -> None:
        """All of an output where that is text."""
        match output:
            case StreamOutput(text=text):
                pass
            case ErrorOutput(traceback=traceback):
                text = "\n".join(traceback)
            case DisplayOutput():
                return
            case _:
                assert_never(output)
        FullOutput(heading, text, self._parts.window).open()

    def save(self, _cell_id: CellId, _index: int, name: str, data: bytes) -> None:
        """Ask where to, then write data there."""
        folder = Path.home() if self._parts.document.path is None else self._parts.document.path.parent
        dialog = QFileDialog(self._parts.window, "Save output", str(folder / name))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(name)
        dialog.finished.connect(dialog.deleteLater)
        dialog.fileSelected.connect(lambda file: self._parts.tasks.spawn(self._write(Path(file), data), name="export"))
        dialog.open()

    async def _write(self, path: Path, data: bytes) -> None:
        try:
            await asyncio.to_thread(path.write_bytes, data)
        except OSError as error:
            why = error.strerror or str(error)
            self._parts.tell(
                messages.failure(
                    f"{path.name} was not saved", f"{why}. The output is still in the notebook.", "Try another folder."
                )
            )
