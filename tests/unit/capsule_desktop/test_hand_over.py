"""What two starts of the application say to each other: round trips, and that garbage is told from another version."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from capsule_desktop import hand_over
from capsule_desktop.hand_over import AnotherVersion, Answer, HandOver, HandOverError

NAMES = st.binary(min_size=1).filter(lambda name: b"\0" not in name)
TOKENS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=hand_over.TOKEN_LIMIT)
WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(NAMES), TOKENS)
def test_a_request_comes_back_whatever_bytes_a_name_has(names: list[bytes], token: str) -> None:
    files = tuple(Path(os.fsdecode(b"/" + name)) for name in names)
    request = HandOver(files=files, activation_token=token, until=1.5)
    assert hand_over.read_request(hand_over.request_line(request)) == request


@given(st.one_of(st.none(), st.integers(), st.text(), st.lists(st.text())))
@example("x" * (hand_over.TOKEN_LIMIT + 1))
@example("a\nb")
@example("\0")
@example("\ud800")
def test_what_cannot_be_a_token_is_none_and_costs_no_file(said: object) -> None:
    line = {"version": hand_over.VERSION, "until": 1.5, "files": [b"/a".hex()], "activation_token": said}
    request = hand_over.read_request(json.dumps(line).encode() + b"\n")
    assert request.files == (Path("/a"),)
    assert request.activation_token in ("", said)
    assert len(request.activation_token) <= hand_over.TOKEN_LIMIT
    assert request.activation_token.isprintable()
    assert request.activation_token.isascii()


def test_a_token_that_is_none_is_not_sent() -> None:
    files = (Path("/a"),)
    line = hand_over.request_line(HandOver(files=files, activation_token=os.fsdecode(b"\xff"), until=1.5))
    assert hand_over.read_request(line) == HandOver(files=files, until=1.5)


@given(WORDS)
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
