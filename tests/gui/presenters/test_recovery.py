"""What came back with a notebook: outputs of runs that no save has, how cells stood, and what is said of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from capsule_desktop.notebook.cell import Cell, CellId, CellKind
from capsule_desktop.notebook.disk import DiskState, OnDisk
from capsule_desktop.notebook.document import Content
from capsule_desktop.notebook.drafts import Fit, RecoveredDocument
from capsule_desktop.notebook.ipynb import new_notebook_file
from capsule_desktop.notebook.outputs import DisplayOutput, StreamOutput
from capsule_desktop.presenters.kept_variables import KeptVariables
from capsule_desktop.presenters.opening import Opened
from capsule_desktop.presenters.recovery import RecoveryPresenter
from capsule_desktop.presenters.resuming import ResumingPresenter
from capsule_desktop.widgets.banner import Banner
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from capsule_desktop.widgets.recovery_words import RESUME, VARIABLES
from capsule_desktop.widgets.theme import Theme
from capsule_desktop.widgets.values import CellState
from engine.commands import ExecutionId, RestoreLastCheckpoint
from engine.events import (
    DisplayUpdated,
    Event,
    ExecutionFinished,
    ExecutionQueued,
    KernelAttached,
    Outcome,
    TextPrinted,
)
from engine.store import places
from engine.store.records import CheckpointRecord, RunRecord, RunState, StoredState
from tests.support.draft_logs import on_disk
from tests.support.notebooks import as_bytes, code
from tests.support.notebooks import notebook as notebook_of
from tests.support.scripted_parts import ScriptedParts, close, parts_of

pytestmark = pytest.mark.qt_loop
NOON = 1_700_000_000.0
UNSETTLED = {"runs": RunState.CLAIMED, "waits": RunState.QUEUED}
KEPT = CheckpointRecord(execution_id="r1", cell_id="a", path="", created_at=NOON, size_bytes=1, left_out=0)


def run(
    cell: str, execution_id: str, *, state: RunState = RunState.SETTLED, at: float = NOON, count: int = 1
) -> RunRecord:
    return RunRecord(
        execution_id=execution_id,
        cell_id=cell,
        source=f"source of {cell}",
        submitted_at=at,
        started_at=at,
        state=state,
        outcome="ok" if state is RunState.SETTLED else "",
        duration_s=1.0,
        execution_count=count,
    )


@dataclass
class FakePast:
    """Every run has printed its own id."""

    at_opening: StoredState

    async def replay(self, execution_id: str, cell_id: str = "") -> AsyncIterator[Event]:
        yield TextPrinted(execution_id=ExecutionId(execution_id), stream="stdout", text=f"{execution_id} of {cell_id}")


@dataclass
class Recovery:
    notebook: ScriptedParts
    presenter: RecoveryPresenter
    banner: Banner
    told: list[Event] = field(default_factory=list)

    def take(self, *events: Event) -> None:
        for event in events:
            self.notebook.tell(event)
            self.presenter.take(event)

    async def open(self, **state: object) -> None:
        self.presenter.open(FakePast(StoredState(**state)))  # type: ignore[arg-type]  # the test's own words
        await self.presenter.filled()

    def text(self, cell: str) -> str:
        return "".join(getattr(output, "text", "") for output in self.notebook.parts.document.outputs(CellId(cell)))

    def state(self, cell: str) -> CellState:
        return self.notebook.parts.runs.of(CellId(cell)).state

    def says(self) -> str:
        return self.banner.accessibleName() if self.banner.isVisible() else ""

    def buttons(self) -> list[str]:
        """Of the banner, but for the one that puts it away."""
        buttons = self.banner.findChildren(QPushButton)
        return [button.text() for button in buttons if button.isVisible() and button.text()]


type Make = Callable[..., Recovery]


def content(*cells: Cell, saved: tuple[Cell, ...], last_runs: dict[str, str]) -> Content:
    runs = {CellId(cell): execution_id for cell, execution_id in last_runs.items()}
    return Content(saved=saved, cells=cells, metadata=new_notebook_file().metadata, last_runs=runs)


def cell(name: str, **changes: object) -> Cell:
    plain = Cell(cell_id=CellId(name), kind=CellKind.CODE, source=f"source of {name}")
    return replace(plain, **changes)  # type: ignore[arg-type]  # the test's own words


@pytest.fixture
def recovery(qapp: QApplication, tmp_path: Path) -> Iterator[Make]:
    owner = QObject()
    made: list[ScriptedParts] = []

    def make(
        draft: Content | OnDisk,
        *,
        crashed: bool = True,
        is_draft_known: bool = True,
        has_kernel: bool = False,
        unread: frozenset[str] | None = None,
        removed: frozenset[CellId] = frozenset(),
    ) -> Recovery:
        if isinstance(draft, OnDisk):
            place, path = places.unsaved(tmp_path), tmp_path / "a.ipynb"
            opened = Opened(path=path, on_disk=draft, place=place, is_draft_known=is_draft_known)
            return of(opened, crashed, has_kernel)
        runs = {c.cell_id: c.run for c in draft.cells if c.run}
        recovered = RecoveredDocument(
            fit=Fit.BASE, file=new_notebook_file(), state=None, content=draft, run_of=runs, removed=removed
        )
        place, unread = places.unsaved(tmp_path), frozenset(runs.values()) if unread is None else unread
        opened = Opened(path=None, on_disk=None, place=place, recovered=recovered, unread=unread)
        return of(opened, crashed, has_kernel)

    def of(opened: Opened, crashed: bool, has_kernel: bool) -> Recovery:
        notebook = parts_of(Theme(qapp), opened.document(), owner)
        made.append(notebook)
        resuming = ResumingPresenter(notebook.parts, KeptVariables(), lambda: has_kernel)
        banner = notebook.window.findChild(Banner)
        assert banner is not None
        return Recovery(notebook, RecoveryPresenter(notebook.parts, opened, resuming, crashed=crashed), banner)

    yield make
    owner.deleteLater()
    for notebook in made:
        close(notebook)


async def test_outputs_that_the_draft_leaves_to_a_run_come_from_its_log(recovery: Make) -> None:
    r = recovery(content(cell("a", run="r1", execution_count=7), saved=(cell("a"),), last_runs={"a": "r1"}))
    await r.open(latest=(run("a", "r1", count=7),))
    assert (r.text("a"), r.state("a")) == ("r1 of a", CellState.DONE)
    assert r.notebook.parts.document.cell(CellId("a")).execution_count == 7


async def test_a_run_that_ended_after_its_draft_has_its_number(recovery: Make) -> None:
    printed = (StreamOutput(name="stdout", text="printed"),)
    cells = cell("a", run="r1", outputs=printed), cell("b", run="r2")
    draft = content(*cells, saved=(cell("a"), cell("b")), last_runs={"a": "r1", "b": "r2"})
    r = recovery(draft, unread=frozenset({"r2"}))
    r.presenter.open(FakePast(StoredState(latest=(run("a", "r1", count=7), run("b", "r2", count=8)))))
    document = r.notebook.parts.document
    assert [document.cell(CellId(name)).execution_count for name in "ab"] == [7, 8]  # before any log is read, too
    assert document.differing == {"a", "b"}
    await r.presenter.filled()
    assert (r.text("a"), r.text("b")) == ("printed", "r2 of b")


async def test_a_run_whose_end_was_never_kept_is_brought_in(recovery: Make) -> None:
    draft = content(cell("a"), cell("b"), saved=(cell("a"), cell("b")), last_runs={"b": "r2"})
    r = recovery(draft)
    await r.open(latest=(run("a", "r1"), run("b", "r2")))
    assert (r.text("a"), r.text("b")) == ("r1 of a", "")  # what was cleared on purpose stays cleared


class PastWithUpdates(FakePast):
    async def replay(self, execution_id: str, cell_id: str = "") -> AsyncIterator[Event]:
        yield DisplayUpdated(display_id="d", data={"text/plain": f"of {execution_id}"}, metadata={})


async def test_what_a_run_that_is_brought_in_showed_in_another_cells_display_is_there(recovery: Make) -> None:
    shown = cell("a", run="r1", outputs=(DisplayOutput(data={"text/plain": "old"}, display_id="d"),))
    r = recovery(content(shown, cell("b"), saved=(cell("a"), cell("b")), last_runs={"a": "r1"}), unread=frozenset())
    r.presenter.open(PastWithUpdates(StoredState(latest=(run("a", "r1"), run("b", "r2")))))
    await r.presenter.filled()
    (output,) = r.notebook.parts.document.cell(CellId("a")).outputs
    assert isinstance(output, DisplayOutput)
    assert output.data == {"text/plain": "of r2"}


async def test_a_run_that_ended_after_a_save_in_its_middle_is_whole(recovery: Make) -> None:
    r = recovery(content(cell("a", run="r1"), saved=(cell("a"),), last_runs={"a": "r1"}))
    await r.open(latest=(run("a", "r1"),))
    assert (r.text("a"), r.state("a")) == ("r1 of a", CellState.DONE)


async def test_a_run_is_brought_in_where_nothing_was_ever_kept_whatever_time_the_file_has(recovery: Make) -> None:
    cells = as_bytes(notebook_of(code("source of a", id="a"), minor=5))
    future = DiskState(int((NOON + 7200) * 1e9), len(cells), 1)
    r = recovery(replace(on_disk(cells), state=future))
    await r.open(latest=(run("a", "r1", count=3),))
    assert (r.text("a"), r.state("a")) == ("r1 of a", CellState.DONE)
    assert r.notebook.parts.document.is_dirty


async def test_no_run_is_brought_in_over_edits_that_cannot_be_read(recovery: Make) -> None:
    file = on_disk(as_bytes(notebook_of(code("edited since", id="a"), minor=5)))
    r = recovery(file, is_draft_known=False)
    await r.open(latest=(run("a", "r1"),))
    assert (r.notebook.parts.document.source(CellId("a")), r.text("a")) == ("edited since", "")


async def test_outputs_that_were_not_wanted_at_the_closing_stay_away(recovery: Make) -> None:
    r = recovery(content(cell("a"), saved=(cell("a"),), last_runs={"a": "r1"}), crashed=False)
    await r.open(latest=(run("a", "r1"),))
    assert r.text("a") == ""


async def test_a_second_crash_before_they_are_brought_in_loses_them_no_more_than_the_first(recovery: Make) -> None:
    r = recovery(content(cell("a"), saved=(cell("a"),), last_runs={}))
    r.presenter.open(FakePast(StoredState(latest=(run("a", "r1"),))))
    assert CellId("a") not in r.notebook.parts.document.last_runs
    await r.presenter.filled()
    assert r.notebook.parts.document.last_runs[CellId("a")] == "r1"


async def test_outputs_that_were_cleared_stay_cleared(recovery: Make) -> None:
    cleared = cell("a")
    r = recovery(content(cleared, saved=(cleared,), last_runs={"a": "r1"}))
    await r.open(latest=(run("a", "r1"),))
    assert (r.text("a"), r.state("a")) == ("", CellState.NEVER_RUN)


async def test_a_cell_that_was_run_before_it_was_kept_is_made_again(recovery: Make) -> None:
    r = recovery(content(cell("a"), saved=(cell("a"),), last_runs={}))
    await r.open(latest=(run("new", "r1"),))
    assert r.notebook.parts.document.source(CellId("new")) == "source of new"
    assert r.text("new") == "r1 of new"


async def test_a_cell_that_was_deleted_is_not_made_again_from_its_runs(recovery: Make) -> None:
    gone = frozenset(map(CellId, ("ran", "runs", "waits")))
    r = recovery(content(cell("a"), saved=(cell("a"),), last_runs={}), removed=gone)
    runs, waits = (run(str(name), f"r-{name}", state=state) for name, state in UNSETTLED.items())
    await r.open(latest=(run("ran", "r1"),), unsettled=(runs, waits))
    document = r.notebook.parts.document
    assert document.cell_ids() == ("a",)
    assert document.last_runs == {"ran": "r1", "runs": "r-runs", "waits": "r-waits"}  # nor after a second crash


async def test_a_run_of_before_the_latest_does_not_bring_its_source_back(recovery: Make) -> None:
    edited = cell("a", source="edited since", run="r2", execution_count=1)
    r = recovery(content(edited, saved=(cell("a"),), last_runs={"a": "r2"}))
    await r.open(latest=(run("a", "r2", at=NOON + 60),), unsettled=(run("a", "r1", state=RunState.CLAIMED),))
    assert r.notebook.parts.document.source(CellId("a")) == "edited since"


async def test_an_older_run_is_not_brought_in_over_one_that_goes_on(recovery: Make) -> None:
    r = recovery(content(cell("a", run="r2"), saved=(cell("a"),), last_runs={"a": "r2"}))
    await r.open(latest=(run("a", "r1"),), unsettled=(run("a", "r2", state=RunState.CLAIMED),))
    assert r.text("a") == ""


async def test_cells_that_show_their_last_run_stand_as_it_ended(recovery: Make) -> None:
    shown = cell("a", execution_count=3)
    draft = content(shown, cell("b"), saved=(shown, cell("b")), last_runs={"a": "r1", "b": "r2"})
    r = recovery(draft)
    await r.open(latest=(run("a", "r1", count=3), run("b", "r2", count=4)))
    assert (r.state("a"), r.state("b")) == (CellState.DONE, CellState.NEVER_RUN)


async def test_what_was_interrupted_is_told_and_resumed_by_a_click(recovery: Make) -> None:
    r = recovery(content(cell("a"), cell("b", run="r2"), saved=(cell("a"), cell("b")), last_runs={"b": "r2"}))
    await r.open(unsettled=(run("b", "r2", state=RunState.CLAIMED),), checkpoint=KEPT)
    execution_id = ExecutionId("r2")
    lost = ExecutionFinished(
        execution_id=execution_id,
        cell_id="b",
        outcome=Outcome.LOST,
        duration_s=2472.0,
        execution_count=None,
        message="The computer was restarted while it ran.",
    )
    r.take(ExecutionQueued(execution_id=execution_id, cell_id="b", source="source of b"), lost)
    assert "Cell 2 was interrupted after 00:41:12." in r.says()
    r.notebook.window.banner_button_clicked.emit(RESUME)
    assert r.notebook.sent == [RestoreLastCheckpoint()]
    assert r.says() == ""


async def test_a_cell_that_goes_on_is_not_called_interrupted(recovery: Make) -> None:
    r = recovery(content(cell("a", run="r1"), saved=(cell("a"),), last_runs={"a": "r1"}), crashed=False)
    await r.open(unsettled=(run("a", "r1", state=RunState.CLAIMED),))
    execution_id = ExecutionId("r1")
    ended = ExecutionFinished(
        execution_id=execution_id, cell_id="a", outcome=Outcome.LOST, duration_s=1.0, execution_count=None
    )
    r.take(KernelAttached(running="r1"), ended)
    assert r.says() == ""


async def test_variables_are_no_longer_offered_when_python_turns_out_to_have_lived_on(recovery: Make) -> None:
    r = recovery(content(cell("a", source="edited"), saved=(cell("a"),), last_runs={}))
    await r.open(checkpoint=KEPT)
    assert "Bring back the variables" in r.buttons()
    r.take(KernelAttached(running=""))
    assert ("your edits are here" in r.says(), r.buttons()) == (True, ["Details"])
    r.banner.findChildren(QToolButton)[0].click()  # the only one, which puts it away
    r.take(KernelAttached(running=""))
    assert r.says() == ""  # what the user has put away stays away


@pytest.mark.parametrize("key", [VARIABLES, RESUME])
async def test_variables_that_python_has_now_are_not_replaced_unasked(recovery: Make, key: str) -> None:
    r = recovery(content(cell("a", source="edited"), saved=(cell("a"),), last_runs={}), has_kernel=True)
    await r.open(checkpoint=KEPT)
    for choice, sent in ((Choice.CANCEL, []), (Choice.RESTORE, [RestoreLastCheckpoint()])):
        r.notebook.window.banner_button_clicked.emit(key)
        assert r.says() != ""  # it stays for who thinks better of it
        dialog = next(d for d in r.notebook.window.findChildren(MessageDialog) if d.isVisible())
        dialog.answer(partial(dialog.chosen.emit, choice))
        assert r.notebook.sent == sent
    assert r.says() == ""


async def test_what_came_back_is_told_until_the_user_has_run_a_cell(recovery: Make) -> None:
    r = recovery(content(cell("a", source="edited"), saved=(cell("a"),), last_runs={}))
    await r.open(unsettled=(run("a", "r1", state=RunState.QUEUED),))
    earlier, own = (
        ExecutionFinished(
            execution_id=ExecutionId(name), cell_id="a", outcome=Outcome.OK, duration_s=1.0, execution_count=1
        )
        for name in ("r1", "r9")
    )
    r.take(earlier)
    assert "your edits are here" in r.says()
    r.take(own)
    assert r.says() == ""


async def test_running_it_again_ends_the_offer(recovery: Make) -> None:
    r = recovery(content(cell("a", run="r1"), saved=(cell("a"),), last_runs={"a": "r1"}))
    await r.open(unsettled=(run("a", "r1", state=RunState.CLAIMED),))
    ended = ExecutionFinished(
        execution_id=ExecutionId("r1"), cell_id="a", outcome=Outcome.LOST, duration_s=1.0, execution_count=None
    )
    r.take(ended)
    assert "interrupted" in r.says()
    r.take(ExecutionQueued(execution_id=ExecutionId("r9"), cell_id="a", source=""))
    assert r.says() == ""
