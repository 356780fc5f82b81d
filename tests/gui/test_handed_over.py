"""What the running application makes of other starts: files, the welcome, garbage, and none while it ends."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from capsule_desktop import handed_over
from capsule_desktop.app import Application
from capsule_desktop.hand_over import LINE_LIMIT, Answer, HandOver, read_answer, request_line
from capsule_desktop.settings import Settings
from capsule_desktop.single_instance import Place, ask, claim
from capsule_desktop.widgets.checkpoint_dialogs import OpenedCheckpointDialog
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.message_dialog import MessageDialog
from tests.support.checkpoint_files import EMPTY, write_checkpoint
from tests.support.live_window import turn_until
from tests.support.logs import ExpectedLogs
from tests.support.notebook_files import write_notebook

pytestmark = pytest.mark.qt_loop


@pytest.fixture
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="cap-") as folder:
        yield Place.of_session(Path(folder), Path("/state"), {})


@asynccontextmanager
async def running(qapp: QApplication, folder: Path, place: Place, *files: Path) -> AsyncIterator[Application]:
    """The whole application, which is the one of its session, until its windows are closed."""
    instance = claim(place)
    assert instance is not None
    paths = folder / "state", folder / "config", folder / "checkpoints"
    application = Application(qapp, *paths)
    application.serve(instance)
    ended = asyncio.ensure_future(application.run(files))
    try:
        await application.warmed.wait()
        yield application
    finally:
        for window in application.windows.windows:
            application.windows.discard(window)
        await ended


async def handed(place: Place, *files: Path) -> Answer:
    return await asyncio.to_thread(ask, place, HandOver(files=files))


async def said(place: Place, data: bytes) -> bytes:
    """The answer to these bytes."""
    reader, writer = await asyncio.open_unix_connection(place.socket)
    try:
        writer.write(data)
        return await reader.readline()
    except ConnectionResetError:
        return b""  # closed before all of it was read
    finally:
        writer.close()


def shown(application: Application) -> list[str]:
    notebooks = (application.windows.notebook_of(window) for window in application.windows.windows)
    return ["" if n is None or n.document.path is None else n.document.path.name for n in notebooks]


async def test_each_file_has_a_window_and_one_that_is_open_comes_to_the_front(
    qapp: QApplication, tmp_path: Path, place: Place
) -> None:
    a, b = (write_notebook(tmp_path / f"{name}.ipynb", "1") for name in "ab")
    async with running(qapp, tmp_path, place, a) as application:
        first = application.windows.windows[0]
        assert (await handed(place, b)).is_taken
        await turn_until(lambda: shown(application) == ["a.ipynb", "b.ipynb"])
        first.showMinimized()
        assert (await handed(place, a)).is_taken
        await turn_until(lambda: first.isActiveWindow() and not first.isMinimized())
        assert shown(application) == ["a.ipynb", "b.ipynb"]


async def test_without_a_file_the_welcome_is_shown_once_and_the_next_file_takes_it(
    qapp: QApplication, tmp_path: Path, place: Place
) -> None:
    a, b = (write_notebook(tmp_path / f"{name}.ipynb", "1") for name in "ab")
    async with running(qapp, tmp_path, place, a) as application:
        await handed(place)
        await handed(place)
        assert shown(application) == ["a.ipynb", ""]
        await handed(place, b)
        await turn_until(lambda: shown(application) == ["a.ipynb", "b.ipynb"])


async def test_a_checkpoint_is_asked_about_in_front_of_the_notebooks_that_came_with_it(
    qapp: QApplication, tmp_path: Path, place: Place
) -> None:
    a, b = (write_notebook(tmp_path / f"{name}.ipynb", "1") for name in "ab")
    checkpoint = write_checkpoint(tmp_path / "c.capsule", EMPTY)
    async with running(qapp, tmp_path, place, a) as application:
        for window in application.windows.windows:
            window.showMinimized()
        assert (await handed(place, checkpoint, b)).is_taken
        await turn_until(lambda: bool(qapp.activeModalWidget()))
        dialog = qapp.activeModalWidget()
        assert isinstance(dialog, OpenedCheckpointDialog)
        assert shown(application) == ["a.ipynb", "b.ipynb"]
        assert dialog.parent() is application.windows.windows[1]


async def test_what_cannot_be_opened_comes_to_the_front_with_the_reason(
    qapp: QApplication, tmp_path: Path, place: Place
) -> None:
    async with running(qapp, tmp_path, place) as application:
        (window,) = application.windows.windows
        for name in ("missing.capsule", "missing.ipynb"):
            window.showMinimized()
            assert (await handed(place, tmp_path / name)).is_taken
            await turn_until(lambda: not window.isMinimized())
            told = [dialog.windowTitle() for dialog in window.findChildren(MessageDialog)]
            assert any(title.startswith(f"{name} was not ") for title in told)


async def test_a_file_that_cannot_be_opened_is_told_in_a_window(
    qapp: QApplication, tmp_path: Path, place: Place
) -> None:
    async with running(qapp, tmp_path, place) as application:
        assert (await handed(place, tmp_path / "missing.ipynb")).is_taken
        await turn_until(lambda: bool(application.windows.windows[0].findChildren(MessageDialog)))
        (dialog,) = application.windows.windows[0].findChildren(MessageDialog)
        assert "missing.ipynb was not opened" in dialog.windowTitle()


async def test_a_file_that_cannot_be_reached_is_told_in_a_window(
    qapp: QApplication, tmp_path: Path, place: Place
) -> None:
    """As on a dead mount, or in a folder of others: nobody can say whether it is there."""
    async with running(qapp, tmp_path, place) as application:
        (window,) = application.windows.windows
        assert (await handed(place, tmp_path / f"{'x' * 300}.ipynb")).is_taken
        await turn_until(lambda: bool(window.findChildren(MessageDialog)))
        assert "was not opened" in window.findChildren(MessageDialog)[0].windowTitle()


async def test_a_recent_file_that_cannot_be_reached_is_no_reason_not_to_start(
    qapp: QApplication, tmp_path: Path, place: Place
) -> None:
    (tmp_path / "config").mkdir()
    Settings(tmp_path / "config" / "settings.ini").add_recent(tmp_path / f"{'x' * 300}.ipynb")
    async with running(qapp, tmp_path, place) as application:
        assert shown(application) == [""]


async def test_the_desktops_token_is_there_for_the_window_and_for_no_child(
    qapp: QApplication, tmp_path: Path, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens: list[str | None] = []
    monkeypatch.setattr(
        MainWindow, "activateWindow", lambda _window: tokens.append(os.environ.get("XDG_ACTIVATION_TOKEN"))
    )
    async with running(qapp, tmp_path, place):
        await asyncio.to_thread(ask, place, HandOver(activation_token="token"))
        assert tokens == ["token"]
        assert "XDG_ACTIVATION_TOKEN" not in os.environ


@pytest.mark.parametrize(
    ("data", "why", "logged"),
    [
        (b"garbage\n", "not understood", "not JSON"),
        (b'{"version": 99}\n', "not understood", "another version"),
        (b'{"version": 1, "until": 1e9, "files": ["61"]}\n', "not understood", "not an absolute path"),
        (b"x" * (LINE_LIMIT * 3), "Too much", "longer than"),
        (request_line(HandOver(until=1.0)), "too long", "nobody waits"),
    ],
)
async def test_what_no_start_says_is_refused_and_the_next_is_served(
    qapp: QApplication, tmp_path: Path, place: Place, expected_logs: ExpectedLogs, data: bytes, why: str, logged: str
) -> None:
    expected_logs.expect("capsule.hand_over", logged)
    async with running(qapp, tmp_path, place) as application:
        assert why in read_answer(await said(place, data)).why
        assert (await handed(place)).is_taken
        assert shown(application) == [""]


async def test_one_that_says_nothing_is_not_listened_to_for_long(
    qapp: QApplication, tmp_path: Path, place: Place, expected_logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handed_over, "LINE_LIMIT_S", 0.01)
    expected_logs.expect("capsule.hand_over", "came to nothing")
    async with running(qapp, tmp_path, place):
        assert await said(place, b"{") == b""


async def test_another_user_is_not_listened_to(
    qapp: QApplication, tmp_path: Path, place: Place, expected_logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handed_over, "peer_identity", lambda _connection: (os.getuid() + 1, 7))
    expected_logs.expect("capsule.hand_over", "another user")
    async with running(qapp, tmp_path, place) as application:
        assert await said(place, request_line(HandOver(until=time.monotonic() + 60))) == b""
        assert shown(application) == [""]


async def test_another_start_takes_its_place_as_soon_as_the_last_window_goes(
    qapp: QApplication, tmp_path: Path, place: Place
) -> None:
    async with running(qapp, tmp_path, place) as application:
        reader, writer = await asyncio.open_unix_connection(place.socket)  # on its way when the window closes
        application.windows.discard(application.windows.windows[0])
        instance = claim(place)
        assert instance is not None
        assert await reader.read() == b""
        writer.close()
        instance.release()


async def test_it_does_not_end_while_what_was_handed_over_is_opened(
    qapp: QApplication, tmp_path: Path, place: Place
) -> None:
    a = write_notebook(tmp_path / "a.ipynb", "1")
    async with running(qapp, tmp_path, place) as application:
        application._handed_files.take(HandOver(files=(a,)))
        application.windows.discard(application.windows.windows[0])
        await turn_until(lambda: shown(application) == ["a.ipynb"])
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(place.socket))
