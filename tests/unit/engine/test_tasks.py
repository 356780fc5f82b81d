from __future__ import annotations

import asyncio
import logging

import pytest

from engine.errors import BrokenInvariant
from engine.tasks import TaskOwner
from tests.support.logs import ExpectedLogs

log = logging.getLogger("capsule.tasks_test")


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_failing_task_is_logged_with_its_name(expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.tasks_test", "owner: work' failed")
    tasks = TaskOwner("owner", log)

    async def fail() -> None:
        raise ValueError("mine")

    task = tasks.spawn(fail(), "work")
    await asyncio.wait((task,))
    await tasks.close()
    assert len(tasks) == 0


async def test_close_cancels_and_awaits_what_is_left() -> None:
    tasks = TaskOwner("owner", log)
    cleaned_up = asyncio.Event()

    async def work() -> None:
        try:
            await forever()
        finally:
            await asyncio.sleep(0)
            cleaned_up.set()

    task = tasks.spawn(work(), "work")
    await asyncio.sleep(0)
    await tasks.close()
    assert task.cancelled()
    assert cleaned_up.is_set()


async def test_a_task_may_close_its_own_owner() -> None:
    tasks = TaskOwner("owner", log)
    tasks.spawn(forever(), "other")
    await tasks.spawn(tasks.close(), "closer")
    assert len(tasks) == 0


async def test_nothing_is_spawned_after_close() -> None:
    tasks = TaskOwner("owner", log)
    await tasks.close()
    with pytest.raises(BrokenInvariant):
        tasks.spawn(forever(), "late")
