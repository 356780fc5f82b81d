"""What opening a notebook makes of a store that it cannot bring back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import cast

from engine.facade import Engine
from engine.kernel_place import KernelPlace
from engine.session.manager import SessionManager
from engine.store import journal
from engine.store.store import NotebookStore
from tests.support.fake_sessions import FakeSessions
from tests.support.live_notebook import LiveNotebook


async def test_a_notebook_whose_journal_cannot_be_replayed_opens_with_a_new_record_and_says_where_the_old_one_is(
    tmp_path: Path,
) -> None:
    store = await asyncio.to_thread(NotebookStore.open, tmp_path / "store", process_life="before")
    store._put(journal.append, execution_id="a", request="no request")
    assert await store.close()
    fakes = FakeSessions()
    fakes.obliging = True
    engine = Engine(state_directory=tmp_path / "key", manager=cast(SessionManager, fakes))
    place = KernelPlace(working_directory=tmp_path, log_directory=tmp_path)
    handle = await engine.open_notebook("nb", place, folder=tmp_path / "store")
    (aside,) = (tmp_path / "store").glob("damaged-*")
    assert str(aside) in handle.notice
    notebook = LiveNotebook(engine, handle, tmp_path)
    following = asyncio.ensure_future(notebook.follow())
    assert (await notebook.run("1")).outcome == "ok"
    await engine.close()
    await following
