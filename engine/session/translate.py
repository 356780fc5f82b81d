"""Worker messages to engine events; pure, called by the facade for what the session routes to it.

Events leave here without notebook and sequence number, which the notebook's stream fills in.
Answers to requests become no event: whoever asked builds it, since only he knows the request.
"""

from __future__ import annotations

from typing import assert_never

from engine.commands import ExecutionId
from engine.events import (
    DisplayShown,
    DisplayUpdated,
    Event,
    KernelHealth,
    NextInputSuggested,
    OutputCleared,
    PageShown,
    TextPrinted,
    TracebackShown,
)
from engine.protocol.messages import (
    Attached,
    AutomaticCheckpoint,
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


def translate(message: Message) -> Event | None:
    """The event that message is, or None where others tell it: the link, the kernel, or whoever commits it first.

    A prompt and the end of an execution are told when their promises are committed, not when they are read.
    """
    if not isinstance(message, Incoming):
        return None
    match message:
        case Output() | Display() | DisplayUpdate() | ClearOutput() | Traceback() | Page() | NextInput():
            return _shown(message)
        case Error():
            return _traceback_of(message)
        case Heartbeat() | NotAnswering():
            return KernelHealth(
                answering=isinstance(message, Heartbeat),
                memory_bytes=message.memory_bytes,
                memory_limit_bytes=message.memory_limit_bytes,
                cpu_s=message.cpu_s,
                variables=message.variables,
            )
        case Input() | Result() | Ready() | Attached() | Refused() | LogAt():
            return None
        case CheckpointReport() | AutomaticCheckpoint() | RestoreReport() | QueryReply():
            return None
    assert_never(message)


def _traceback_of(error: Error) -> TracebackShown | None:
    """What is to be shown before an execution's Error ends it; None where its Traceback already was."""
    if error.displayed or error.request_id:
        return None
    return TracebackShown(
        execution_id=ExecutionId(error.execution_id),
        error_type=error.error_type,
        message=error.message,
        traceback=tuple(error.traceback),
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
