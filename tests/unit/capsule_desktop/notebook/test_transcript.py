"""Outputs as they come in, against what nbclient keeps of the same messages, and their bound."""

from __future__ import annotations

import re

from capsule_desktop.notebook.outputs import DisplayOutput, ErrorOutput, StreamOutput
from capsule_desktop.notebook.transcript import Transcript


def out(text: str, name: str = "stdout") -> StreamOutput:
    return StreamOutput(name=name, text=text)


def display(text: str, display_id: str = "") -> DisplayOutput:
    return DisplayOutput(data={"text/plain": text}, display_id=display_id)


def test_adjacent_pieces_of_one_stream_are_one_output() -> None:
    transcript = Transcript([out("a"), out("b\n"), out("e", "stderr"), out("c"), display("d"), out("f")])
    assert transcript.outputs() == (out("ab\n"), out("e", "stderr"), out("c"), display("d"), out("f"))


def test_text_is_kept_raw_with_what_moves_the_cursor() -> None:
    assert Transcript([out("10%\r"), out("20%\x08\x08")]).outputs() == (out("10%\r20%\x08\x08"),)


def test_clearing_takes_effect_at_once_or_with_the_next_output() -> None:
    transcript = Transcript([out("a")])
    transcript.clear(wait=True)
    assert transcript.outputs() == (out("a"),)
    transcript.append(out("b"))
    assert transcript.outputs() == (out("b"),)
    transcript.append(out("c"))
    assert transcript.outputs() == (out("bc"),)
    transcript.clear(wait=False)
    assert transcript.outputs() == ()


def test_an_update_changes_every_display_of_its_id_and_waits_for_no_clear() -> None:
    transcript = Transcript([display("1", "d"), display("other", "e"), display("2", "d")])
    transcript.clear(wait=True)
    assert transcript.update_display("d", {"text/plain": "new"}, {"k": 1})
    new = DisplayOutput(data={"text/plain": "new"}, metadata={"k": 1}, display_id="d")
    assert transcript.outputs() == (new, display("other", "e"), new)
    assert not transcript.update_display("unknown", {}, {})


def test_an_error_is_an_output_like_any() -> None:
    error = ErrorOutput(error_type="E", message="m", traceback=("t",))
    assert Transcript([out("a"), error, out("b")]).outputs() == (out("a"), error, out("b"))


def test_a_stream_within_its_bound_is_kept_to_the_last_byte() -> None:
    pieces = [f"line {number} é\n" for number in range(5000)]
    transcript = Transcript(map(out, pieces), stream_limit_bytes=1_000_000)
    assert transcript.outputs() == (out("".join(pieces)),)


def test_a_longer_stream_keeps_its_head_and_tail_with_whole_lines_and_says_what_is_missing() -> None:
    lines = [f"line {number} é\n" for number in range(200_000)]
    transcript = Transcript(stream_limit_bytes=1_000_000)
    for start in range(0, len(lines), 7):
        transcript.append(out("".join(lines[start : start + 7])))
    [output] = transcript.outputs()
    assert isinstance(output, StreamOutput)
    head, marker, tail = re.split(r"(\[… .*left out.*…\]\n)", output.text)
    assert "".join(lines).startswith(head)
    assert "".join(lines).endswith(tail)
    assert head.endswith("\n")
    assert tail.startswith("line ")
    words = re.search(r"([\d,]+) bytes \(([\d,]+) lines\)", marker)
    assert words is not None
    left_out = len("".join(lines).encode()) - len(head.encode()) - len(tail.encode())
    assert int(words[1].replace(",", "")) == left_out
    assert int(words[2].replace(",", "")) == len(lines) - head.count("\n") - tail.count("\n")
    assert 900_000 < len((head + tail).encode()) < 1_100_000


def test_one_endless_line_is_bounded_too() -> None:
    transcript = Transcript(stream_limit_bytes=1_000_000)
    for _ in range(50):
        transcript.append(out("x" * 100_000))
    transcript.append(out("y" * 3_000_000))
    [output] = transcript.outputs()
    assert isinstance(output, StreamOutput)
    assert len(output.text) < 1_100_000
    assert output.text.startswith("x")
    assert output.text.endswith("y")


def test_a_flood_of_outputs_keeps_the_first_and_last_and_says_how_many_are_missing() -> None:
    transcript = Transcript(outputs_limit=10)
    for number in range(1000):
        transcript.append(out(f"{number}\n", "stdout" if number % 2 else "stderr"))
    outputs = transcript.outputs()
    marker = outputs[5]
    assert [*outputs[:5], *outputs[6:]] == [
        out(f"{number}\n", "stdout" if number % 2 else "stderr") for number in [0, 1, 2, 3, 4, 995, 996, 997, 998, 999]
    ]
    assert isinstance(marker, StreamOutput)
    assert "990 outputs left out" in marker.text
    transcript.clear(wait=False)
    transcript.append(out("again"))
    assert transcript.outputs() == (out("again"),)
