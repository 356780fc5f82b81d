from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capsule_desktop.widgets.code_lexer import PLAIN, PYTHON, Tone, lex_line


def tones(source: str) -> list[list[tuple[str, Tone]]]:
    state, lines = PYTHON, []
    for number, line in enumerate(source.split("\n")):
        spans, state = lex_line(line, state, first=number == 0)
        lines.append([(line[s.start : s.start + s.length], s.tone) for s in spans])
    return lines


def test_words_have_the_tones_of_the_design() -> None:
    (line,) = tones("for x in range(3): y = 'a'  # why")
    assert line == [
        ("for", Tone.KEYWORD),
        ("in", Tone.KEYWORD),
        ("range", Tone.FUNCTION),
        ("3", Tone.NUMBER),
        ("'", Tone.STRING),
        ("a", Tone.STRING),
        ("'", Tone.STRING),
        ("# why", Tone.COMMENT),
    ]


def test_a_triple_quoted_string_goes_on_over_lines_and_ends() -> None:
    _, inside, after = tones('x = """one\nfor in\n""" + f(1)')
    assert inside == [("for in", Tone.STRING)]
    assert ("f", Tone.FUNCTION) in after


def test_an_unfinished_string_ends_with_its_line() -> None:
    assert tones("x = 'abc\n7")[1] == [("7", Tone.NUMBER)]


@pytest.mark.parametrize("line", ["%matplotlib inline", "!ls -l", "  %time f()", "??np"])
def test_magics_and_commands_are_not_python(line: str) -> None:
    ((first, *rest),) = tones(line)
    assert first[1] == Tone.KEYWORD
    assert rest == []


def test_a_percent_sign_inside_an_expression_is_no_magic() -> None:
    assert tones("x = (a\n  %b)")[0] == []
    assert tones("5 %2") == [[("5", Tone.NUMBER), ("2", Tone.NUMBER)]]


def test_a_cell_magic_decides_the_language_of_the_cell() -> None:
    assert tones("%%bash\nfor i in 1; do")[1][0] == ("for", Tone.KEYWORD)
    assert tones("%%html\n<b>for</b>")[1] == []
    assert ("for", Tone.KEYWORD) in tones("%%time\nfor x in y: pass")[1]


def test_a_very_long_line_is_left_plain() -> None:
    assert lex_line("x = 1 " * 10_000, PYTHON) == ((), PYTHON)


def test_plain_text_has_no_tones() -> None:
    assert lex_line("for x in y", PLAIN) == ((), PLAIN)


@given(st.lists(st.text(st.sampled_from("ab 1\"'#(){}%!\\f=."), max_size=20), max_size=6))
def test_spans_lie_in_their_line_in_order(lines: list[str]) -> None:
    state = PYTHON
    for number, line in enumerate(lines):
        spans, state = lex_line(line, state, first=number == 0)
        ends = [(s.start, s.start + s.length) for s in spans]
        assert all(0 <= start < end <= len(line) for start, end in ends)
        assert ends == sorted(ends)
