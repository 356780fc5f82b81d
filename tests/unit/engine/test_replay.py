from __future__ import annotations

import os
import tracemalloc
from pathlib import Path

import pytest

from engine.events import (
    DisplayShown,
    Event,
    InputAnswered,
    InputRequested,
    TextPrinted,
    TracebackShown,
)
from engine.protocol.codec import encode
from engine.protocol.framing import frame
from engine.protocol.messages import (
    BACKGROUND_LOG,
    PART_BYTES,
    Display,
    Error,
    Input,
    Message,
    Result,
    Shutdown,
    Traceback,
)
from engine.replay import last_frame, late_events, lived_until, replay
from engine.store.records import AnswerRecord
from tests.support.fake_worker import printed, result


def log_of(folder: Path, *messages: Message, tail: bytes = b"") -> Path:
    log = folder / "a1.log"
    log.write_bytes(b"".join(encode(message) for message in messages) + tail)
    return log


def events(log: Path, *answers: AnswerRecord) -> list[Event]:
    return list(replay(log, "a1", "cell", answers))


def asked(number: int, *, password: bool = False) -> Input:
    return Input(execution_id="a1", input_number=number, prompt="? ", password=password)


def answer(number: int, text: str | None, *, answered: bool = True, password: bool = False) -> AnswerRecord:
    return AnswerRecord(
        execution_id="a1", input_number=number, prompt="? ", password=password, answered=answered, text=text
    )


def failed(*, displayed: bool = False, lines: list[str] | None = None) -> Error:
    return Error(
        execution_id="a1",
        error_type="ValueError",
        message="no",
        traceback=lines or ["line"],
        execution_time=0.1,
        displayed=displayed,
    )


def test_a_run_is_replayed_in_order_without_its_end(tmp_path: Path) -> None:
    shown = Display(execution_id="a1", data={"text/plain": "x"}, metadata={})
    log = log_of(tmp_path, printed("a1", "one"), printed("a1", " two"), shown, printed("a1", "three"), result("a1"))
    first, second, third = events(log)
    assert isinstance(first, TextPrinted)
    assert first.text == "one two"
    assert isinstance(second, DisplayShown)
    assert isinstance(third, TextPrinted)
    assert {(event.notebook_id, event.sequence) for event in (first, second, third)} == {("", 0)}


def test_prompts_come_back_with_the_answers_that_were_recorded(tmp_path: Path) -> None:
    log = log_of(tmp_path, asked(1), printed("a1", "hello"), asked(2, password=True), asked(3), asked(4))
    told = events(
        log, answer(1, "Ann"), answer(2, "secret", password=True), answer(3, None), answer(4, None, answered=False)
    )
    assert [
        (event.input_number, event.text) if isinstance(event, InputAnswered) else type(event).__name__ for event in told
    ] == [
        "InputRequested",
        (1, "Ann"),
        "TextPrinted",
        "InputRequested",
        (2, None),
        "InputRequested",
        (3, None),
        "InputRequested",
    ]
    assert isinstance(told[0], InputRequested)
    assert (told[0].cell_id, told[0].prompt) == ("cell", "? ")


def test_the_answers_of_another_execution_are_not_taken_for_its_own(tmp_path: Path) -> None:
    other = AnswerRecord(execution_id="b1", input_number=1, prompt="? ", password=False, answered=True, text="no")
    assert [type(event) for event in events(log_of(tmp_path, asked(1)), other)] == [InputRequested]


def test_a_traceback_that_only_the_error_holds_is_shown_and_one_that_was_shown_is_not_doubled(tmp_path: Path) -> None:
    assert [type(event) for event in events(log_of(tmp_path, failed()))] == [TracebackShown]
    shown = Traceback(execution_id="a1", error_type="ValueError", message="no", traceback=["line"])
    assert [type(event) for event in events(log_of(tmp_path, shown, failed(displayed=True)))] == [TracebackShown]


def test_what_a_killed_worker_left_of_a_frame_is_just_the_end(tmp_path: Path) -> None:
    whole = encode(printed("a1", "never whole"))
    log = log_of(tmp_path, printed("a1", "last words"), tail=whole[:-1])
    assert [event.text for event in events(log) if isinstance(event, TextPrinted)] == ["last words"]


def test_nothing_comes_of_a_log_that_is_gone(tmp_path: Path) -> None:
    assert events(tmp_path / "a1.log") == []


def test_what_stands_behind_a_result_is_not_told(tmp_path: Path) -> None:
    assert events(log_of(tmp_path, result("a1"), printed("a1", "late"))) == []


