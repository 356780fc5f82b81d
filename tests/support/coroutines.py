"""Runs one coroutine test on a fresh loop under a time limit, and looks at what it leaves on the loop.

Used by conftest.py only.  A task or timer that the test leaves behind fails it, since whoever
starts one owns it; both are ended with the loop, so that the next test is not failed as well.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Coroutine, Iterator

import pytest

LIMIT_S = 30.0
_SETTLING_PASSES = 5  # turns of the loop in which transports call connection_lost and callbacks run


def run(
    test: Callable[[], Coroutine[object, object, None]],
    *,
    limit_s: float,
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        left = runner.run(_limited(test(), limit_s))
        left += list(_live_timers(runner.get_loop()))
    if left:
        pytest.fail("the test left on its loop:\n  " + "\n  ".join(left), pytrace=False)


async def _limited(test: Coroutine[object, object, None], limit_s: float) -> list[str]:
    """Await test; the tasks that it leaves, in words."""
    task = asyncio.create_task(test, name="test")
    await asyncio.wait({task}, timeout=limit_s)
    if not task.done():
        stacks = _stacks_of([task, *(other for other in _others() if other is not task)])
        task.cancel()
        await asyncio.wait({task}, timeout=limit_s)
        pytest.fail(f"the test took longer than {limit_s} s; its tasks were at:\n{stacks}", pytrace=False)
    await task
    for _ in range(_SETTLING_PASSES):
        await asyncio.sleep(0)
    return [f"task {task.get_name()!r}: {task.get_coro()!r}" for task in _others()]


def _stacks_of(tasks: list[asyncio.Task[object]]) -> str:
    text = io.StringIO()
    for task in tasks:
        task.print_stack(file=text)
    return text.getvalue()


def _others() -> list[asyncio.Task[object]]:
    return [task for task in asyncio.all_tasks() if task is not asyncio.current_task() and not task.done()]


def _live_timers(loop: asyncio.AbstractEventLoop) -> Iterator[str]:
    """Timers that are still due on a plain loop; asyncio shows them nowhere else."""
    for handle in getattr(loop, "_scheduled", ()):
        if not handle.cancelled():
            yield f"timer {handle!r}"
