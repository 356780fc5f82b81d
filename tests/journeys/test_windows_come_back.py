"""The windows of an application that was killed come back at the next start, once, beside what is asked for then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from capsule_desktop.app import Application
from capsule_desktop.lives import Life, WindowRecord
from capsule_desktop.notebook import disk
from capsule_desktop.presenters.notebook import NotebookPresenter
from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from engine.store import places
from tests.support.live_window import turn_until
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop


def crashed(folder: Path, *windows: WindowRecord) -> None:
    """An earlier life had these open, and did not end in order."""
    lives = folder / "state" / "lives"
    life = Life.begin(lives)
    life.write(windows)
    kept = life.windows_file.read_bytes()
    life.end()
    life.windows_file.write_bytes(kept)


@asynccontextmanager
async def started(qapp: QApplication, folder: Path, *files: Path) -> AsyncIterator[Application]:
    """The whole application, until its windows are closed; what is to come back has come back."""
    application = Application(qapp, folder / "state", folder / "config", folder / "checkpoints")
    running = asyncio.ensure_future(application.run(files))
    try:
        await application.warmed.wait()
        yield application
    finally:
        for window in application.windows.windows:
            application.windows.discard(window)
        await running


def paths(application: Application) -> list[Path | None]:
    notebooks = (application.windows.notebook_of(window) for window in application.windows.windows)
    return [None if notebook is None else notebook.document.path for notebook in notebooks]


async def test_they_come_back_in_order_with_their_sizes_and_not_again(qapp: QApplication, tmp_path: Path) -> None:
    files = [write_notebook(tmp_path / f"{name}.ipynb", name) for name in "ab"]
    async with started(qapp, tmp_path, *files) as application:
        first = application.windows.windows[0]
        first.resize(700, 500)
        geometry = first.save_state()
    crashed(tmp_path, WindowRecord(path=str(files[1])), WindowRecord(path=str(files[0]), geometry=geometry))
    async with started(qapp, tmp_path) as application:
        assert paths(application) == [files[1], files[0]]
        second = application.windows.windows[1]
        assert (second.width(), second.height()) == (700, 500)
    async with started(qapp, tmp_path) as application:
        assert paths(application) == [None]


async def test_a_file_that_is_asked_for_is_not_opened_twice(qapp: QApplication, tmp_path: Path) -> None:
    files = [write_notebook(tmp_path / f"{name}.ipynb", name) for name in "ab"]
    crashed(tmp_path, *(WindowRecord(path=str(file)) for file in files))
    async with started(qapp, tmp_path, files[1]) as application:
        assert paths(application) == [files[1], files[0]]


async def test_what_is_open_is_listed_while_the_application_lives(qapp: QApplication, tmp_path: Path) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "1")
    async with started(qapp, tmp_path, file):
        (listed,) = (tmp_path / "state" / "lives").glob("*.json")
        await turn_until(lambda: str(file) in listed.read_text())
    assert not list((tmp_path / "state" / "lives").iterdir())


async def test_what_killed_two_lives_is_offered_again_and_again_until_it_is_opened(
    qapp: QApplication, tmp_path: Path
) -> None:
    bad, good = (write_notebook(tmp_path / f"{name}.ipynb", "1") for name in ("bad", "good"))
    crashed(tmp_path, WindowRecord(path=str(bad), tries=2), WindowRecord(path=str(good), tries=1))
    async with started(qapp, tmp_path) as application:
        assert paths(application) == [good]
        (await offer(application)).reject()
    async with started(qapp, tmp_path) as application:
        assert paths(application) == [None]
        dialog = await offer(application)
        dialog.answer(lambda: dialog.chosen.emit(Choice.OK))
        await turn_until(lambda: paths(application) == [bad])
    assert not list((tmp_path / "state" / "lives").iterdir())


async def test_what_is_not_to_be_offered_again_is_not(qapp: QApplication, tmp_path: Path) -> None:
    crashed(tmp_path, WindowRecord(path=str(tmp_path / "bad.ipynb"), tries=2))
    async with started(qapp, tmp_path) as application:
        dialog = await offer(application)
        dialog.answer(lambda: dialog.chosen.emit(Choice.DISCARD))
    assert not list((tmp_path / "state" / "lives").iterdir())


async def offer(application: Application) -> MessageDialog:
    def found() -> list[MessageDialog]:
        return [d for window in application.windows.windows for d in window.findChildren(MessageDialog)]

    await turn_until(lambda: bool(found()))
    assert "was not opened again" in found()[0].windowTitle()
    return found()[0]


async def test_an_attempt_is_on_the_disk_before_it_is_made(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_notebook(tmp_path / "a.ipynb", "1")
    crashed(tmp_path, WindowRecord(path=str(file), tries=1))
    seen: list[str] = []
    from capsule_desktop.presenters.windows import WindowsPresenter

    opens = WindowsPresenter.open_file

    async def look(self: WindowsPresenter, path: Path, *rest: object) -> None:
        seen.extend(listed.read_text() for listed in (tmp_path / "state" / "lives").glob("*.json"))
        await opens(self, path, *rest)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(WindowsPresenter, "open_file", look)
    async with started(qapp, tmp_path):
        assert ['"tries": 2' in text for text in seen] == [True]


async def kept_notebook(qapp: QApplication, folder: Path) -> tuple[Path, str]:
    """A saved notebook that something is kept of: its file, and its folder's name."""
    file = write_notebook(folder / "a.ipynb", "1")
    async with started(qapp, folder, file) as application:
        notebook = notebook_in(application)
        notebook.actions.perform(Action.INSERT_BELOW)
        notebook.actions.perform(Action.SAVE)
        await turn_until(lambda: not notebook.document.is_dirty and notebook.home.folder is not None)
        return file, notebook.home.store_id


