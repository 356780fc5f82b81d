"""What two starts of the application say to each other: round trips, and that garbage is told from another version."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capsule_desktop import hand_over
from capsule_desktop.hand_over import AnotherVersion, Answer, HandOver, HandOverError

NAMES = st.binary(min_size=1).filter(lambda name: b"\0" not in name)
TOKENS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(NAMES), TOKENS)
def test_a_request_comes_back_whatever_bytes_a_name_has(names: list[bytes], token: str) -> None:
    files = tuple(Path(os.fsdecode(b"/" + name)) for name in names)
    request = HandOver(files=files, activation_token=token, until=1.5)
    assert hand_over.read_request(hand_over.request_line(request)) == request


@given(TOKENS)
def test_an_answer_comes_back(why: str) -> None:
    answer = hand_over.read_answer(hand_over.answer_line(Answer(why=why)))
    assert (answer.why, answer.is_taken) == (why, not why)


@given(st.binary())
def test_garbage_is_an_error_of_its_own_and_nothing_else(data: bytes) -> None:
    for read in (hand_over.read_request, hand_over.read_answer):
        with pytest.raises(HandOverError):
            read(data)


@pytest.mark.parametrize(
    "said",
    [
        *([], "x", None, {"version": 1}, {"version": 1, "files": "2f"}, {"version": 1, "until": 1.5, "files": ["x"]}),
        {"version": 1, "until": 1.5, "files": [b"relative".hex()]},
        {"version": 1, "until": 1.5, "files": ["2f00"]},
        {"version": 1, "files": []},
        {"version": 1, "files": [], "until": "soon"},
        {"version": 1, "until": 1.5, "files": [], "activation_token": 3},
        {"version": 1, "until": 1.5, "files": [], "activation_token": "\0"},
        {"version": 1, "until": 1.5, "files": [], "activation_token": "\ud800"},
    ],
)
def test_what_no_start_says_is_refused(said: object) -> None:
    with pytest.raises(HandOverError):
        hand_over.read_request(json.dumps(said).encode() + b"\n")


def test_another_version_is_told_from_garbage() -> None:
    with pytest.raises(AnotherVersion):
        hand_over.read_request(b'{"version": 2, "whatever": 1}\n')


def test_more_files_than_a_line_takes_are_not_sent() -> None:
    with pytest.raises(HandOverError, match="too many"):
        hand_over.request_line(HandOver(files=(Path("/" + "x" * hand_over.LINE_LIMIT),)))
