"""What is said of a notebook that came back: all that is so, and nothing more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from capsule_desktop.widgets.recovery_words import (
    RESUME,
    VARIABLES,
    CameBack,
    Interrupted,
    banner,
    cells_in_words,
    details_view,
)

LOST = Interrupted(label="Cell 15", duration_s=2472.0, reason="The computer was restarted while it ran.")
CRASHED = CameBack(
    crashed=True,
    edited=(3,),
    outputs=tuple(range(1, 15)),
    interrupted=(LOST,),
    variables="cell 14",
    variables_kept=", at 14:02",
    resume="cell 15",
)


def test_a_crash_in_the_middle_of_a_cell_is_one_line_with_the_button_that_goes_on() -> None:
    view = banner(CRASHED)
    assert view.text == (
        "Recovered after Capsule ended unexpectedly: your edits and the outputs of 14 cells are here. "
        "Cell 15 was interrupted after 00:41:12. The variables are kept as after cell 14."
    )
    assert [(button.label, button.key) for button in view.buttons][1:] == [("Resume from cell 15", RESUME)]


def test_where_no_variables_are_kept_nothing_can_be_resumed() -> None:
    view = banner(replace(CRASHED, variables="", resume=""))
    assert "could not be kept" in view.text
    assert len(view.buttons) == 1


def test_after_a_crash_between_two_cells_the_variables_are_offered() -> None:
    view = banner(replace(CRASHED, interrupted=(), resume=""))
    assert [button.key for button in view.buttons][1:] == [VARIABLES]


@pytest.mark.parametrize(
    ("came", "text"),
    [
        (CameBack(edited=(1,)), "Your edits are here, not saved yet."),
        (CameBack(outputs=(1,), finished=(1,)), "The output of a cell is here, not saved yet. Cell 1 finished while"),
        (CameBack(finished=(1, 2)), "Cells 1 and 2 finished while the notebook was not open."),
        (CameBack(crashed=True, interrupted=(LOST,)), "Capsule ended unexpectedly; the notebook is whole."),
        (replace(CRASHED, interrupted=(replace(LOST, duration_s=0.0),)), "Cell 15 was interrupted. The"),
    ],
)
def test_only_what_came_back_is_said(came: CameBack, text: str) -> None:
    assert text in banner(came).text


def test_a_notebook_that_is_as_it_was_saved_is_not_talked_about() -> None:
    assert not CameBack(crashed=True).is_worth_telling
    assert not CameBack(outputs=(1,), variables="cell 1").is_worth_telling


def test_the_details_name_the_cells_and_the_reason() -> None:
    text = details_view(CRASHED).text
    assert "cells 1–14" in text
    assert "The computer was restarted while it ran." in text
    assert "after cell 14, at 14:02" in text


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((3,), "cell 3"),
        ((5, 3), "cells 3 and 5"),
        ((1, 2), "cells 1 and 2"),
        ((1, 2, 3, 7), "cells 1–3 and 7"),
        ((1, 3, 4, 5, 9), "cells 1, 3–5 and 9"),
    ],
)
def test_many_cells_are_ranges(numbers: tuple[int, ...], words: str) -> None:
    assert cells_in_words(numbers) == words
