"""The crash benchmark's own judgement: each kind of loss is seen, and what nobody acknowledged is none."""

from __future__ import annotations

from tests.benchmarks.crash_ledger import Ledger, Losses

RUN = "aa"


def shown(source: str = "n = 1\nrest", run: str = RUN, state: str = "done", text: str = "one\n") -> dict[str, object]:
    return {"c": {"source": source, "run": run, "shown": run, "state": state, "text": text}}


def ledger() -> Ledger:
    """Of one cell, whose edit, output and end were acknowledged."""
    kept = Ledger()
    kept.take({"ack": "draft", "sources": {"c": "n = 1\nrest"}})
    kept.take({"ack": "pressed", "cell": "c", "source": "n = 1\nrest"})
    kept.take({"ack": "output", "cell": "c", "run": RUN, "text": "one\n"})
    kept.take({"ack": "state", "cell": "c", "run": RUN, "state": "done", "source": ""})
    return kept


def compared(cells: dict[str, object], recorded: str = "settled", counted: tuple[str, ...] = ("c 1",)) -> Losses:
    return ledger().losses(cells, {RUN: recorded} if recorded else {}, counted)  # type: ignore[arg-type]


def test_what_is_shown_as_before_is_no_loss() -> None:
    assert not compared(shown())
    assert not compared(shown(text="one\ntwo\n"))


def test_an_edit_that_was_kept_and_is_not_there_is_lost() -> None:
    assert compared(shown(source="n = 7\nrest")).edits
    assert compared({}).edits


def test_an_edit_that_was_not_kept_yet_is_no_loss() -> None:
    kept = ledger()
    kept.typing("c", 23)
    assert not kept.losses(shown(source="n = 2\nrest"), {RUN: "settled"}, ["c 1"])  # type: ignore[arg-type]
    assert kept.losses(shown(source="n = 2\nother"), {RUN: "settled"}, ["c 1"]).edits  # type: ignore[arg-type]


def test_output_that_was_shown_and_is_not_there_is_lost() -> None:
    assert compared(shown(text="on")).outputs
    assert compared(shown(run="", text="two\n")).outputs


def test_output_that_comes_out_of_the_saved_file_is_no_loss() -> None:
    assert not compared(shown(run="", text="one\n"))


def test_an_execution_that_is_not_in_the_store_or_not_ended_there_is_lost() -> None:
    assert compared(shown(), recorded="").executions
    assert compared(shown(), recorded="claimed").executions
    assert compared(shown(state="lost")).executions


def test_a_cell_that_ran_more_often_than_it_was_asked_to_ran_double() -> None:
    assert compared(shown(), counted=("c 1", "c 1")).doubles


def test_a_held_run_that_began_later_is_shown_in_the_place_of_the_one_before() -> None:
    kept = ledger()
    kept.take({"ack": "state", "cell": "c", "run": "bb", "state": "queued", "source": ""})
    kept.take({"ack": "output", "cell": "c", "run": "bb", "text": "b\n"})
    recorded = {RUN: "settled", "bb": "settled"}
    cells = shown(text="one\n")
    assert kept.losses(cells, recorded, ["c 1"], {RUN: 1.0, "bb": 2.0}).outputs  # type: ignore[arg-type]
    assert not kept.losses(cells, recorded, ["c 1"], {RUN: 3.0, "bb": 2.0}).outputs  # type: ignore[arg-type]
