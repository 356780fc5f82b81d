"""Whatever is done to a document: what its draft log gives back is the document, and cut anywhere, an earlier one."""

from __future__ import annotations

import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from capsule_desktop.notebook import draft_log, ipynb
from capsule_desktop.notebook.cell import Cell, CellId
from capsule_desktop.notebook.disk import DiskState
from capsule_desktop.notebook.document import Document, Snapshot
from capsule_desktop.notebook.draft_log import scan
from capsule_desktop.notebook.draft_recorder import DraftRecorder
from capsule_desktop.notebook.draft_records import Base, Record
from capsule_desktop.notebook.drafts import RecoveredDocument
from capsule_desktop.notebook.outputs import ErrorOutput, Output, StreamOutput
from tests.properties.test_undo import UndoMachine
from tests.support.draft_logs import as_log, draft_in, on_disk, shown
from tests.support.notebooks import as_bytes, code, markdown, metadata, notebook

State = tuple[list[Cell], list[str], object, dict[CellId, str]]
_OUTPUTS: list[Output] = [
    StreamOutput(name="stdout", text="a\nb"),
    StreamOutput(name="stderr", text="é\n"),
    ErrorOutput(error_type="E", message="m", traceback=("t",)),
]


class DraftMachine(UndoMachine):
    """Keeps a log as the window does; saves begin, end, fail, or are the last thing that happens."""

    @initialize(minor=st.sampled_from([4, 5]))
    def begin(self, minor: int) -> None:
        stream = {"output_type": "stream", "name": "stdout", "text": ["hi\n"]}
        ids = [{"id": name} if minor == 5 else {} for name in "abc"]
        cells = (code("x = 1\ny = 2", outputs=[stream], **ids[0]), markdown("# é😀", **ids[1]), code("z", **ids[2]))
        self.data = as_bytes(notebook(*cells, minor=minor))
        self.document = Document(ipynb.parse(self.data), Path("/a.ipynb"))
        self.seen = list(self.document.cell_ids())
        self.texts = {cell_id: self.document.source(cell_id) for cell_id in self.seen}
        self.recorder = DraftRecorder(self.document)
        self.document.subscribe(self._see)
        self.document.subscribe(self.recorder.take)
        self.saving: tuple[Snapshot, ipynb.NotebookFile, bytes, int, Base] | None = None
        self.runs = 0
        self.late: list[tuple[CellId, Output]] = []  # the log of late output, which counts in pieces here
        self.document.late.told(0)
        self._restart()

    def open(self) -> None:
        """begin() does it."""

    def dirty_means_that_something_differs(self) -> None:
        """Runs differ as well, which the content that this would compare has not."""

    def _restart(self) -> None:
        self.records: list[Record] = [self.recorder.base(on_disk(self.data).state), self.recorder.everything()]
        self.kept: list[State] = [self._state()]
        self.lengths = [len(as_log(*self.records))]

    def _state(self) -> State:
        cells = shown(self.document)
        return cells, [cell.run for cell in cells], self.document.metadata, dict(self.document.last_runs)

    def _keep(self) -> None:
        self.records.append(self.recorder.changes())
        self.kept.append(self._state())
        self.lengths.append(len(as_log(*self.records)))

    @rule()
    def keep(self) -> None:
        self._keep()

    @rule()
    def fail(self) -> None:
        self.recorder.failed(self.recorder.changes())

    @rule()
    def fold(self) -> None:
        compacted = draft_log.compact(tuple(self.records))
        if len(compacted) < len(self.records):
            self.records = list(compacted)
            self.kept, self.lengths = self.kept[-1:], [len(as_log(*self.records))]

    @rule(data=st.data(), outputs=st.lists(st.sampled_from(_OUTPUTS), max_size=3), cleared=st.booleans())
    def run(self, data: st.DataObject, outputs: list[Output], cleared: bool) -> None:
        cell_id = self._some(data)[0]
        self.runs += 1
        self.document.begin_run(cell_id, f"e{self.runs}")
        for place, output in enumerate(outputs):
            self.document.add_output(cell_id, output)
            if cleared and place == 0:
                self.document.clear_outputs([cell_id])
        self.document.end_run(cell_id, self.runs)

    @rule(data=st.data(), output=st.sampled_from(_OUTPUTS))
    def print_late(self, data: st.DataObject, output: Output) -> None:
        cell_id = self._some(data)[0]
        self.late.append((cell_id, output))
        self.document.late.told(len(self.late))
        self.document.add_output(cell_id, output)

    @rule(data=st.data())
    def clear(self, data: st.DataObject) -> None:
        self.document.clear_outputs(self._some(data))

    @rule(value=metadata)
    def set_metadata(self, value: dict[str, object]) -> None:
        capsule = self.document.metadata.get("capsule")
        self.document.set_metadata(value if capsule is None else {**value, "capsule": capsule})

    @rule(data=st.data(), value=metadata)
    def set_cell_metadata(self, data: st.DataObject, value: dict[str, object]) -> None:
        self.document.set_cell_metadata(self._some(data)[0], value)

    @precondition(lambda self: self.saving is None)
    @rule()
    def begin_save(self) -> None:
        since, base, snapshot = self.recorder.save_begins(), self.recorder.base(None), self.document.snapshot()
        file = ipynb.updated(snapshot.file, snapshot.cells, snapshot.metadata) if snapshot.changed else snapshot.file
        data = b"".join(map(bytes, ipynb.render(file)))
        self.saving = snapshot, file, data, since, base

    @precondition(lambda self: self.saving is not None)
    @rule(ends=st.sampled_from(["well", "badly", "killed"]))
    def end_save(self, ends: str) -> None:
        assert self.saving is not None
        snapshot, file, data, since, base = self.saving
        state = DiskState(mtime_ns=0, size=len(data), crc=zlib.crc32(data))
        self.records.append(self.recorder.intent(since, base, state, file.order))
        self.kept.append(self.kept[-1])
        self.lengths.append(len(as_log(*self.records)))
        if ends == "killed":
            self._keep()
            self._compare(data)
        self.saving = None
        self.recorder.save_ended()
        if ends == "well":
            self.document.saved(snapshot, file, Path("/a.ipynb"))
            self.data = data
            self._restart()

    def _read(self, log: bytes, data: bytes) -> State:
        with TemporaryDirectory() as folder:
            draft = draft_in(Path(folder), log)
            assert draft is not None
            recovered = draft.applied_to(on_disk(data))
        runs = [cell.run for cell in recovered.content.cells]
        cells = self._told_the_rest(recovered)
        assert recovered.run_of == {cell.cell_id: cell.run for cell in recovered.content.cells if cell.run}
        return list(cells), runs, recovered.content.metadata, dict(recovered.last_runs)

    def _told_the_rest(self, recovered: RecoveredDocument) -> list[Cell]:
        """What is shown when the log of late output has been read on."""
        document = recovered.document(None)
        late_end = recovered.content.late_end or 0
        for end, (cell_id, output) in enumerate(self.late[late_end:], late_end + 1):
            document.late.told(end)
            if cell_id in document and not document.late.has(cell_id, end):
                document.add_output(cell_id, output)
        return shown(document)

    def _compare(self, data: bytes) -> None:
        """The whole log gives what was kept last."""
        cells, runs, notebook_metadata, last_runs = self._read(as_log(*self.records), data)
        expected_cells, expected_runs, expected_metadata, expected_last = self.kept[-1]
        # of runs that are in the file the outputs may be taken from there
        pairs = list(zip(cells, expected_cells, runs, expected_runs, strict=True))
        for cell, expected, run, expected_run in pairs:
            if run == expected_run:
                assert cell == expected
            else:
                assert (run, cell.source, cell.kind) == ("", expected.source, expected.kind)
                assert tuple(cell.outputs) == tuple(self._outputs_in(data, cell))
        assert isinstance(notebook_metadata, dict)
        assert {**notebook_metadata, "capsule": 0} == {**dict(expected_metadata), "capsule": 0}  # type: ignore[call-overload]  # a mapping
        assert {cell_id: run for cell_id, run in last_runs.items() if cell_id in self.document} == {
            cell_id: run for cell_id, run in expected_last.items() if cell_id in self.document
        }

    @staticmethod
    def _outputs_in(data: bytes, cell: Cell) -> list[Output]:
        file = ipynb.parse(data)
        found = [known.outputs for known in file.cells() if known.cell_id == cell.cell_id or not file.has_ids]
        return list(next(outputs for outputs in found if tuple(outputs) == tuple(cell.outputs)))

    def teardown(self) -> None:
        if hasattr(self, "records"):
            self._keep()
            self._compare(self.data)
            self._cut()

    def _cut(self) -> None:
        """Torn at any byte behind the base, the log gives the last state that was kept whole."""
        log = as_log(*self.records)
        for cut in {self.lengths[0], len(log) - 1, (self.lengths[0] + len(log)) // 2, *self.lengths}:
            if cut >= self.lengths[0]:
                place = max(index for index, length in enumerate(self.lengths) if length <= cut)
                expected = len(scan(log[: self.lengths[place]]).records)
                assert scan(log[:cut]).records == scan(log).records[:expected]


TestDrafts = DraftMachine.TestCase
