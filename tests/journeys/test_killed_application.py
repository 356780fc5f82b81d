"""The application is killed or closed, with its workers or without, and started again: what was shown is shown again.

Real processes from end to end; the folder is short enough for a socket's path.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from capsule_desktop.widgets.recovery_words import RESUME
from engine.worker import snapshot
from tests.support.application_process import Shown, User
from tests.support.checkpoint_files import STRANGER
from tests.support.notebook_files import write_notebook

COUNTS = "import time\nfor i in range(100_000):\n    print(i, flush=True)\n    time.sleep(0.005)"
pytestmark = pytest.mark.time_limit(90)  # as each starts two or three windows one after the other


@pytest.fixture
def user() -> Iterator[User]:
    with tempfile.TemporaryDirectory(prefix="cu") as folder:
        user = User(Path(folder))
        yield user
        user.end_workers()


def printed(shown: Shown, index: int) -> int:
    """How many lines the cell shows."""
    return shown.text(index).count("\n")


async def test_edits_outputs_and_a_running_cell_come_back_with_the_window(user: User) -> None:
    file = write_notebook(user.folder / "a.ipynb", "x = 6 * 7\nprint('counted', x)", COUNTS, "print(x)", "")
    before = file.read_bytes()
    async with user.application(file) as first:
        await first.until(lambda s: len(s.cells) == 4)
        first.do("write", 3, "an edit")
        first.do("perform", "run_all")
        left = await first.until(lambda s: printed(s, 1) > 20 and "draft saved" in s.title)
        await first.killed()
    async with user.application() as second:
        back = await second.until(lambda s: printed(s, 1) > printed(left, 1) and s.states()[1] == "running")
        assert "Recovered" in back.banner
        assert (back.path, back.states()[0], back.text(0)) == (str(file), "done", "counted 42\n")
        assert back.cells[3]["source"] == "an edit"
        assert file.read_bytes() == before
        second.do("perform", "interrupt")
        ended = await second.until(lambda s: s.states()[1] == "stopped")
        lines = ended.text(1).splitlines()
        count = lines.index("KeyboardInterrupt: ") if "KeyboardInterrupt: " in lines else len(lines) - 1
        assert lines[:count] == [str(i) for i in range(count)]


async def test_where_python_died_too_the_cell_is_lost_and_resume_goes_on_from_it(user: User) -> None:
    file = write_notebook(
        user.folder / "a.ipynb", "x = 42", "import time\nprint('begun', x)\ntime.sleep(x)", "print('after')"
    )
    async with user.application(file) as first:
        await first.until(lambda s: len(s.cells) == 3)
        first.do("perform", "run_all")
        await first.until(lambda s: s.text(1) == "begun 42\n" and "draft saved" in s.title)
        await first.killed()
    user.end_workers()
    async with user.application() as second:
        back = await second.until(lambda s: "was interrupted" in s.banner)
        assert back.states()[:2] == ["done", "lost"]
        assert back.text(1) == "begun 42\n"
        assert "Interrupted after" in back.cells[1]["note"]
        assert not back.has_python
        second.do("write", 1, "print('resumed', x)")
        second.do("click", RESUME)
        resumed = await second.until(lambda s: s.states() == ["done", "done", "done"])
        assert (resumed.text(1), resumed.text(2)) == ("resumed 42\n", "after\n")


async def test_a_question_is_answered_in_the_next_life(user: User) -> None:
    file = write_notebook(user.folder / "a.ipynb", "print('hello', input('Who? '))")
    async with user.application(file) as first:
        await first.until(lambda s: len(s.cells) == 1)
        first.do("perform", "run_in_place")
        await first.until(lambda s: bool(s.cells[0]["waits"]))
        await first.killed()
    async with user.application() as second:
        await second.until(lambda s: bool(s.cells and s.cells[0]["waits"]))
        second.do("answer", "world")
        done = await second.until(lambda s: s.states() == ["done"])
        assert done.text(0) == "Who? world\nhello world\n"


async def test_a_cell_that_finished_while_nothing_was_open_has_its_output_and_its_variables(user: User) -> None:
    gate = user.folder / "gate"
    waits = (
        f"import os, time\nwhile not os.path.exists({str(gate)!r}):\n    time.sleep(0.01)\nx = 42\nprint('finished')"
    )
    file = write_notebook(user.folder / "a.ipynb", waits, "print(x)")
    async with user.application(file) as first:
        await first.until(lambda s: len(s.cells) == 2)
        first.do("perform", "run_in_place")
        await first.until(lambda s: s.states()[0] == "running")
        await first.killed()
    gate.touch()
    async with user.application() as second:
        back = await second.until(lambda s: s.states()[:1] == ["done"])
        assert back.text(0) == "finished\n"
        second.do("select", 1)
        second.do("perform", "run_in_place")
        assert (await second.until(lambda s: s.states()[1] == "done")).text(1) == "42\n"


async def test_variables_that_came_back_after_a_death_are_there_after_that_of_the_application(user: User) -> None:
    file = write_notebook(user.folder / "a.ipynb", "import os\nx = 42\nprint(os.getpid())", "print(x)")
    async with user.application(file) as first:
        await first.until(lambda s: len(s.cells) == 2)
        first.do("perform", "run_in_place")
        ran = await first.until(lambda s: s.states()[0] == "done" and "after cell 1" in s.notes)
        os.kill(int(ran.text(0)), signal.SIGKILL)
        await first.until(lambda s: "The variables as after cell 1 are back" in s.banner)
        await first.killed()
    async with user.application() as second:
        await second.until(lambda s: s.has_python)
        second.do("select", 1)
        second.do("perform", "run_in_place")
        assert (await second.until(lambda s: s.states()[1] in ("done", "error"))).text(1) == "42\n"


async def test_variables_of_a_file_that_were_restored_into_a_new_notebook_are_there_after_a_kill(user: User) -> None:
    checkpoint = user.folder / "mine.capsule"
    snapshot.save(namespace={"x": 42}, path=checkpoint, name="mine")
    STRANGER.sign(checkpoint)
    async with user.application() as first:
        await first.until(lambda s: True)
        first.do("perform", "new")
        await first.until(lambda s: len(s.cells) == 1)
        first.do("restore", str(checkpoint))
        await first.until(lambda s: "after restoring a checkpoint" in s.notes)
        checkpoint.unlink()
        await first.killed()
    async with user.application() as second:
        await second.until(lambda s: s.has_python)
        second.do("write", 0, "print(x)")
        second.do("perform", "run_in_place")
        assert (await second.until(lambda s: s.states() in (["done"], ["error"]))).text(0) == "42\n"


LATE = """import os, threading, time
def late():
    for gate in {gates!r}:
        while not os.path.exists(gate):
            time.sleep(0.01)
        print(os.path.basename(gate), flush=True)
