"""One application a user's session: who is it, and the asking of a start that is not.

Called by cli.py before Qt, asyncio or the engine are imported: a start that hands its files over takes no longer than
Python does.  What makes a session is the state folder and the display.  Invariant: who owns it is said by a flock
alone, so that a crashed one's socket is taken over; lock and listening socket come and go together under the gate,
so that nobody finds the one without the other.
"""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from capsule_desktop.hand_over import (
    LINE_LIMIT,
    AnotherVersion,
    Answer,
    HandOver,
    HandOverError,
    read_answer,
    request_line,
)
from engine import file_lock
from engine.errors import WorkerStartError
from engine.session.runtime_folder import peer_identity, runtime_directory

PATIENCE_S = 2.0  # for an application that runs; what takes longer hangs
STARTING_PATIENCE_S = 15.0  # for one that is about to open its first window, perhaps from a cold disk
_ADDRESS_LIMIT = 100  # sun_path holds 108 bytes on Linux, 104 on macOS
_BACKLOG = 64
_LEAST_S = 0.001  # a socket's limit of 0 would mean not to wait at all
_READY = b"ready"
_ATTEMPTS = 3  # each after one that ran was found to end


class Instance:
    """This process is the one of its session, until release(); made by claim().

    listener: what has connected before anybody accepts waits in the kernel.
    """

    def __init__(self, place: Place, lock: int, listener: socket.socket) -> None:
        self._place, self._lock = place, lock
        self.listener = listener

    def ready(self) -> None:
        """Somebody accepts now: who asks need not be patient any more."""
        os.pwrite(self._lock, _READY, 0)

    def release(self, stop_accepting: Callable[[], object] = lambda: None) -> None:
        """From now on another start is the one; what had connected and was not answered asks again.

        stop_accepting: of whoever accepts; called while nobody can look.
        """
        with suppress(FileNotFoundError), _gate(self._place):  # else the folder has gone, and nobody can find us
            self._end(stop_accepting)
            return
        self._end(stop_accepting)

    def _end(self, stop_accepting: Callable[[], object]) -> None:
        stop_accepting()
        self.listener.close()
        self._place.socket.unlink(missing_ok=True)
        os.close(self._lock)


@dataclass(frozen=True, kw_only=True)
class Place:
    """The files of one session's application."""

    socket: Path
    lock: Path

    @classmethod
    def of_session(cls, folder: Path, state_folder: Path, environment: Mapping[str, str]) -> Place:
        """folder: of sockets.  Raises WorkerStartError where it is too long a path for one."""
        displays = (environment.get(name, "") for name in ("WAYLAND_DISPLAY", "DISPLAY"))
        key = "\0".join((str(state_folder.absolute()), *displays))
        stem = f"app-{hashlib.blake2b(os.fsencode(key), digest_size=6).hexdigest()}"
        place = cls(socket=folder / f"{stem}.sock", lock=folder / f"{stem}.lock")
        if len(os.fsencode(place.socket)) > _ADDRESS_LIMIT:
            raise WorkerStartError(f"{folder} is too long a path for sockets; set XDG_RUNTIME_DIR to a shorter one.")
        return place


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a start is to do: nothing more where its files were handed over, else open windows.

    instance: as the one of its session; None: beside the one that runs, or where nobody can know.  why: for people, ""
    where there is nothing to say.  is_beside: one runs that has not taken them; whether windows are to be opened beside
    it is the user's to say.
    """

    is_handed_over: bool = False
    instance: Instance | None = None
    why: str = ""
    is_beside: bool = False


def begin(request: HandOver, state_folder: Path, environment: Mapping[str, str]) -> Start:
    """Hand request to the application of this session, or be it.  Never raises for what others do.

    Where there are no sockets of files (Windows), each start is an application of its own.
    """
    if not hasattr(socket, "AF_UNIX"):
        return Start()
    try:
        place = Place.of_session(runtime_directory(), state_folder, environment)
        for _attempt in range(_ATTEMPTS):
            instance = claim(place)
            if instance is not None:
                return Start(instance=instance)
            with suppress(_Ended):
                answer = ask(place, request)
                return Start(is_handed_over=answer.is_taken, why=answer.why, is_beside=not answer.is_taken)
    except (WorkerStartError, OSError) as error:
        return Start(why=f"It cannot be known whether Capsule is running already: {error}")
    return Start(why="Capsule is running, and is just ending.")


def claim(place: Place) -> Instance | None:
    """Be the one of this session; None where another process is.  Raises OSError."""
    with _gate(place):
        lock = os.open(place.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            file_lock.take(lock)
            os.ftruncate(lock, 0)
            return Instance(place, lock, _listening(place.socket))
        except BlockingIOError:
            os.close(lock)
            return None
        except BaseException:
            os.close(lock)
            raise


def ask(place: Place, request: HandOver) -> Answer:
    """What the one that runs says to request; raises _Ended where it has ended meanwhile."""
    try:
        patience_s = PATIENCE_S if _is_ready(place) else STARTING_PATIENCE_S
        until = time.monotonic() + patience_s
        line = request_line(replace(request, until=until))
        with _connected(place, patience_s) as connection:
            connection.sendall(line)
            return read_answer(_received(connection, until))
    except (FileNotFoundError, ConnectionError) as error:
        raise _Ended from error
    except AnotherVersion:
        return Answer(why="Another version of Capsule is running. What it has open stays there until you close it.")
    except (TimeoutError, BlockingIOError):
        return Answer(why="Capsule is running, but does not answer. What it has open stays there.")
    except HandOverError as error:
        return Answer(why=f"Nothing was handed to the Capsule that is running: {error}.")


class _Ended(Exception):
    """The application that ran ends, and has taken nothing."""


@contextmanager
def _connected(place: Place, patience_s: float) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(patience_s)
        connection.connect(os.fsencode(place.socket))
        uid, _pid = peer_identity(connection)
        if uid != os.getuid():
            raise HandOverError("another user listens in its place")
        yield connection


def _is_ready(place: Place) -> bool:
    try:
        return place.lock.read_bytes() == _READY
    except OSError:
        return True


def _received(connection: socket.socket, until: float) -> bytes:
    """The answer's line; raises TimeoutError when all of it has not come by then, ConnectionError where none came."""
    line = b""
    while not line.endswith(b"\n") and len(line) < LINE_LIMIT:
        connection.settimeout(max(_LEAST_S, until - time.monotonic()))
        part = connection.recv(64 * 1024)
        if not part:
            if not line:
                raise ConnectionResetError
            break
        line += part
    return line


def _listening(path: Path) -> socket.socket:
    """In place of what a crashed application left: whoever calls holds its lock."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(os.fsencode(path))
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


@contextmanager
def _gate(place: Place) -> Iterator[None]:
    """One process at a time, for as long as a few system calls take; the kernel opens it for a process that dies."""
    folder = os.open(place.lock.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        file_lock.take(folder, waits=True)
        yield
    finally:
        os.close(folder)
