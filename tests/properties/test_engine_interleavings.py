"""Any interleaving of what people ask and what workers do: the queue, the kernel, the bridge and the promises agree."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.commands import (
    AnswerInput,
    CancelExecution,
    ExecutionId,
    InterruptKernel,
    RestartKernel,
    RunCell,
    ShutDownKernel,
    StartKernel,
)
from engine.events import (
    Event,
    ExecutionFinished,
    ExecutionQueued,
    ExecutionSkipped,
    ExecutionStarted,
    InputRequested,
    TracebackShown,
)
from engine.facade import Engine
from engine.kernel_place import KernelPlace
from engine.notebook_handle import NotebookHandle
from tests.support.fake_sessions import FakeSessions

STEPS = st.one_of(
    st.sampled_from(["run", "run_on", "interrupt", "restart", "change", "shut_down", "start"]),
    st.sampled_from(["finish", "fail", "ask", "die", "fail_start", "answer"]),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("turns"), st.integers(1, 12)),
    st.tuples(st.just("start_turns"), st.integers(0, 8)),
)


class Play:
    def __init__(self, folder: Path) -> None:
        self.fakes = FakeSessions()
        self.engine = Engine(state_directory=folder, manager=cast(Any, self.fakes))
        place = KernelPlace(working_directory=folder, log_directory=folder / "logs", choose_python=self._choose)
        self._changes = 0
        self.handle: NotebookHandle = self.engine.open_in_memory("nb", place)
        self.submitted: list[ExecutionId] = []
        self.seen: list[Event] = []
        self._news = asyncio.Event()

    async def _choose(self) -> str:
        return f"/python/{self._changes}"

    async def follow(self) -> None:
        async for event in self.handle.events():
            self.seen.append(event)
            self._news.set()

    async def all_ended(self) -> None:
        while len(self.of(ExecutionFinished, ExecutionSkipped)) < len(self.submitted):
            self._news.clear()
            await self._news.wait()

    async def nothing_pending(self) -> None:
        """What was skipped on its way to the worker is told before its promise is settled."""
        while self.handle.bridge.pending:  # noqa: ASYNC110  # turns of the loop; there is no event to wait for
            await asyncio.sleep(0)

    def of(self, *kinds: type[Event]) -> list[str]:
        return [cast(Any, event).execution_id for event in self.seen if isinstance(event, kinds)]

    async def step(self, step: str | tuple[str, int]) -> None:
        verb, number = step if isinstance(step, tuple) else (step, 0)
        self._ask_of_the_engine(verb, number)
        self._ask_of_the_worker(verb, number)
        for _ in range(number if verb == "turns" else 0):
            await asyncio.sleep(0)

    def _ask_of_the_engine(self, verb: str, number: int) -> None:
        match verb:
            case "run" | "run_on":
                command = RunCell(cell_id="c", source="", continue_on_error=verb == "run_on")
                self.submitted.append(ExecutionId(self.handle.submit(command)))
            case "interrupt":
                self.handle.submit(InterruptKernel())
            case "restart" | "change":
                self._changes += verb == "change"
                self.handle.submit(RestartKernel())
            case "shut_down":
                self.handle.submit(ShutDownKernel())
            case "start":
                self.handle.submit(StartKernel())
            case "cancel" if self.submitted:
                self.handle.submit(CancelExecution(execution_id=self.submitted[-1 - number % len(self.submitted)]))
            case "answer" if self.submitted:
                self.handle.submit(AnswerInput(execution_id=self.submitted[-1], input_number=1, text="a"))
            case _:
                pass

    def _ask_of_the_worker(self, verb: str, number: int) -> None:
        session = self.fakes.session
        match verb:
            case "start_turns":
                self.fakes.start_turns = number
            case "fail_start":
                self.fakes.failing_starts = 1
            case "finish" | "fail" if session is not None:
                session.finish("ValueError" if verb == "fail" else "")
            case "ask" if session is not None:
                session.ask()
            case "die" if session is not None:
                session.die()
            case _:
                pass

    def oblige(self) -> None:
        self.fakes.obliging = True
        for session in self.fakes.sessions:
            session.obliging = True
            session.finish()


async def _play(steps: list[str | tuple[str, int]], close_at_once: bool) -> Play:
    with tempfile.TemporaryDirectory() as folder:
        play = Play(Path(folder))
        following = asyncio.ensure_future(play.follow())
        for step in steps:
            await play.step(step)
        if not close_at_once:
            play.oblige()
            await asyncio.wait_for(play.all_ended(), 5)
            await asyncio.wait_for(play.nothing_pending(), 5)
        await asyncio.wait_for(play.engine.close(), 5)
        await following
        return play


@settings(max_examples=150)
@given(steps=st.lists(STEPS, max_size=40), close_at_once=st.booleans())
def test_every_execution_ends_once_in_order_and_nothing_is_left(
    steps: list[str | tuple[str, int]], close_at_once: bool
) -> None:
    play = asyncio.run(_play(steps, close_at_once))
    started, finished, skipped = play.of(ExecutionStarted), play.of(ExecutionFinished), play.of(ExecutionSkipped)
    assert play.of(ExecutionQueued) == play.submitted
    assert sorted(finished + skipped) == sorted(play.submitted)
    assert started == [e for e in play.submitted if e in started]
    assert finished == [e for e in play.submitted if e in finished]
    assert not set(started) & set(skipped)
    assert set(play.fakes.executed) <= set(started)
    assert len(set(play.fakes.executed)) == len(play.fakes.executed)
    assert not play.handle.bridge.pending
    _nothing_follows_an_end(play.seen)


def _nothing_follows_an_end(events: list[Event]) -> None:
    ended: set[str] = set()
    for event in events:
        match event:
            case ExecutionFinished() | ExecutionSkipped():
                ended.add(event.execution_id)
            case InputRequested() | TracebackShown() | ExecutionStarted():
                assert event.execution_id not in ended
            case _:
                pass