threading.Thread(target=late).start()
print('end')"""


async def test_what_a_thread_prints_after_its_cell_comes_back_once_whether_a_window_was_open_or_not(user: User) -> None:
    shown, unseen, last = gates = [user.folder / name for name in ("shown", "unseen", "last")]
    file = write_notebook(user.folder / "a.ipynb", LATE.format(gates=[str(gate) for gate in gates]), "1")
    async with user.application(file) as first:
        await first.until(lambda s: len(s.cells) == 2)
        first.do("perform", "run_in_place")
        await first.until(lambda s: s.text(0) == "end\n" and s.states()[0] == "done" and "draft saved" in s.title)
        shown.touch()
        await first.until(lambda s: s.text(0) == "end\nshown\n")
        await first.killed()
    unseen.touch()
    async with user.application() as second:
        await second.until(lambda s: s.text(0) == "end\nshown\nunseen\n")
        second.do("perform", "save")
        await second.until(lambda s: s.title == "saved")
        await second.killed()
    last.touch()
    async with user.application() as third:
        await third.until(lambda s: s.text(0) == "end\nshown\nunseen\nlast\n")
        await third.killed()
    user.end_workers()
    async with user.application(file) as fourth:  # by itself it would be offered alone: two lives died so soon after it
        await fourth.until(lambda s: s.text(0) == "end\nshown\nunseen\nlast\n")


async def test_a_notebook_that_was_never_saved_comes_back_with_what_was_typed_and_run(user: User) -> None:
    async with user.application() as first:
        await first.until(lambda s: True)
        first.do("perform", "new")
        await first.until(lambda s: len(s.cells) == 1)
        first.do("write", 0, "print('never saved')")
        first.do("perform", "run_in_place")
        await first.until(lambda s: s.states() == ["done"] and "draft saved" in s.title)
        await first.killed()
    async with user.application() as second:
        back = await second.until(lambda s: s.states() == ["done"] and s.text(0) != "")
        assert (back.path, back.cells[0]["source"]) == (None, "print('never saved')")
        assert back.text(0) == "never saved\n"


async def test_a_second_process_leaves_the_notebook_to_the_first(user: User) -> None:
    file = write_notebook(user.folder / "a.ipynb", "print('ran')", "")
    async with user.application(file) as first:
        await first.until(lambda s: len(s.cells) == 2)
        first.do("write", 1, "of the first")
        await first.until(lambda s: "draft saved" in s.title)
        async with user.application(file) as second:
            shown = await second.until(lambda s: "another process" in s.banner)
            assert shown.cells[1]["source"] == ""
            await first.killed()
            second.do("click", "try again")
            again = await second.until(lambda s: s.banner == "" or "another process" not in s.banner)
            assert again.cells[1]["source"] == "of the first"


async def test_a_cell_that_is_kept_going_goes_on_after_the_window_was_closed(user: User) -> None:
    file = write_notebook(user.folder / "a.ipynb", COUNTS, "")
    async with user.application(file) as first:
        await first.until(lambda s: len(s.cells) == 2)
        first.do("write", 1, "an edit")
        first.do("perform", "run_in_place")
        left = await first.until(lambda s: printed(s, 0) > 20)
        first.do("perform", "quit")
        await first.until(lambda s: bool(s.messages))
        first.do("untick")
        first.do("choose", "keep_running")
        assert await first.ended() == 0
    async with user.application() as empty:
        await empty.until(lambda s: s.path is None)
        empty.do("perform", "quit")
        assert await empty.ended() == 0
    async with user.application(file) as second:
        back = await second.until(lambda s: printed(s, 0) > printed(left, 0) and s.states()[0] == "running")
        assert back.cells[1]["source"] == "an edit"


async def test_a_cell_that_is_not_kept_going_ends_with_its_window(user: User) -> None:
    file = write_notebook(user.folder / "a.ipynb", COUNTS)
    async with user.application(file) as first:
        await first.until(lambda s: len(s.cells) == 1)
        first.do("perform", "run_in_place")
        await first.until(lambda s: printed(s, 0) > 20)
        first.do("perform", "close")
        await first.until(lambda s: bool(s.messages))
        first.do("choose", "shut_down")
        assert await first.ended() == 0
    assert not user.workers()
    async with user.application(file) as second:
        back = await second.until(lambda s: len(s.cells) == 1)
        assert printed(back, 0) > 20  # it was saved first
