"""AnsiText: however the text is cut, it comes to the same; nothing breaks it and nothing makes it grow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from capsule_desktop.notebook.ansi import MAX_LINE_CHARS, AnsiText

_SEQUENCES = ["\x1b[31m", "\x1b[0m", "\x1b[1A", "\x1b[2B", "\x1b[K", "\x1b[1K", "\x1b[J", "\x1b]8;;u\x1b\\", "\x1b[5G"]
_ODDITIES = ["\n", "\r", "\b", "\r\n", "\x1b", "\x1b[", "\x1b]0;t", "\x1b\\", "\x07", "\t", "é", "日"]
_TEXT = st.lists(st.one_of(st.sampled_from(_SEQUENCES + _ODDITIES), st.text(max_size=5), st.text("ab\n", max_size=30)))


def _state(text: AnsiText) -> object:
    return (text.head, list(text.tail), text.hidden)


@given(pieces=_TEXT)
def test_whole_input_equals_character_by_character(pieces: list[str]) -> None:
    whole, single = AnsiText(head_lines=2, tail_lines=5), AnsiText(head_lines=2, tail_lines=5)
    written = "".join(pieces)
    whole.feed(written)
    for character in written:
        single.feed(character)
    assert _state(whole) == _state(single)


@given(pieces=_TEXT)
def test_any_cut_comes_to_the_same_as_the_whole(pieces: list[str]) -> None:
    whole, cut = AnsiText(head_lines=2, tail_lines=5), AnsiText(head_lines=2, tail_lines=5)
    whole.feed("".join(pieces))
    for piece in pieces:
        cut.feed(piece)
    assert _state(whole) == _state(cut)


def test_a_coloured_line_goes_on_where_the_cursor_was_moved() -> None:
    text = AnsiText()
    text.feed("\x1b[3C")
    text.feed("\x1b[31mred\x1b[0m\n")
    assert text.lines()[0].text == "   red"


@given(pieces=_TEXT, more=_TEXT)
def test_spans_cover_exactly_the_text(pieces: list[str], more: list[str]) -> None:
    text = AnsiText(head_lines=2, tail_lines=5)
    text.feed("".join(pieces))
    text.feed("".join(more))
    for line in [*text.head, *text.tail]:
        assert sum(span.length for span in line.runs()) == len(line.text)


@given(noise=st.binary(max_size=400))
def test_garbage_is_harmless_and_state_stays_bounded(noise: bytes) -> None:
    text = AnsiText(head_lines=2, tail_lines=5)
    text.feed(noise.decode("latin-1"))
    assert len(text.head) <= 2
    assert 1 <= len(text.tail) <= 5
    assert all(len(line.text) <= MAX_LINE_CHARS for line in text.tail)


@given(lines=st.lists(st.text("xyz", max_size=3), max_size=60))
def test_every_line_is_in_head_hidden_or_tail(lines: list[str]) -> None:
    text = AnsiText(head_lines=2, tail_lines=5)
    text.feed("".join(line + "\n" for line in lines))
    assert len(text.head) + text.hidden + len(text.tail) == len(lines) + 1
