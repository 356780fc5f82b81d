"""Worker messages to engine events; pure, called by the facade for what the session routes to it.

Events leave here without notebook and sequence number, which the notebook's stream fills in.
Answers to requests become no event: whoever asked builds it, since only he knows the request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from engine.commands import ExecutionId
from engine.events import (
    DisplayShown,
    DisplayUpdated,
    Event,
    ExecutionFinished,
    InputRequested,
    KernelHealth,
    KernelReady,
    NextInputSuggested,
    Outcome,
    OutputCleared,
    PageShown,
    TextPrinted,
    TracebackShown,
)
from engine.protocol.messages import (
    BUSY,
    DUPLICATE,
    OUTPUT_DRAIN_TIMEOUT,
    Attached,
    CheckpointReport,
    ClearOutput,
    Display,
    DisplayUpdate,
    Error,
    Heartbeat,
    Input,
    LogAt,
    Message,
    NextInput,
    Output,
    Page,
    QueryReply,
    Ready,
    Refused,
    RestoreReport,
    Result,
    Traceback,
)
from engine.session.notices import Incoming, NotAnswering

REFUSALS = frozenset({BUSY, DUPLICATE, OUTPUT_DRAIN_TIMEOUT})  # ours, not the user's code's


def translate(message: Message, cell_id_of: Callable[[str], str]) -> Event | None:
    """The event that message is, or None where it is an answer or the link's own business.

    cell_id_of: execution id to cell id, "" where it belongs to no cell.
    """
    if not isinstance(message, Incoming):
        return None
    match message:
        case Output() | Display() | DisplayUpdate() | ClearOutput() | Traceback() | Page() | NextInput():
            return _shown(message)
        case Input(execution_id=execution_id):
            return InputRequested(
                execution_id=ExecutionId(execution_id),
                cell_id=cell_id_of(execution_id),
                input_number=message.input_number,
                prompt=message.prompt,
                password=message.password,
            )
        case Result(execution_id=execution_id):
            return ExecutionFinished(
                execution_id=ExecutionId(execution_id),
                cell_id=cell_id_of(execution_id),
                outcome=Outcome.OK,
                duration_s=message.execution_time,
                execution_count=message.execution_count,
            )
        case Error(request_id=""):
            return _failed(message, cell_id_of(message.execution_id))
        case Ready() | Heartbeat() | NotAnswering():
            return _about_kernel(message)
        case Error() | Attached() | Refused() | LogAt() | CheckpointReport() | RestoreReport() | QueryReply():
            return None
    assert_never(message)


def traceback_of(error: Error) -> TracebackShown | None:
    """What must be shown before an execution's Error ends it; None where its Traceback already was."""
    if error.displayed or error.request_id:
        return None
    return TracebackShown(
        execution_id=ExecutionId(error.execution_id),
        error_type=error.error_type,
        message=error.message,
        traceback=tuple(error.traceback),
    )


def _failed(error: Error, cell_id: str) -> ExecutionFinished:
    return ExecutionFinished(
        execution_id=ExecutionId(error.execution_id),
        cell_id=cell_id,
        outcome=Outcome.REFUSED if error.error_type in REFUSALS else Outcome.ERROR,
        duration_s=error.execution_time,
        execution_count=error.execution_count,
        error_type=error.error_type,
        message=error.message,
    )


def _shown(message: Output | Display | DisplayUpdate | ClearOutput | Traceback | Page | NextInput) -> Event:
    execution_id = ExecutionId(message.execution_id)
    match message:
        case Output(stream=stream, text=text):
            return TextPrinted(execution_id=execution_id, stream=stream, text=text)
        case Display(data=data, metadata=metadata):
            return DisplayShown(
                execution_id=execution_id,
                data=data,
                metadata=metadata,
                display_id=message.display_id,
                execution_count=message.execution_count,
            )
        case DisplayUpdate(data=data, metadata=metadata, display_id=display_id):
            return DisplayUpdated(data=data, metadata=metadata, display_id=display_id)
        case ClearOutput(wait=wait):
            return OutputCleared(execution_id=execution_id, wait=wait)
        case Traceback(error_type=error_type, message=text, traceback=lines):
            return TracebackShown(
                execution_id=execution_id, error_type=error_type, message=text, traceback=tuple(lines)
            )
        case Page(data=data):
            return PageShown(execution_id=execution_id, data=data)
        case NextInput(text=text, replace=replace):
            return NextInputSuggested(execution_id=execution_id, text=text, replace=replace)
    assert_never(message)


def _about_kernel(message: Ready | Heartbeat | NotAnswering) -> Event:
    match message:
        case Ready():
            return KernelReady(
                pid=message.pid,
                python_version=message.python_version,
                ipython_version=message.ipython_version,
                executable=message.executable,
            )
        case Heartbeat() | NotAnswering():
            return KernelHealth(
                answering=isinstance(message, Heartbeat),
                memory_bytes=message.memory_bytes,
                cpu_s=message.cpu_s,
                variables=message.variables,
            )
    assert_never(message)
