"""Promise ids: the one place that mints them (invariant 4)."""

from __future__ import annotations

import pytest

from engine.durable.ids import (
    claim_promise_id,
    execution_of,
    execution_promise_id,
    input_promise_id,
    settled_promise_id,
)

EXECUTION = "0123456789abcdef0123456789abcdef"


def test_ids_have_the_stored_form() -> None:
    assert execution_promise_id(EXECUTION) == f"exec:{EXECUTION}"
    assert settled_promise_id(EXECUTION) == f"exec:{EXECUTION}.1"
    assert claim_promise_id(EXECUTION) == f"exec:{EXECUTION}.2"
    assert input_promise_id(EXECUTION, 3) == f"exec:{EXECUTION}:input:3"


@pytest.mark.parametrize("bad", ["", "abc", "ABCDEF012345", "0123456g", "01234567:1", "01234567.1", "0" * 65])
def test_an_execution_id_that_is_not_hex_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="hex digits"):
        execution_promise_id(bad)


def test_prompts_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="counted from 1"):
        input_promise_id(EXECUTION, 0)


@pytest.mark.parametrize("below", ["", ".1", ".2.1", ":input:3"])
def test_every_promise_of_a_lineage_names_its_execution(below: str) -> None:
    assert execution_of(f"exec:{EXECUTION}{below}") == EXECUTION


@pytest.mark.parametrize("foreign", ["exec:", "exec:abc", f"exec:{EXECUTION}x", "0123456789abcdef", f"run:{EXECUTION}"])
def test_what_is_no_promise_of_an_execution_is_refused(foreign: str) -> None:
    with pytest.raises(ValueError, match="no promise of an execution"):
        execution_of(foreign)