@pytest.mark.parametrize(
    "garbage",
    [b"\xff" * 100, frame(b"\xc1"), encode(Shutdown()), encode(result("b2"))],
    ids=["no frame", "no message", "not of a log", "another's result"],
)
def test_what_cannot_be_read_is_told_once_behind_what_can(tmp_path: Path, garbage: bytes) -> None:
    shown = Display(execution_id="a1", data={}, metadata={})
    first, notice = events(log_of(tmp_path, shown, tail=garbage + encode(printed("a1", "never"))))
    assert isinstance(first, DisplayShown)
    assert isinstance(notice, TextPrinted)
    assert notice.stream == "stderr"
    assert "What follows in it is not shown." in notice.text


def test_a_log_that_a_cell_replaced_is_not_followed_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(encode(printed("a1", "secret")))
    log = tmp_path / "a1.log"
    log.symlink_to(tmp_path / "secret")
    (notice,) = events(log)
    assert isinstance(notice, TextPrinted)
    assert "cannot be read" in notice.text
    assert last_frame(log) is None


def test_a_long_log_is_replayed_in_little_memory(tmp_path: Path) -> None:
    log, text = tmp_path / "a1.log", "0123456789abcde\n" * 4000
    one = encode(printed("a1", text))
    with log.open("wb") as file:
        for _ in range(1600):  # 100 MB
            file.write(one)
        file.write(encode(result("a1")))
    tracemalloc.start()
    try:
        length = sum(len(event.text) for event in replay(log, "a1", "cell", ()) if isinstance(event, TextPrinted))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert length == 1600 * len(text)
    assert peak_bytes < 8 << 20


def test_the_last_frame_tells_how_an_execution_ended(tmp_path: Path) -> None:
    ended = result("a1")
    assert last_frame(log_of(tmp_path, printed("a1", "x"), ended)) == ended
    wrong = failed()
    assert last_frame(log_of(tmp_path, wrong)) == wrong


def test_a_log_without_a_result_has_no_end(tmp_path: Path) -> None:
    assert last_frame(tmp_path / "a1.log") is None
    assert last_frame(log_of(tmp_path)) is None
    assert last_frame(log_of(tmp_path, printed("a1", "x"))) is None
    assert last_frame(log_of(tmp_path, printed("a1", "x"), tail=encode(result("a1"))[:-1])) is None
    assert last_frame(log_of(tmp_path, printed("a1", "x"), tail=b"\xff" * 50)) is None
    assert last_frame(log_of(tmp_path, result("b2"))) is None


def test_text_that_looks_like_a_result_is_none(tmp_path: Path) -> None:
    forged = encode(result("a1")).decode("latin-1")
    assert last_frame(log_of(tmp_path, printed("a1", forged))) is None


@pytest.mark.parametrize("before", [[], [Display(execution_id="a1", data={"x": "y" * 3 * PART_BYTES}, metadata={})]])
def test_an_error_in_parts_is_an_end_once_its_last_part_is_there(tmp_path: Path, before: list[Message]) -> None:
    long = failed(lines=["x" * PART_BYTES, "y" * PART_BYTES])
    log = log_of(tmp_path, *before, long)
    assert last_frame(log) == long
    os.truncate(log, log.stat().st_size - 1)
    assert last_frame(log) is None


def test_a_result_behind_parts_is_the_end(tmp_path: Path) -> None:
    ended = result("a1")
    assert isinstance(ended, Result)
    large = Display(execution_id="a1", data={"x": "y" * 2 * PART_BYTES}, metadata={})
    assert last_frame(log_of(tmp_path, large, ended)) == ended


def test_a_log_tells_until_when_its_worker_lived(tmp_path: Path) -> None:
    log = log_of(tmp_path, printed("a1", "x"))
    os.utime(log, (1000.0, 1234.5))
    assert lived_until(log) == 1234.5
    assert lived_until(tmp_path / "gone.log") is None


def test_late_output_is_told_from_where_it_was_heard_and_each_piece_says_where_it_ends(tmp_path: Path) -> None:
    first, second, third = (encode(printed(name, text)) for name, text in (("a1", "1"), ("b1", "2"), ("a1", "3")))
    (tmp_path / BACKGROUND_LOG).write_bytes(first + second + third + first[:5])
    told = [event for event in late_events(tmp_path, len(first)) if isinstance(event, TextPrinted)]
    assert [(event.execution_id, event.text) for event in told] == [("b1", "2"), ("a1", "3")]
    assert [event.background_end for event in told] == [len(first + second), len(first + second + third)]


@pytest.mark.parametrize("start", [None, 10**6])
def test_no_late_output_is_told_where_it_is_not_known_what_was_heard(tmp_path: Path, start: int | None) -> None:
    (tmp_path / BACKGROUND_LOG).write_bytes(encode(printed("a1", "1")))
    assert list(late_events(tmp_path, start)) == []
    assert list(late_events(tmp_path / "nowhere", 0)) == []
