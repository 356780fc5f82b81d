"""Process lives that die: `python -m tests.support.dying_notebook FOLDER COUNT` plays COUNT of them.

Life number k has a store of its own, runs two cells in FOLDER/k and kills itself with SIGKILL right after it
handed the k-th change to its store.  What it sent, showed and told is in FOLDER/k.seen, one os.write() each,
made when it was done.  All lives are forks of one process, which has imported everything.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from engine.durable.outcome import InputAnswer, read_outcome
from engine.protocol.messages import Input, Result
from engine.store.records import RunRecord
from engine.store.store import NotebookStore
from tests.support.durable_notebook import DurableNotebook

LIFE = "dying-life"
CELLS = ("00000000000000aa", "00000000000000bb")
ANSWER = "B-07"


class CountedStore:
    """A store that counts what it is handed, and calls back at each."""

    def __init__(self, store: NotebookStore, handed_over: Callable[[], None]) -> None:
        self._store, self._handed_over = store, handed_over

    def submit(self, record: RunRecord) -> None:
        self._store.submit(record)
        self._handed_over()

    def journal(self, request: str, execution_id: str) -> None:
        self._store.journal(request, execution_id)
        self._handed_over()

    def forget_lineage(self, execution_id: str) -> None:
        self._store.forget_lineage(execution_id)
        self._handed_over()

    async def flushed(self) -> None:
        await self._store.flushed()

    def requests(self) -> list[str]:
        return self._store.requests()


def play(folder: Path, dies_at: int) -> None:
    seen = os.open(folder.with_suffix(".seen"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    left = dies_at

    def count_down() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(_run(folder, count_down, lambda words: os.write(seen, f"{words}\n".encode())))


async def _run(folder: Path, handed_over: Callable[[], None], show: Callable[[str], object]) -> None:
    store = NotebookStore.open(folder, process_life=LIFE)
    journal = CountedStore(store, handed_over)
    notebook = DurableNotebook(LIFE, journal=journal)
    notebook.promises.start()
    for execution_id in CELLS:
        journal.submit(
            RunRecord(execution_id=execution_id, cell_id=execution_id, source="input()", submitted_at=time.time())
        )
        await journal.flushed()
        show(f"submitted {execution_id}")
        settled = await notebook.start(execution_id)
        show(f"sent {execution_id}")
        notebook.bridge.route_response(Input(execution_id=execution_id, input_number=1, prompt="?", password=False))
        await notebook.prompts.get()
        show(f"asked {execution_id}")
        await notebook.bridge.answer(execution_id, 1, InputAnswer(text=ANSWER))
        show(f"answered {execution_id}")
        notebook.bridge.route_response(Result(execution_id=execution_id, execution_count=7, execution_time=0.5))
        assert read_outcome(await settled).execution_count == 7
        show(f"finished {execution_id}")
        await notebook.promises.outcome(execution_id)
    await notebook.promises.close()
    await store.close()


def main(folder: Path, count: int) -> None:
    for dies_at in range(1, count + 1):
        child = os.fork()
        if child == 0:
            try:
                play(folder / str(dies_at), dies_at)
            finally:
                os._exit(1)  # it was to be killed, or it failed: the parent's own business is not the child's
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
