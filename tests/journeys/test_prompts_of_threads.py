"""Two threads of one cell wait for an answer each, while their application is killed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.commands import AnswerInput, ExecutionId
from engine.events import InputRequested
from tests.support import left_workers
from tests.support.notebook_process import notebook_process

ASKS_TWICE = """
import threading
answers = {}
def ask(name):
    answers[name] = input(name)
threads = [threading.Thread(target=ask, args=(name,)) for name in ("one", "two")]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(answers.items()))
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for a socket's path; the workers that a test left behind end with it."""
    with tempfile.TemporaryDirectory(prefix="ct") as path:
        yield Path(path)
        left_workers.end(*left_workers.workers_in(Path(path)))


async def test_every_prompt_that_waits_is_asked_by_the_next_application_and_takes_its_answer(folder: Path) -> None:
    async with notebook_process(folder) as first:
        first.run("a", ASKS_TWICE)
        for prompt in ("one", "two"):
            await first.event(InputRequested, lambda f, wanted=prompt: f["prompt"] == wanted)  # type: ignore[misc]
        await first.kill()
    async with notebook_process(folder) as second:
        for prompt in ("two", "one"):
            asked = await second.event(InputRequested, lambda f, wanted=prompt: f["prompt"] == wanted)  # type: ignore[misc]
            execution_id, number = ExecutionId(asked["execution_id"]), asked["input_number"]
            second.submit(AnswerInput(execution_id=execution_id, input_number=number, text=prompt.upper()))
        assert (await second.finished("a"))["outcome"] == "ok"
        assert second.printed() == "[('one', 'ONE'), ('two', 'TWO')]\n"
        await second.end()
