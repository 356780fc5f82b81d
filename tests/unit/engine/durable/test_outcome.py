"""Outcomes and answers as promise values: round trips, and safe defaults for whatever else stands there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.durable.outcome import (
    ExecutionOutcome,
    InputAnswer,
    TimedOut,
    answer_to_json,
    from_message,
    lost,
    read_answer,
    read_outcome,
    timed_out,
    to_json,
)
from engine.events import Outcome
from engine.protocol.messages import BUSY, Error, Result

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    "outcome",
    [
        ExecutionOutcome(type=Outcome.OK, duration_s=1.5, execution_count=3),
        ExecutionOutcome(type=Outcome.ERROR, error_type="KeyError", message="'a'", duration_s=0.1),
        lost("the worker was killed"),
    ],
)
def test_an_outcome_reads_back_as_it_was_written(outcome: ExecutionOutcome) -> None:
    assert read_outcome(to_json(outcome)) == outcome


@given(JSON)
def test_any_value_in_an_executions_promise_reads_as_some_outcome(value: object) -> None:
    assert isinstance(read_outcome(value), ExecutionOutcome)


@given(JSON)
def test_any_value_in_an_inputs_promise_reads_as_some_answer(value: object) -> None:
    assert isinstance(read_answer(value), InputAnswer)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"data": "yes"}, "yes"),
        ({"input": "older"}, "older"),
        ({"data": "new", "input": "old"}, "new"),
        ('{"data": "as text"}', "as text"),
        ("a plain line", "a plain line"),
        ("{broken", "{broken"),
        ({"data": 7}, ""),
        ([1], ""),
        (None, ""),
    ],
)
def test_an_answer_takes_both_shapes_and_malformed_ones_are_an_empty_line(value: object, text: str) -> None:
    assert read_answer(value) == InputAnswer(text=text)


def test_a_passwords_record_is_a_receipt_without_the_secret() -> None:
    assert "hunter2" not in str(answer_to_json(InputAnswer(text="hunter2", secret=True)))


def test_a_time_out_reads_as_lost_and_names_its_limit() -> None:
    value = timed_out(TimedOut(kind="execute", execution_id="ab", request="", limit_s=5.0))
    assert value == {"type": "timeout", "kind": "execute", "execution_id": "ab", "request": "", "limit_s": 5.0}
    assert read_outcome(value).type is Outcome.LOST
    assert "5.0 s" in read_outcome(value).message


def test_results_and_errors_become_outcomes_and_ours_are_told_from_the_users() -> None:
    result = Result(execution_id="ab", execution_count=4, execution_time=0.25)
    failed = Error(execution_id="ab", error_type="ValueError", message="no", traceback=[], execution_time=0.5)
    busy = Error(execution_id="ab", error_type=BUSY, message="busy", traceback=[], execution_time=0.0)
    assert from_message(result) == ExecutionOutcome(type=Outcome.OK, duration_s=0.25, execution_count=4)
    assert from_message(failed).type is Outcome.ERROR
    assert from_message(busy).type is Outcome.REFUSED


def test_an_exception_of_the_user_that_is_called_busy_is_no_refusal_of_ours() -> None:
    raised = Error(
        execution_id="ab", error_type=BUSY, message="no", traceback=["no"], execution_time=0.5, displayed=True
    )
    assert from_message(raised).type is Outcome.ERROR


def test_whatever_the_worker_answers_to_the_request_itself_is_a_refusal() -> None:
    answer = Error(
        execution_id="ab", error_type="LogError", message="no", traceback=[], execution_time=0.0, request_id="r"
    )
    assert from_message(answer).type is Outcome.REFUSED
