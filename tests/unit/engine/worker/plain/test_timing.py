"""Spans of time and the line of %timeit read as IPython's do, which is here to be asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.magics.execution import TimeitResult as ByIPython
from IPython.core.magics.execution import _format_time

from engine.worker.plain.errors import UsageError
from engine.worker.plain.timing import TimeitResult, span, timed_often, timeit_options


@given(st.floats(min_value=0, max_value=1e7, exclude_min=True) | st.just(0.0))
def test_a_span_is_written_as_ipython_writes_it(seconds: float) -> None:
    assert span(seconds).replace("μ", "u").replace("µ", "u") == _format_time(seconds).replace("μ", "u").replace(
        "µ", "u"
    )


@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=7, unique=True), st.integers(3, 12), st.integers(1, 10**7))
def test_a_result_is_written_as_ipython_writes_it(ticks: list[int], places: int, loops: int) -> None:
    """Of runs that are apart: of equal ones IPython's deviation is what rounding leaves, and ours is 0."""
    runs = [tick / 10**places for tick in ticks]
    ours = str(TimeitResult(loops, len(runs), runs))
    theirs = str(ByIPython(loops, len(runs), min(runs) / loops, max(runs) / loops, runs, 0, 3))
    assert ours.replace("μ", "u") == theirs.replace("+-", "±").replace("μ", "u").replace("µ", "u")


def test_options_end_where_the_statement_begins() -> None:
    options, statement = timeit_options("-n 5 -r2 -o -x + 1")
    assert (options.n, options.r, options.o) == (5, 2, True)
    assert statement == "-x + 1"


@pytest.mark.parametrize("line", ["-n many 1", "-n"])
def test_a_wrong_option_is_told_in_words(line: str) -> None:
    with pytest.raises(UsageError, match="%timeit"):
        timeit_options(line)


def test_nothing_to_time_is_told_in_words() -> None:
    options, statement = timeit_options("-n 5")
    with pytest.raises(UsageError, match="what is to be timed"):
        timed_often(options, statement, "pass", {})


def test_the_result_is_given_where_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    options, statement = timeit_options("-n 3 -r 2 -o -q x.append(1)")
    seen: list[int] = []
    result = timed_often(options, statement, "pass", {"x": seen})
    assert result is not None
    assert (len(seen), result.loops, len(result.timings)) == (6, 3, 2)
    assert capsys.readouterr().out == ""
