"""Prompts of running cells and their answers: committed first, then shown or sent (invariant 9).

Owned by NotebookHandle, between the bridge, which keeps the promises, and the worker that waits.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.commands import AnswerInput, ExecutionId, RequestId
from engine.durable.bridge import AnswerToSend, ProtocolBridge
from engine.durable.outcome import InputAnswer
from engine.events import Event, InputAnswered, InputRequested, RequestFailed
from engine.kernel import Kernel
from engine.protocol.messages import Input, InputResponse
from engine.runner import Runner
from engine.tasks import TaskOwner

LATE = "Nothing waits for this answer any more; it was not sent."


class Conversation:
    """Made before what it talks to, which it therefore asks for."""

    def __init__(
        self,
        *,
        bridge: Callable[[], ProtocolBridge],
        kernel: Callable[[], Kernel],
        runner: Callable[[], Runner],
        emit: Callable[[Event], None],
        tasks: TaskOwner,
    ) -> None:
        self._bridge, self._kernel, self._runner, self._emit, self._tasks = bridge, kernel, runner, emit, tasks

    def asked(self, message: Input) -> None:
        """A prompt whose promise is on the disk."""
        self._emit(
            InputRequested(
                execution_id=ExecutionId(message.execution_id),
                cell_id=self._runner().cell_of(message.execution_id),
                input_number=message.input_number,
                prompt=message.prompt,
                password=message.password,
            )
        )

    def answered_before(self, message: Input, answer: AnswerToSend | None) -> None:
        """A prompt that an earlier process life answered is told so before what follows it in the log.

        answer: sent again, if it was lost.
        """
        self.asked(message)
        self._tell_answered(message, answer)
        session = self._kernel().session
        if session is not None and answer is not None:
            self._tasks.spawn(session.answer(answer.response), name="answer again")

    async def answer(self, request_id: RequestId, command: AnswerInput) -> None:
        """Commit an answer, tell it, and send it to the worker.  Raises PeerError where that is gone."""
        answer = InputAnswer(text=command.text or "", eof=command.text is None)
        committed = await self._bridge().answer(command.execution_id, command.input_number, answer)
        session = self._kernel().session
        if committed is None or session is None:
            self._emit(RequestFailed(request_id=request_id, kind="answer", message=LATE))
            return
        self._tell_answered(committed.response, committed)
        await session.answer(committed.response)

    def _tell_answered(self, prompt: Input | InputResponse, answer: AnswerToSend | None) -> None:
        """answer None: it was a password, of which nothing was kept."""
        text = None if answer is None or answer.response.eof or answer.secret else answer.response.data
        execution_id = ExecutionId(prompt.execution_id)
        self._emit(InputAnswered(execution_id=execution_id, input_number=prompt.input_number, text=text))
