"""What earlier Pythons kept is offered, newest first, until it is brought back and kept again, or refused."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from engine.commands import ExecutionId
from engine.earlier_variables import LIMIT, EarlierVariables
from engine.events import Event, VariablesOffered
from engine.store.records import CheckpointRecord


@dataclass
class Store:
    earlier: tuple[CheckpointRecord, ...] = ()

    def record_earlier(self, records: tuple[CheckpointRecord, ...]) -> None:
        self.earlier = records


@dataclass
class Offers:
    store: Store = field(default_factory=Store)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.earlier = EarlierVariables(self.store.earlier, self.store, self.events.append)

    @property
    def said(self) -> list[str | None]:
        return [event.offer for event in self.events if isinstance(event, VariablesOffered)]


def made(name: str, size_bytes: int = 10) -> CheckpointRecord:
    return CheckpointRecord(
        execution_id=name,
        cell_id=f"cell of {name}",
        path=f"/kept/{name}.capsule",
        created_at=1.0,
        size_bytes=size_bytes,
        left_out=0,
    )


def test_the_newest_is_offered_and_stays_so_over_openings() -> None:
    offers = Offers()
    offers.earlier.add(made("a"))
    offers.earlier.add(made("b"))
    assert offers.events == [
        VariablesOffered(offer=ExecutionId("a"), cell_id="cell of a", created_at=1.0),
        VariablesOffered(offer=ExecutionId("b"), cell_id="cell of b", created_at=1.0),
    ]
    again = Offers(offers.store)
    again.earlier.tell()
    assert again.said == ["b"]
    assert again.earlier.paths == (Path("/kept/a.capsule"), Path("/kept/b.capsule"))


def test_the_same_is_not_told_twice() -> None:
    offers = Offers()
    offers.earlier.tell()
    offers.earlier.add(made("a"))
    offers.earlier.add(made("a"))
    offers.earlier.tell()
    assert offers.said == ["a"]


def test_of_too_many_the_smallest_older_one_goes() -> None:
    offers = Offers()
    for size_bytes in (50, 10, 40):
        offers.earlier.add(made(f"of {size_bytes}", size_bytes))
    offers.earlier.add(made("of 5", 5))
    assert [record.size_bytes for record in offers.store.earlier] == [50, 40, 5]
    assert len(offers.store.earlier) == LIMIT


def test_one_that_is_back_stays_until_python_has_kept_it_itself() -> None:
    offers = Offers()
    offers.earlier.add(made("a"))
    offers.earlier.brought_back(made("a"))
    assert offers.said == ["a", None]
    assert offers.earlier.find("a") is None
    offers.earlier.kept(time.time() - 100)  # of a cell that ended before
    assert offers.store.earlier == (made("a"),)
    offers.earlier.kept(time.time() + 1)
    assert offers.store.earlier == offers.earlier.paths == ()


def test_one_that_was_back_in_a_python_that_died_is_offered_again() -> None:
    offers = Offers()
    offers.earlier.add(made("a"))
    offers.earlier.brought_back(made("a"))
    offers.earlier.began_anew()
    offers.earlier.tell()
    assert offers.said == ["a", None, "a"]


def test_nothing_is_offered_while_it_is_being_brought_back() -> None:
    offers = Offers()
    with offers.earlier.silent():
        offers.earlier.add(made("a"))
        assert offers.said == []
        offers.earlier.brought_back(made("a"))
    assert offers.said == []
    with offers.earlier.silent():  # it comes to nothing
        offers.earlier.began_anew()
    assert offers.said == ["a"]


def test_what_is_refused_is_neither_offered_nor_kept_any_longer() -> None:
    offers = Offers()
    offers.earlier.add(made("a"))
    offers.earlier.add(made("b"))
    offers.earlier.dismiss()
    assert offers.said == ["a", "b", None]
    assert offers.store.earlier == ()
