"""Any interleaving of runs, answers, ends, deaths, kills of the application and reopenings, on a real store.

Oracle (architecture.md): ids and settling (4, 5), one at a time (6), at most once (8), shown means kept (9), and a
worker that lives on is followed (12).  A kill is the folder as it stands on the disk at that moment, whatever has not
been committed gone; workers are fakes that write real logs.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import threading
from pathlib import Path
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.commands import AnswerInput, ExecutionId, HoldQueue, RunCell
from engine.events import (
    Event,
    ExecutionFinished,
    ExecutionQueued,
    ExecutionSkipped,
    ExecutionStarted,
    InputAnswered,
    InputRequested,
)
from engine.facade import Engine
from engine.kernel_place import KernelPlace
from engine.notebook_handle import NotebookHandle
from engine.protocol.codec import encode
from engine.protocol.messages import Execute, Input, InputResponse, Message, Result
from engine.session.unattachable import WorkerGone
from engine.store.records import RunState, StoredState
from engine.store.store import NotebookStore
from tests.support.fake_sessions import FakeSession, FakeSessions

LIMIT_S = 20.0
STEPS = st.one_of(
    st.sampled_from(["run", "run_on", "finish", "fail", "ask", "answer", "die", "hold", "release", "settle"]),
    st.tuples(st.just("turns"), st.integers(1, 30)),
    st.tuples(st.sampled_from(["kill", "kill_with_worker"]), st.booleans()),
)


class LoggedSession(FakeSession):
    """A fake worker that keeps the logs a real one would, and says again what it has said to nobody."""

    def __init__(self, name: str, executed: list[str], logs: Path) -> None:
        super().__init__(name, executed)
        self.logs = logs
        self.unheard: list[Message] = []
        self.waits_at: Input | None = None

    async def execute(self, execute: Execute) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        (self.logs / f"{execute.execution_id}.log").touch(exist_ok=False)
        await super().execute(execute)

    async def answer(self, response: InputResponse) -> None:
        await super().answer(response)
        if self.waits_at is not None and response.input_number == self.waits_at.input_number:
            self.waits_at = None

    def say(self, message: Message) -> None:
        if isinstance(message, Input):
            self.waits_at = message
        path = self.logs / f"{getattr(message, 'execution_id', '')}.log"
        if path.exists():
            with path.open("ab") as log:
                log.write(encode(message))
        super().say(message)

    def resume(self) -> None:
        unheard, self.unheard = self.unheard, []
        for message in unheard:
            FakeSession.say(self, message)

    async def caught_up(self, _execution_id: str) -> None: ...

    def inherited(self, logs: Path, *, finishes_alone: bool) -> LoggedSession:
        """The same worker for the next application; its log is read to that from the beginning."""
        heir = LoggedSession(self.session_id, self._executed, logs)
        heir.running, heir.asked, heir.waits_at = self.running, self.asked, self.waits_at
        heir.known = frozenset({self.running} - {""})
        if heir.running and finishes_alone and self.waits_at is None:
            result = Result(execution_id=heir.running, execution_count=1, execution_time=0.0)
            with (logs / f"{heir.running}.log").open("ab") as log:
                log.write(encode(result))
            heir.unheard.append(result)
            heir.running = ""
        elif self.waits_at is not None:
            heir.unheard.append(self.waits_at)
        return heir


class LoggedSessions(FakeSessions):
    async def start(self, _notebook_id: str, **place: object) -> FakeSession:
        session = LoggedSession(f"s{id(self)}-{len(self.sessions)}", self.executed, cast(Path, place["log_directory"]))
        session.obliging = self.obliging
        self.sessions.append(session)
        return session


class Life:
    """One life of the application on a folder."""

    def __init__(self, folder: Path, executed: list[str]) -> None:
        self.folder = folder
        self.fakes = LoggedSessions()
        self.fakes.executed = executed
        self.engine = Engine(state_directory=folder / "key", manager=cast(Any, self.fakes))
        self.seen: list[Event] = []
        self._disk = threading.RLock()
        self.handle: NotebookHandle
        self._following: asyncio.Task[None]

    async def begin(self, living: FakeSession | None) -> None:
        self.fakes.living = living or WorkerGone("The worker has ended.")
        place = KernelPlace(working_directory=self.folder, log_directory=self.folder)
        self.handle = await self.engine.open_notebook("nb", place, folder=self.folder / "store")
        self._guard_disk()
        self._following = asyncio.ensure_future(self._follow())

    async def end(self) -> None:
        await self.engine.close()
        await self._following

    def of(self, *kinds: type[Event]) -> list[str]:
        return [cast(Any, event).execution_id for event in self.seen if isinstance(event, kinds)]

    def image(self, target: Path) -> None:
        """The folder as a kill at this very moment would leave it: no batch half written, none of what waits."""
        with self._disk:
            shutil.copytree(self.folder, target)

    def _guard_disk(self) -> None:
        """No image is taken while a batch is being committed."""
        writer, attempt = self.handle._store._writer, self.handle._store._writer._attempt

        def guarded(batch: Any) -> str | None:
            with self._disk:
                return attempt(batch)

        writer._attempt = guarded  # type: ignore[method-assign]  # its thread looks it up on the instance

    async def _follow(self) -> None:
        async for event in self.handle.events():
            self.seen.append(event)


class Play:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.executed: list[str] = []
        self.told: list[Event] = []  # by all lives
        self.lives: list[Life] = []

    @property
    def life(self) -> Life:
        return self.lives[-1]

    async def begin(self) -> None:
        self.lives.append(Life(self._folder / "0", self.executed))
        self.life.folder.mkdir()
        await self.life.begin(None)

    async def step(self, step: str | tuple[str, int]) -> None:
        verb, number = step if isinstance(step, tuple) else (step, 0)
        session = cast(LoggedSession | None, self.life.fakes.session)
        match verb:
            case "run" | "run_on":
                self.life.handle.submit(RunCell(cell_id="c", source="1", continue_on_error=verb == "run_on"))
            case "hold" | "release":
                self.life.handle.submit(HoldQueue(held=verb == "hold"))
            case "finish" | "fail" if session is not None and session.waits_at is None:
                session.finish("ValueError" if verb == "fail" else "")
            case "ask" if session is not None and session.waits_at is None:
                session.ask()
            case "answer" if session is not None and session.waits_at is not None:
                number = session.waits_at.input_number
                execution_id = ExecutionId(session.waits_at.execution_id)
                self.life.handle.submit(AnswerInput(execution_id=execution_id, input_number=number, text="a"))
            case "die" if session is not None:
                session.waits_at = None
                session.die()
            case "settle":
                await self.life.handle._store.flushed()
            case "kill":
                await self.kill(session, finishes_alone=bool(number))
            case "kill_with_worker":
                await self.kill(None, finishes_alone=False)
            case _:
                pass
        for _ in range(number if verb == "turns" else 1):
            await asyncio.sleep(0)

    async def kill(self, session: LoggedSession | None, *, finishes_alone: bool) -> None:
        """What was told counts; what the life does after this moment is nobody's."""
        old, folder = self.life, self._folder / str(len(self.lives))
        old.image(folder)
        self.told += old.seen
        lives_on = session is not None and not session.ended.done()
        executed, seen = len(self.executed), len(old.seen)
        heir = session.inherited(folder / "store" / "outputs", finishes_alone=finishes_alone) if lives_on else None
        await asyncio.wait_for(old.end(), LIMIT_S)
        del self.executed[executed:], old.seen[seen:]
        self.lives.append(Life(folder, self.executed))
        await self.life.begin(heir)

    async def end(self) -> StoredState:
        """Let everything come to its end, and give what the store says then."""
        self.life.fakes.obliging = True
        for session in cast(list[LoggedSession], self.life.fakes.sessions):
            session.obliging, session.waits_at = True, None
            session.finish()
        self.life.handle.submit(HoldQueue(held=False))
        store = self.life.handle._store
        while (await asyncio.to_thread(store.load)).unsettled:
            self.life.handle.submit(HoldQueue(held=False))
            for session in cast(list[LoggedSession], self.life.fakes.sessions):
                session.finish()
        await asyncio.wait_for(self.life.end(), LIMIT_S)
        self.told += self.life.seen
        return await asyncio.to_thread(_read, self.life.folder / "store")


