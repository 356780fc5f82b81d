from __future__ import annotations

import pytest

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
from engine.session.translate import traceback_of, translate

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
        (
            Input(execution_id="e1", input_number=2, prompt="?", password=True),
            InputRequested(execution_id=E1, cell_id="cell of e1", input_number=2, prompt="?", password=True),
        ),
        (
            Result(execution_id="e1", execution_count=3, execution_time=0.5),
            ExecutionFinished(
                execution_id=E1, cell_id="cell of e1", outcome=Outcome.OK, duration_s=0.5, execution_count=3
            ),
        ),
        (
            error(),
            ExecutionFinished(
                execution_id=E1,
                cell_id="cell of e1",
                outcome=Outcome.ERROR,
                duration_s=2.0,
                execution_count=None,
                error_type="ValueError",
                message="m",
            ),
        ),
        (
            Ready(pid=1, python_version="3", ipython_version="9", executable="p"),
            KernelReady(pid=1, python_version="3", ipython_version="9", executable="p"),
        ),
        (
            Heartbeat(memory_bytes=1, cpu_s=2.0, variables=3, running=""),
            KernelHealth(answering=True, memory_bytes=1, cpu_s=2.0, variables=3),
        ),
        (
            NotAnswering(silent_s=6, memory_bytes=1, cpu_s=2.0, variables=3),
            KernelHealth(answering=False, memory_bytes=1, cpu_s=2.0, variables=3),
        ),
    ],
)
def test_messages_become_their_events(message: Message, event: Event) -> None:
    assert translate(message, lambda execution_id: f"cell of {execution_id}") == event


@pytest.mark.parametrize("error_type", [BUSY, DUPLICATE, OUTPUT_DRAIN_TIMEOUT])
def test_our_own_errors_are_refusals_and_not_the_cells_failure(error_type: str) -> None:
    event = translate(error(error_type), lambda _: "")
    assert isinstance(event, ExecutionFinished)
    assert event.outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    "message",
    [
        error(request_id="r"),
        LogAt(execution_id="e1", end_offset=1),
        Refused(reason=""),
        Attached(protocol_version=1, pid=1, running="", log_ends={}),
        Shutdown(),
    ],
)
def test_answers_and_the_links_own_business_are_no_events(message: Message) -> None:
    assert translate(message, lambda _: "") is None


def test_an_error_that_was_not_displayed_gives_its_traceback_once() -> None:
    assert traceback_of(error()) == TracebackShown(
        execution_id=E1, error_type="ValueError", message="m", traceback=("t",)
    )
    assert traceback_of(error(displayed=True)) is None
    assert traceback_of(error(request_id="r")) is None
