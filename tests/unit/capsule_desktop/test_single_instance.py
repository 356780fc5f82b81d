"""Who is the one application of a session, and what a start is told that is not."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from capsule_desktop import single_instance
from capsule_desktop.hand_over import Answer, HandOver, answer_line
from capsule_desktop.single_instance import Place, Start, ask, begin, claim
from engine.errors import WorkerStartError

REQUEST = HandOver(files=(Path("/a.ipynb"),))


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Of sockets; pytest's own are too long for one."""
    with tempfile.TemporaryDirectory(prefix="cap-") as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        yield Path(short)


@pytest.fixture
def place(folder: Path) -> Place:
    return Place.of_session(folder, Path("/state"), {})


@contextmanager
def running(place: Place, serve: Callable[[socket.socket], None]) -> Iterator[None]:
    """An application that has started and does this with whoever connects first."""
    instance = claim(place)
    assert instance is not None
    instance.ready()

    def accept() -> None:
        connection, _ = instance.listener.accept()
        with connection:
            serve(connection)

    thread = threading.Thread(target=accept)
    thread.start()
    yield
    thread.join()
    instance.release()


def saying(data: bytes) -> Callable[[socket.socket], None]:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(data)

    return serve


def test_only_one_is_the_one_until_it_is_released(place: Place) -> None:
    first = claim(place)
    assert first is not None
    assert claim(place) is None
    first.release()
    assert not place.socket.exists()
    second = claim(place)
    assert second is not None
    second.release()


def test_what_a_crashed_one_left_is_taken_over(place: Place) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(place.socket))
    left.close()
    place.lock.write_bytes(b"ready")
    instance = claim(place)
    assert instance is not None
    assert place.lock.read_bytes() == b""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(str(place.socket))
    instance.release()


def test_other_displays_and_other_states_are_other_sessions(folder: Path) -> None:
    def name(state: str, **environment: str) -> str:
        return Place.of_session(folder, Path(state), environment).socket.name

    names = [
        name("/a"),
        name("/b"),
        name("/a", DISPLAY=":0"),
        name("/a", WAYLAND_DISPLAY=":0"),
        name("/a", DISPLAY=":1"),
    ]
    assert len(set(names)) == len(names)
    assert name("/a", DISPLAY=":0", OTHER="x") == names[2]


def test_too_long_a_runtime_folder_is_said() -> None:
    with pytest.raises(WorkerStartError, match="too long"):
        Place.of_session(Path("/" + "x" * 100), Path("/state"), {})


def test_files_are_taken(place: Place) -> None:
    with running(place, saying(answer_line(Answer()))):
        assert ask(place, REQUEST).is_taken


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (answer_line(Answer(why="No.")), "No."),
        (
            b'{"version": 99}\n',
            "Another version of Capsule is running. What it has open stays there until you close it.",
        ),
        (b"garbage\n", "not JSON"),
        (b"cut off", "cut off"),
        (b"x" * single_instance.LINE_LIMIT * 2, "without an end"),
    ],
)
def test_whatever_the_one_that_runs_says_there_are_words(place: Place, data: bytes, words: str) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        try:
            connection.sendall(data)
        except BrokenPipeError:
            pass

    with running(place, serve):
        assert words in ask(place, REQUEST).why


def test_one_that_hangs_is_not_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_instance, "PATIENCE_S", 0.05)
    asked = threading.Event()
    with running(place, lambda connection: asked.wait() and None):
        assert "does not answer" in ask(place, REQUEST).why
        asked.set()


def test_one_that_is_starting_is_waited_for_longer(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_instance, "PATIENCE_S", 0.0)
    instance = claim(place)
    assert instance is not None
    answers: list[Answer] = []
    asking = threading.Thread(target=lambda: answers.append(ask(place, REQUEST)))
    asking.start()
    connection, _ = instance.listener.accept()
    with connection:
        saying(answer_line(Answer()))(connection)
    asking.join()
    instance.release()
    assert answers == [Answer()]


def test_a_listener_of_another_user_is_told_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []
    monkeypatch.setattr(single_instance, "peer_identity", lambda _connection: (os.getuid() + 1, 1))
    with running(place, lambda connection: heard.append(connection.recv(10))):
        assert "another user" in ask(place, REQUEST).why
    assert heard == [b""]


def test_one_that_ends_before_it_has_answered_is_replaced(folder: Path) -> None:
    """It quits while the files are on their way to it."""
    place = Place.of_session(single_instance.runtime_directory(), Path("/state"), {})
    first = claim(place)
    assert first is not None
    starts: list[Start] = []
    asking = threading.Thread(target=lambda: starts.append(begin(REQUEST, Path("/state"), {})))
    asking.start()
    connection, _ = first.listener.accept()
    connection.recv(65536)
    first.release(connection.close)
    asking.join()
    (start,) = starts
    assert start.instance is not None
    assert (start.is_handed_over, start.why) == (False, "")
    start.instance.release()


def test_without_a_folder_for_sockets_it_starts_and_says_why(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "capsule-desktop").write_text("in the way")
    start = begin(REQUEST, Path("/state"), {})
    assert (start.is_handed_over, start.instance) == (False, None)
    assert "It cannot be known" in start.why


def test_a_runtime_folder_that_goes_away_keeps_nobody_from_ending(place: Place) -> None:
    instance = claim(place)
    assert instance is not None
    place.socket.unlink()
    place.lock.unlink()
    place.lock.parent.rename(place.lock.parent.with_suffix(".gone"))
    instance.release()
    place.lock.parent.with_suffix(".gone").rename(place.lock.parent)
