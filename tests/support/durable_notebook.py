"""A notebook's promises, flow and bridge without a worker: the test plays the worker through route_response."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.durable.bridge import AnswerToSend, ProtocolBridge
from engine.durable.connection import PromiseStore
from engine.durable.flow import FLOW_VERSION, FUNCTION, FlowSteps, register
from engine.durable.journal import Journal
from engine.protocol.messages import Input
from engine.tasks import TaskOwner


class DurableNotebook:
    """sent: executions handed to the worker, in order.  prompts: inputs that became promises.

    answered: prompts of recovered executions that were told as answered, with what was to be sent again.
    """

    def __init__(
        self,
        process_life: str = "this-life",
        execution_limit_s: float | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.sent: asyncio.Queue[str] = asyncio.Queue()
        self.prompts: asyncio.Queue[Input] = asyncio.Queue()
        self.answered: list[tuple[Input, AnswerToSend | None]] = []
        self.foreign: list[tuple[str, str]] = []
        self.given_up = asyncio.Event()
        self.steps: list[str] = []
        self.tasks = TaskOwner("test", logging.getLogger("capsule.test"))
        self.promises = PromiseStore(process_life, journal)
        self.bridge = ProtocolBridge(
            self.promises,
            tasks=self.tasks,
            execution_limit_s=execution_limit_s,
            on_input=self.prompts.put_nowait,
            on_answered=lambda message, answer: self.answered.append((message, answer)),
        )
        register(self.promises.resonate, self._steps(process_life))

    def _steps(self, process_life: str) -> FlowSteps:
        return FlowSteps(
            process_life=process_life,
            checkpoint=self._claimed,
            send=self._send,
            foreign_claim=self._foreign_claim,
            checkpoint_due=lambda _execution_id: self.steps.append("checkpoint due"),
            give_up=lambda _execution_id, _reason: self.given_up.set(),
        )

    def _claimed(self) -> str:
        self.steps.append("claim")
        return "checkpoint-7"

    async def _send(self, execution_id: str) -> None:
        self.steps.append("send")
        self.sent.put_nowait(execution_id)

    async def _foreign_claim(self, execution_id: str, claimed_by: str) -> None:
        self.foreign.append((execution_id, claimed_by))

    async def bridge_idle(self) -> None:
        """Wait until the bridge has nothing under way."""
        while len(self.tasks):
            await asyncio.wait([*bridge_tasks(), asyncio.ensure_future(asyncio.sleep(0))])

    async def start(self, execution_id: str) -> asyncio.Future[object]:
        """Begin a durable execution and wait until it reached the worker."""
        settled = self.bridge.expect_execution(execution_id)
        await self.promises.create_execution(execution_id, FUNCTION, FLOW_VERSION)
        assert await self.sent.get() == execution_id
        return settled


@asynccontextmanager
async def durable_notebook(
    process_life: str = "this-life", execution_limit_s: float | None = None, journal: Journal | None = None
) -> AsyncIterator[DurableNotebook]:
    """A journal's requests are replayed before the promises start."""
    notebook = DurableNotebook(process_life, execution_limit_s, journal)
    if journal is not None:
        notebook.promises.replay(journal.requests())
    notebook.promises.start()
    try:
        yield notebook
    finally:
        notebook.bridge.close()
        await notebook.tasks.close()
        await notebook.promises.close()


async def asked(notebook: DurableNotebook, message: Input) -> None:
    """The worker asks, and the prompt becomes a promise."""
    notebook.bridge.route_response(message)
    assert await notebook.prompts.get() == message


def bridge_tasks() -> list[asyncio.Task[object]]:
    return [task for task in asyncio.all_tasks() if task.get_name().startswith("test: ")]
