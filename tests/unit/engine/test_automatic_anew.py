"""Automatic checkpoints of a Python that was started anew: what was kept before it is not buried by its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

from engine.checkpoints.automatic_files import KEPT_FILES
from engine.events import VariablesOffered
from engine.protocol.messages import AutomaticCheckpoint
from engine.session.session import Session
from tests.support.automatic_notebook import notebook, worker
from tests.support.sealed_drafts import age, draft


def empty(execution_id: str, folder: Path) -> AutomaticCheckpoint:
    return replace(draft(folder, execution_id), variables=0)


async def test_what_was_kept_before_a_python_began_is_offered_and_outlasts_its_own(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        nb.say(draft(nb.folder, "a1", x=1))
        record = await nb.automatic.newest()
        assert record is not None
        age(Path(record.path), 100)
        nb.automatic.begin(cast(Session, nb.session), meant_empty=False)
        await nb.events_so_far(2)
        assert nb.records.earlier == (record,)
        for number in range(KEPT_FILES + 2):
            nb.say(draft(nb.folder, f"b{number}", x=number))
            await nb.automatic.newest()
        assert Path(record.path).exists()
        assert nb.automatic.newest_id == f"b{KEPT_FILES + 1}"
        assert [e.offer for e in nb.events if isinstance(e, VariablesOffered)] == ["a1"]


async def test_nothing_is_offered_where_python_was_meant_to_be_empty(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        nb.say(draft(nb.folder, "a1", x=1))
        await nb.automatic.newest()
        nb.automatic.begin(cast(Session, nb.session), meant_empty=True)
        nb.say(draft(nb.folder, "b1", x=2))
        await nb.events_so_far(2)
        assert nb.records.earlier == ()


async def test_a_python_without_variables_does_not_replace_what_was_kept_before_it(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        nb.say(draft(nb.folder, "a1", x=1))
        await nb.automatic.newest()
        nb.automatic.begin(cast(Session, nb.session), meant_empty=True)
        nb.say(empty("b1", nb.folder))
        await nb.automatic.newest()
        assert nb.automatic.newest_id == "a1"
        assert not list(nb.folder.glob("b1*"))
        nb.say(draft(nb.folder, "b2", x=2))
        await nb.automatic.newest()
        nb.say(empty("b3", nb.folder))  # its variables were deleted: that is its state
        await nb.automatic.newest()
        assert nb.automatic.newest_id == "b3"


async def test_a_python_that_died_without_variables_leaves_what_was_kept_before_it(tmp_path: Path) -> None:
    async with notebook(tmp_path) as nb:
        nb.say(draft(nb.folder, "a1", x=1))
        await nb.automatic.newest()
        nb.automatic.begin(cast(Session, nb.session), meant_empty=True)
        empty("b1", nb.folder)
        await nb.automatic.adopt_left_behind(worker())
        assert nb.automatic.newest_id == "a1"