def notebook_in(application: Application, number: int = 0) -> NotebookPresenter:
    notebook = application.windows.notebook_of(application.windows.windows[number])
    assert notebook is not None
    return notebook


async def test_what_was_saved_under_another_name_comes_back_under_it(qapp: QApplication, tmp_path: Path) -> None:
    file, store_id = await kept_notebook(qapp, tmp_path)
    new = write_notebook(tmp_path / "new.ipynb", "1")
    notebooks = tmp_path / "state" / "notebooks"
    places.claim(places.saved_as(places.Place(folder=notebooks / store_id, path=file, capsule_id=""), new, "new"))
    crashed(tmp_path, WindowRecord(path=str(file), store_id=store_id))
    async with started(qapp, tmp_path) as application:
        assert paths(application) == [new]
        assert notebook_in(application).home.store_id == store_id


async def test_a_file_that_was_renamed_and_is_asked_for_by_its_new_name_is_one_notebook(
    qapp: QApplication, tmp_path: Path
) -> None:
    file, store_id = await kept_notebook(qapp, tmp_path)
    renamed = file.rename(tmp_path / "b.ipynb")
    crashed(tmp_path, WindowRecord(path=str(file), store_id=store_id))
    async with started(qapp, tmp_path, renamed) as application:
        assert paths(application) == [renamed]
        assert notebook_in(application).home.not_kept is None


async def test_a_file_that_is_renamed_while_it_is_open_goes_on_under_its_new_name(
    qapp: QApplication, tmp_path: Path
) -> None:
    file, _ = await kept_notebook(qapp, tmp_path)
    async with started(qapp, tmp_path, file) as application:
        notebook = notebook_in(application)
        notebook.actions.perform(Action.INSERT_BELOW)
        await turn_until(lambda: notebook.home.folder is not None)
        renamed = file.rename(tmp_path / "b.ipynb")
        await application.windows.open_file(renamed, application.windows.windows[0])
        assert (paths(application), len(notebook.document)) == ([renamed], 3)
        notebook.actions.perform(Action.SAVE)
        await turn_until(lambda: not notebook.document.is_dirty)
        assert (len(disk.read(renamed).file.order), file.exists()) == (3, False)
