"""The store against a model of it, over any order of writes, closings and deaths.

After a death the store is what the model was after some of the writes, at least all that were flushed, and of no
write a part.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from engine.store.records import RunRecord
from engine.store.store import NotebookStore
from tests.support import store_requests as sdk

IDS = tuple(letter * 32 for letter in "abc")
CELLS = {IDS[0]: "one", IDS[1]: "one", IDS[2]: "two"}

Step = tuple[str, object]
ids = st.sampled_from(IDS)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), ids),
        st.tuples(st.sampled_from(("create", "await", "claim", "settle", "fulfil", "ask", "answer")), ids),
        st.tuples(st.just("skip"), st.lists(ids, max_size=2)),
        st.tuples(st.just("order"), st.permutations(IDS)),
        st.tuples(st.just("hold"), st.booleans()),
        st.tuples(st.just("forget"), ids),
        st.tuples(st.sampled_from(("flush", "die")), st.none()),
    ),
    max_size=40,
)
REQUESTS = {
    "create": sdk.created,
    "await": sdk.awaited,
    "claim": sdk.claimed,
    "settle": sdk.settled,
    "fulfil": sdk.fulfilled,
    "ask": sdk.asked,
    "answer": lambda execution_id: sdk.answered(execution_id, {"data": "x"}),
}


@dataclass
class Model:
    """What the store is to hold; `waiting` in the order it would run."""

    waiting: list[str] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    promised: set[str] = field(default_factory=set)
    inputs: dict[str, bool] = field(default_factory=dict)
    latest: dict[str, str] = field(default_factory=dict)
    journal: list[tuple[str, str]] = field(default_factory=list)
    held: bool = False

    def apply(self, kind: str, value: object) -> None:
        if kind == "hold":
            self.held = value is True
        elif kind == "order":
            self._order(value)
        elif kind == "skip":
            for name in value:  # type: ignore[attr-defined]  # a list of ids
                self._end(name, "skipped")
        elif kind == "forget":
            self.journal = [row for row in self.journal if row[0] != value]
        elif kind == "submit":
            self._add(str(value), CELLS[str(value)])
        else:
            self.journal.append((str(value), REQUESTS[kind](str(value))))
            self._project(kind, str(value))

    def seen(self) -> object:
        running = sorted(self.waiting, key=lambda name: self.states[name] != "claimed")
        return (
            [(name, self.states[name], self.cells[name]) for name in running],
            dict(self.latest),
            [request for _, request in self.journal],
            {name: answered for name, answered in self.inputs.items() if name in self.waiting},
            self.held,
        )

    def _project(self, kind: str, name: str) -> None:
        if kind == "create" and name not in self.states:
            self._add(name, "")
        elif kind == "await" and name in self.states:
            self.promised.add(name)
        elif kind == "claim" and self.states.get(name) == "queued":
            self.states[name] = "claimed"
        elif kind == "fulfil" or (kind == "settle" and name in self.promised):
            if self._end(name, "settled"):
                self.latest[self.cells[name]] = name
        elif kind == "ask":
            self.inputs.setdefault(name, False)
        elif kind == "answer" and name in self.inputs:
            self.inputs[name] = True

    def _add(self, name: str, cell: str) -> None:
        if name not in self.states:
            self.states[name] = "queued"
            self.waiting.append(name)
        if name in self.waiting:
            self.cells[name] = cell

    def _end(self, name: str, state: str) -> bool:
        if name not in self.waiting:
            return False
        self.waiting.remove(name)
        self.states[name] = state
        return True

    def _order(self, names: object) -> None:
        assert isinstance(names, list | tuple)
        self.waiting.sort(key=names.index)


def write(store: NotebookStore, kind: str, value: object) -> None:
    if kind == "hold":
        store.hold(held=value is True)
    elif kind == "order":
        store.order(value)  # type: ignore[arg-type]  # ids
    elif kind == "skip":
        store.skip(value, "no")  # type: ignore[arg-type]  # likewise
    elif kind == "forget":
        store.forget_lineage(str(value))
    elif kind == "submit":
        name = str(value)
        store.submit(RunRecord(execution_id=name, cell_id=CELLS[name], source="1", submitted_at=1.0))
    else:
        store.journal(REQUESTS[kind](str(value)), str(value))


async def seen(store: NotebookStore) -> object:
    state = await asyncio.to_thread(store.load)
    return (
        [(run.execution_id, run.state.value, run.cell_id) for run in state.unsettled],
        {run.cell_id: run.execution_id for run in state.latest},
        await asyncio.to_thread(store.requests),
        {answer.execution_id: answer.answered for answer in state.answers},
        state.held,
    )


async def check(sequence: list[Step], folder: Path) -> None:
    store = await opened(folder)
    try:
        await work(sequence, folder, store)
    finally:
        before = await seen(store)
        await store.close()
    again = await opened(folder)
    after = await seen(again)
    await again.close()
    assert after == before


async def opened(folder: Path) -> NotebookStore:
    return await asyncio.to_thread(NotebookStore.open, folder, process_life="life")


async def work(sequence: list[Step], folder: Path, store: NotebookStore) -> None:
    model = Model()
    possible = [model.seen()]  # what a death now may leave: the last that was flushed, or anything written since
    for number, (kind, value) in enumerate(sequence):
        if kind == "die":
            died = folder.with_name(f"{folder.name}-{number}")
            died.mkdir()
            for part in ("state.sqlite", "state.sqlite-wal"):  # in this order: the log is only appended to
                shutil.copy(folder / part, died / part)
            left = await opened(died)
            found = left.notice, await seen(left)
            await left.close()
            assert found[0] == ""
            assert found[1] in possible
        elif kind == "flush":
            await store.flushed()
            possible = [model.seen()]
        else:
            write(store, kind, value)
            model.apply(kind, value)
            possible.append(model.seen())
    assert await seen(store) == model.seen()


@given(steps)
def test_the_store_is_what_was_written_to_it_whenever_its_process_ends(sequence: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(check(sequence, Path(folder) / "store"))
