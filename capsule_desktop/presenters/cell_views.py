"""What each cell shows now, made from the document, its runs and its past ones whenever a view asks (CellSource).

Keeps only what is none of these: which markdown cells show their source, line numbers, and what prompts say.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace

from capsule_desktop.notebook.cell import CellId, CellKind
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.outputs import Output
from capsule_desktop.notebook.visibility import visibility
from capsule_desktop.presenters.past_runs import PastRuns
from capsule_desktop.presenters.run_states import RunStates
from capsule_desktop.widgets.values import CellView, OfferView


class CellViews:
    def __init__(self, document: Document, runs: RunStates) -> None:
        self._document = document
        self._runs = runs
        self.past = PastRuns()
        self.editing_markdown: set[CellId] = set()
        self.line_numbers: set[CellId] = set()  # differing from all_line_numbers
        self.all_line_numbers = False
        self.offers: dict[CellId, OfferView] = {}  # what would help where a cell failed
        self.keeps_answers = True  # what a waiting prompt says of it

    def cell_ids(self) -> Sequence[CellId]:
        return self._document.cell_ids()

    def cell(self, cell_id: CellId) -> CellView:
        cell, run = self._document.body(cell_id), self._runs.of(cell_id)
        shown = visibility(cell.metadata)
        return CellView(
            cell_id=cell_id,
            kind=cell.kind,
            source=cell.source,
            state=run.state,
            execution_count=cell.execution_count,
            duration_s=run.duration_s,
            started_at=run.started_at,
            edited=run.source is not None and run.source != cell.source,
            note=run.note,
            has_details=run.details != "",
            history=self.past.view(cell_id, run, cell.source) if cell.kind is CellKind.CODE else None,
            prompt=None if run.prompt is None else replace(run.prompt, kept=self.keeps_answers),
            offer=self.offers.get(cell_id),
            editing_markdown=cell.kind is CellKind.MARKDOWN and cell_id in self.editing_markdown,
            outputs_collapsed=shown.outputs_hidden,
            outputs_scrolled=shown.outputs_scrolled is True,
            line_numbers=(cell_id in self.line_numbers) != self.all_line_numbers,
        )

    def shows_rendered(self, cell_id: CellId) -> bool:
        """A markdown cell that is read, not written."""
        return self._document.body(cell_id).kind is CellKind.MARKDOWN and cell_id not in self.editing_markdown

    def outputs(self, cell_id: CellId) -> Sequence[Output]:
        return self._document.outputs(cell_id)

    def attachment(self, cell_id: CellId, name: str) -> bytes | None:
        """The first image of that name which decodes; None where there is none."""
        bundle = self._document.body(cell_id).attachments.get(name, {})
        for mime, data in bundle.items():
            if mime.startswith("image/") and isinstance(data, str):
                try:
                    return base64.b64decode(data)
                except ValueError:  # binascii.Error is one
                    continue
        return None
