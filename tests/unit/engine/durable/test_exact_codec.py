"""Whatever text people and their code write comes back from a promise as it was, lone surrogates and all."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resonate.codec import Codec, NoopEncryptor
from resonate.error import SerializationError
from resonate.types import Value

from engine.durable.exact_codec import ExactCodec
from engine.durable.outcome import (
    ExecutionOutcome,
    InputAnswer,
    answer_to_json,
    from_message,
    read_answer,
    read_outcome,
    to_json,
)
from engine.protocol.messages import Error
from tests.support.wire_messages import texts

CODEC = ExactCodec()
HALVES = "\ud83d\ude00"  # two code points, and not the one that they would make together
ODD = ["lone \udc80", HALVES, "\x00", "\u2028", "\x00\udcff\n" * 100_000]
counts = st.none() | st.integers(-(2**63), 2**64 - 1)


def there_and_back(value: object) -> object:
    return CODEC.decode(CODEC.encode(value))


def error_of(error_type: str, message: str, count: int | None = None, duration_s: float = 0.5) -> ExecutionOutcome:
    error = Error(
        execution_id="a1",
        error_type=error_type,
        message=message,
        traceback=[],
        execution_time=duration_s,
        execution_count=count,
        displayed=True,
    )
    return from_message(error)


@given(texts, texts, counts, st.floats(allow_nan=False, allow_infinity=False))
def test_an_outcome_comes_back_whatever_the_exception_says(
    error_type: str, message: str, count: int | None, duration_s: float
) -> None:
    outcome = error_of(error_type, message, count, duration_s)
    assert read_outcome(there_and_back(to_json(outcome))) == outcome


@given(texts, st.booleans())
def test_a_prompt_and_its_answer_come_back_whatever_they_say(text: str, password: bool) -> None:
    param = {"prompt": text, "password": password}
    assert there_and_back(param) == param
    answer = InputAnswer(text=text)
    assert read_answer(there_and_back(answer_to_json(answer))) == answer


@pytest.mark.parametrize("text", ODD, ids=ascii)
def test_odd_text_comes_back_exactly(text: str) -> None:
    assert read_outcome(there_and_back(to_json(error_of("E", text)))).message == text
    assert there_and_back({"data": text}) == {"data": text}


@given(texts)
def test_the_store_reads_the_same_text_with_the_json_module(text: str) -> None:
    data = CODEC.encode({"data": text}).data
    assert json.loads(base64.b64decode(data or "")) == {"data": text}


@given(st.text())
def test_text_without_surrogates_stays_in_the_form_that_it_always_had(text: str) -> None:
    assert CODEC.encode({"data": text}) == Codec(NoopEncryptor()).encode({"data": text})


@given(texts)
def test_an_error_of_ours_that_quotes_such_text_can_be_recorded_too(text: str) -> None:
    assert text in str(CODEC.decode_error(CODEC.encode(OSError(text))))


@pytest.mark.parametrize("data", [b"", b"{", b'{"a":"\xed\xb2', b"\xff"], ids=ascii)
def test_what_is_no_json_is_an_error_of_the_codec(data: bytes) -> None:
    encoded = base64.b64encode(data).decode()
    if not data:
        assert CODEC.decode(Value(data=encoded)) is None
        return
    with pytest.raises(SerializationError):
        CODEC.decode(Value(data=encoded))


def test_what_cannot_be_json_at_all_is_still_refused() -> None:
    with pytest.raises(SerializationError):
        CODEC.encode({"data": object()})