def _read(folder: Path) -> StoredState:
    store = NotebookStore.open(folder, process_life="after")
    try:
        return store.load()
    finally:
        store._close()


async def _play(steps: list[str | tuple[str, int]]) -> tuple[Play, StoredState, dict[str, RunState]]:
    with tempfile.TemporaryDirectory() as name:
        play = Play(Path(name))
        await play.begin()
        for step in steps:
            await asyncio.wait_for(play.step(step), LIMIT_S)
        left = await asyncio.wait_for(play.end(), LIMIT_S)
        return play, left, _states(play.life.folder / "store" / "state.sqlite")


def _states(database: Path) -> dict[str, RunState]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(database)) as connection:
        return {row[0]: RunState(row[1]) for row in connection.execute("SELECT execution_id, state FROM executions")}


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=30))
def test_what_was_told_is_kept_and_nothing_runs_twice_whatever_is_killed_when(
    steps: list[str | tuple[str, int]],
) -> None:
    play, left, states = asyncio.run(_play(steps))
    queued = {e.execution_id for e in play.told if isinstance(e, ExecutionQueued)}
    assert queued <= set(states), "a submission that was told is not in the store"
    assert left.unsettled == ()
    for event in play.told:
        match event:
            case ExecutionFinished(execution_id=execution_id):
                assert states[execution_id] is RunState.SETTLED
            case ExecutionSkipped(execution_id=execution_id):
                assert states[execution_id] in (RunState.SKIPPED, RunState.SETTLED)
            case _:
                pass
    assert len(set(play.executed)) == len(play.executed), "an execution was sent twice"
    started = {e.execution_id for e in play.told if isinstance(e, ExecutionStarted)}
    assert set(play.executed) <= set(states)
    assert started <= set(states)
    for life in play.lives:
        _one_life_is_in_order(life)


def _one_life_is_in_order(life: Life) -> None:
    """Each ends once, nothing of it is told after that, and an answer only where it was asked for."""
    ended: set[str] = set()
    asked: set[tuple[str, int]] = set()
    for event in life.seen:
        match event:
            case ExecutionFinished() | ExecutionSkipped():
                assert event.execution_id not in ended
                ended.add(event.execution_id)
            case InputRequested():
                assert event.execution_id not in ended
                assert (event.execution_id, event.input_number) not in asked
                asked.add((event.execution_id, event.input_number))
            case InputAnswered():
                assert (event.execution_id, event.input_number) in asked
            case _:
                pass
