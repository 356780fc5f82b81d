"""What each cell has of the output that came after its run's end."""

from __future__ import annotations

import pytest

from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.late_output import Heard, LateOutput

A, B = CellId("a"), CellId("b")


def test_a_cell_has_what_was_told_before_its_run_began() -> None:
    late = LateOutput(end=10)
    late.begins(A, is_taken_up=False)
    assert [late.has(A, end) for end in (10, 11)] == [True, False]
    assert not late.has(B, 1)


def test_a_run_that_began_before_the_end_was_known_began_there() -> None:
    late = LateOutput()
    late.begins(A, is_taken_up=False)
    assert late.of_run(A) is None
    late.told(7)
    late.told(9)
    assert late.of_run(A) == Heard(7, 7)


def test_a_run_that_is_taken_up_again_began_where_it_began() -> None:
    late = LateOutput(20, {A: Heard(5, 5)})
    late.begins(A, is_taken_up=True)
    assert late.of_run(A) == Heard(5, 5)
    late.begins(A, is_taken_up=False)
    assert late.of_run(A) == Heard(20, 20)


@pytest.mark.parametrize(("told", "expected"), [(15, Heard(5, 30)), (40, Heard(5, 40))])
def test_outputs_that_were_kept_have_no_less_while_the_rest_is_told_again(told: int, expected: Heard) -> None:
    late = LateOutput(10, {A: Heard(5, 30)})
    late.told(told)
    assert late.of_outputs(A) == expected


def test_what_is_nobodys_goes_where_code_had_run_last_when_it_was_printed() -> None:
    late = LateOutput(0, {A: Heard(0, 0), B: Heard(50, 50)})
    assert [late.ran_last((A, B), end) for end in (1, 50, 51)] == [A, A, B]
