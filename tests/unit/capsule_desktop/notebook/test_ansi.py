"""AnsiText: what text on a terminal comes to, as lines."""

from __future__ import annotations

import pytest

from capsule_desktop.notebook.ansi import MAX_LINE_CHARS, AnsiText
from capsule_desktop.notebook.line import Line, Span
from capsule_desktop.notebook.sgr import PLAIN, Style

RED = Style(foreground=1)


def _fed(*pieces: str, head_lines: int = 50, tail_lines: int = 2000) -> AnsiText:
    text = AnsiText(head_lines=head_lines, tail_lines=tail_lines)
    for piece in pieces:
        text.feed(piece)
    return text


def _texts(*pieces: str) -> list[str]:
    return [line.text for line in _fed(*pieces).lines()]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("", []),
        ("a\nb\n", ["a", "b"]),
        ("a\n\nb", ["a", "", "b"]),
        ("10%\r 50%\r100%\n", ["100%"]),
        ("abc\rX", ["Xbc"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("abc\b\bX", ["aXc"]),
        ("\b\bX", ["X"]),
        ("abc\r\x1b[KX", ["X"]),
        ("abc\x1b[2K\rX", ["X"]),
        ("abcd\x1b[2D\x1b[1KX", ["  Xd"]),
        ("a\x1b[3CX", ["a   X"]),
        ("abcdef\x1b[2GX", ["aXcdef"]),
        ("one\ntwo\x1b[A\rONE\n", ["ONE", "two"]),
        ("a\nb\nc\x1b[2F\x1b[JX", ["X"]),
        ("a\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\b", ["alinkb"]),
        ("a\x1b]0;a title\x07b", ["ab"]),
        ("a\x07\x00\x9bb\x7f", ["ab"]),
        ("a\x1b(Bb\x1b7c\x1b[?25ld", ["abcd"]),
        ("a\x1b[999999Ab", ["ab"]),
        ("\ud800x", ["\ufffdx"]),
        ("a\tb", ["a\tb"]),
    ],
)
def test_text_ends_up_as_a_terminal_would_show_it(written: str, shown: list[str]) -> None:
    assert _texts(written) == shown


def test_two_progress_bars_redraw_their_own_lines() -> None:
    bars = "\rA 0%\n\rB 0%\x1b[A" + "\rA 50%\n\rB 50%\x1b[A" + "\rA 100%\n\rB 100%\n"
    assert _texts(bars) == ["A 100%", "B 100%"]


def test_a_colour_lasts_until_it_is_reset() -> None:
    (first, second) = _fed("a\x1b[31mb\nc\x1b[0md").lines()
    assert first == Line("ab", (Span(1, PLAIN), Span(1, RED)))
    assert second == Line("cd", (Span(1, RED), Span(1, PLAIN)))


def test_overwriting_takes_the_colour_of_what_is_written() -> None:
    (line,) = _fed("\x1b[31mabc\x1b[0m\rX").lines()
    assert line == Line("Xbc", (Span(1, PLAIN), Span(2, RED)))


@pytest.mark.parametrize(
    ("codes", "style"),
    [
        ("1;3;4;9", Style(bold=True, italic=True, underline=True, strike=True)),
        ("1;2;22", PLAIN),
        ("7;27", PLAIN),
        ("91", Style(foreground=9)),
        ("103", Style(background=11)),
        ("38;5;9", Style(foreground=9)),
        ("38;5;196", Style(foreground="#ff0000")),
        ("48;5;232", Style(background="#080808")),
        ("38;2;1;2;300", Style(foreground="#0102ff")),
        ("38:2:1:2:3", Style(foreground="#010203")),
        ("38:2::1:2:3", Style(foreground="#010203")),
        ("38:5:12;1", Style(foreground=12, bold=True)),
        ("4:3;24", PLAIN),
        ("4;4:0", PLAIN),
        ("31;39;41;49", PLAIN),
        ("31;", PLAIN),
        ("38", PLAIN),
        ("38;5", Style(foreground=0)),
        ("12345;77", PLAIN),
    ],
)
def test_sgr_parameters_make_a_style(codes: str, style: Style) -> None:
    (line,) = _fed(f"\x1b[{codes}mx").lines()
    assert line.runs() == (Span(1, style),)


def test_a_sequence_may_come_in_pieces() -> None:
    assert _fed("a\x1b", "[3", "1mb").lines() == [Line("ab", (Span(1, PLAIN), Span(1, RED)))]


def test_long_output_keeps_its_head_and_its_tail() -> None:
    text = _fed("".join(f"{number}\n" for number in range(100)), head_lines=3, tail_lines=4)
    assert [line.text for line in text.head] == ["0", "1", "2"]
    assert [line.text for line in text.tail] == ["97", "98", "99", ""]
    assert text.hidden == 101 - 3 - 4


def test_a_line_without_end_is_cut_and_marked_as_going_on() -> None:
    first, second = _fed("x" * (MAX_LINE_CHARS + 3)).lines()
    assert (len(first.text), first.continues) == (MAX_LINE_CHARS, True)
    assert (len(second.text), second.continues) == (3, False)


def test_an_unended_title_costs_no_more_than_its_line() -> None:
    assert _texts("\x1b]0;never ended\nshown\n") == ["", "shown"]
