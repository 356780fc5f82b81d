"""A notebook's store as years of work leave it: past executions in its tables, and an application killed amid one."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from engine.durable.connection import PromiseStore
from engine.durable.flow import FLOW_VERSION, FUNCTION, FlowSteps, register
from engine.protocol.codec import encode
from engine.protocol.messages import Output
from engine.store import rows
from engine.store.database import NAME
from engine.store.records import RunRecord, RunState
from engine.store.store import OUTPUTS, NotebookStore

CELLS = 200
WAITING = 20
LIFE = "an-earlier-life"
SECONDS_APART = 60.0


def fill(folder: Path, past: int) -> None:
    """Make a store with so many settled executions of CELLS cells, closed in good order.  Blocking."""
    asyncio.run(_made(folder))
    connection = sqlite3.connect(folder / NAME)
    names = [*rows.RUN_COLUMNS, "source_key", "promised"]
    into = f"INSERT INTO executions ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    with connection:
        connection.executemany(into, _past(past))
        connection.execute(
            "INSERT INTO latest SELECT cell_id, execution_id FROM executions WHERE seq IN"
            " (SELECT max(seq) FROM executions GROUP BY cell_id)"
        )
    connection.close()


async def _made(folder: Path) -> None:
    await (await asyncio.to_thread(NotebookStore.open, folder, process_life=LIFE)).close()


def _past(count: int) -> Iterator[tuple[rows.Cell, ...]]:
    began = time.time() - count * SECONDS_APART
    for number in range(count):
        at = began + number * SECONDS_APART
        failed = number % 17 == 0
        record = RunRecord(
            execution_id=uuid.uuid4().hex,
            cell_id=f"cell-{number % CELLS}",
            source=_source(number),
            submitted_at=at,
            state=RunState.SETTLED,
            claimed_by=uuid.uuid5(uuid.NAMESPACE_OID, str(number // 100)).hex,
            started_at=at + 0.01,
            outcome="error" if failed else "ok",
            duration_s=(number % 97) / 10,
            execution_count=number % 1000 + 1,
            error_type="ValueError" if failed else "",
            message="could not convert string to float: 'n/a'" if failed else "",
        )
        yield (*rows.of_run(record).values(), rows.source_key(record.source), 1)


def _source(number: int) -> str:
    """Some lines of a cell, edited now and then."""
    lines = [f"batch_{line} = frame.loc[frame['run'] == {number // 5000 + line}].mean()" for line in range(number % 9)]
    return "\n".join([f"# cell {number % CELLS}", *lines, "frame.describe()"])


async def leave_behind(folder: Path) -> None:
    """An application opened the store, ran one execution, queued more, and was killed."""
    command = [sys.executable, "-m", "tests.benchmarks.past_store", str(folder)]
    process = await asyncio.create_subprocess_exec(*command)
    if await process.wait() != -signal.SIGKILL:
        raise RuntimeError("the application that was to be killed ended otherwise")


async def _run_and_be_killed(folder: Path) -> None:
    store = NotebookStore.open(folder, process_life=LIFE)
    promises = PromiseStore(LIFE, store)

    async def send(execution_id: str) -> None:
        log = folder / OUTPUTS / f"{execution_id}.log"
        log.write_bytes(encode(Output(execution_id=execution_id, stream="stdout", text="step 1\n")) * 1000)
        os.kill(os.getpid(), signal.SIGKILL)

    async def foreign_claim(_execution_id: str, _claimed_by: str) -> None: ...

    steps = FlowSteps(
        process_life=LIFE,
        checkpoint=lambda: "",
        send=send,
        foreign_claim=foreign_claim,
        checkpoint_due=lambda _execution_id: None,
    )
    register(promises.resonate, steps)
    promises.start()
    ids = [uuid.uuid4().hex for _ in range(1 + WAITING)]
    for number, execution_id in enumerate(ids):
        cell_id = f"cell-{number}"
        store.submit(RunRecord(execution_id=execution_id, cell_id=cell_id, source="1+1", submitted_at=time.time()))
    await promises.create_execution(ids[0], FUNCTION, FLOW_VERSION)
    await asyncio.Event().wait()  # for its end


if __name__ == "__main__":
    asyncio.run(_run_and_be_killed(Path(sys.argv[1])))
