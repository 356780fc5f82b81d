from __future__ import annotations

import pytest

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
    Ready,
    Refused,
    Result,
    Shutdown,
    Traceback,
)
from engine.session.notices import NotAnswering
from engine.session.translate import translate

E1 = ExecutionId("e1")


def error(error_type: str = "ValueError", **more: object) -> Error:
    fields = {"execution_id": "e1", "message": "m", "traceback": ["t"], "execution_time": 2.0, **more}
    return Error(error_type=error_type, **fields)  # type: ignore[arg-type]  # a test's shorthand


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (
            Output(execution_id="e1", stream="stderr", text="x"),
            TextPrinted(execution_id=E1, stream="stderr", text="x"),
        ),
        (
            Display(execution_id="e1", data={"a": 1}, metadata={}, display_id="d", execution_count=4),
            DisplayShown(execution_id=E1, data={"a": 1}, metadata={}, display_id="d", execution_count=4),
        ),
        (
            DisplayUpdate(execution_id="e1", data={"a": 1}, metadata={}, display_id="d"),
            DisplayUpdated(data={"a": 1}, metadata={}, display_id="d"),
        ),
        (ClearOutput(execution_id="e1", wait=True), OutputCleared(execution_id=E1, wait=True)),
        (
            Traceback(execution_id="e1", error_type="E", message="m", traceback=["a"]),
            TracebackShown(execution_id=E1, error_type="E", message="m", traceback=("a",)),
        ),
        (Page(execution_id="e1", data={"a": 1}), PageShown(execution_id=E1, data={"a": 1})),
        (
            NextInput(execution_id="e1", text="x", replace=True),
            NextInputSuggested(execution_id=E1, text="x", replace=True),
        ),
        (error(), TracebackShown(execution_id=E1, error_type="ValueError", message="m", traceback=("t",))),
        (
            Heartbeat(memory_bytes=1, memory_limit_bytes=4, cpu_s=2.0, variables=3, running=""),
            KernelHealth(answering=True, memory_bytes=1, memory_limit_bytes=4, cpu_s=2.0, variables=3),
        ),
        (
            NotAnswering(silent_s=6, memory_bytes=1, memory_limit_bytes=4, cpu_s=2.0, variables=3),
            KernelHealth(answering=False, memory_bytes=1, memory_limit_bytes=4, cpu_s=2.0, variables=3),
        ),
    ],
)
def test_messages_become_their_events(message: Message, event: Event) -> None:
    assert translate(message) == event


@pytest.mark.parametrize(
    "message",
    [
        error(request_id="r"),
        error(displayed=True),
        Input(execution_id="e1", input_number=2, prompt="?", password=True),
        Result(execution_id="e1", execution_count=3, execution_time=0.5),
        Ready(pid=1, python_version="3", ipython_version="9", executable="p"),
        LogAt(execution_id="e1", end_offset=1),
        Refused(reason=""),
        Attached(protocol_version=1, pid=1, running="", log_ends={}),
        Shutdown(),
    ],
)
def test_what_others_tell_is_no_event_here(message: Message) -> None:
    assert translate(message) is None
