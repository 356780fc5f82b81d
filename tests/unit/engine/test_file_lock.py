"""Who holds the lock of an open file, and what becomes of it when its process dies."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine import file_lock
from tests.support.sources import CHECKOUT

_HOLDER = """
import os, sys, time
from engine import file_lock
descriptor = os.open(sys.argv[1], os.O_RDWR)
file_lock.take(descriptor)
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def opened(path: Path, how: int = os.O_RDWR | os.O_CREAT) -> Iterator[int]:
    descriptor = os.open(path, how, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def holding_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    with opened(path):
        pass
    command = [sys.executable, "-c", _HOLDER, str(path)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_one_holds_others_out_until_its_descriptor_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with opened(path) as other:
        with opened(path) as holder:
            file_lock.take(holder)
            with pytest.raises(BlockingIOError):
                file_lock.take(other)
            with pytest.raises(BlockingIOError):
                file_lock.take(other, shared=True)
        file_lock.take(other)


def test_who_share_it_hold_out_only_who_wants_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with opened(path) as one, opened(path, os.O_RDONLY) as reader, opened(path) as other:
        file_lock.take(one, shared=True)
        file_lock.take(reader, shared=True)
        with pytest.raises(BlockingIOError):
            file_lock.take(other)


def test_a_process_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holding_process(path) as process, opened(path) as here:
        with pytest.raises(BlockingIOError):
            file_lock.take(here)
        process.kill()
        file_lock.take(here, waits=True)


def test_what_a_holder_has_started_does_not_hold_it_on(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with opened(path) as holder:
        file_lock.take(holder)
        command = [sys.executable, "-c", "print('runs', flush=True); input()"]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False)
    with child, opened(path) as next_one:
        assert child.stdout is not None
        assert child.stdout.readline() == b"runs\n"  # Popen may return while what it starts still has our descriptors
        try:
            file_lock.take(next_one)
        finally:
            child.kill()


def test_a_file_system_without_locks_is_told_from_a_lock_that_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_descriptor: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with opened(tmp_path / "lock") as descriptor, pytest.raises(OSError, match="no locks") as caught:
        file_lock.take(descriptor)
    assert not isinstance(caught.value, BlockingIOError)


class WindowsLibrary(SimpleNamespace):
    """msvcrt's locks of bytes, for one process: taken from where the descriptor stands, and by one at a time."""

    LK_LOCK, LK_NBLCK = 1, 2

    def __init__(self) -> None:
        super().__init__(held={}, asked=[])

    def locking(self, descriptor: int, how: int, size: int) -> None:
        place = os.lseek(descriptor, 0, os.SEEK_CUR)
        self.asked.append((how, place, size))
        if self.held.setdefault(place, descriptor) != descriptor:
            raise PermissionError(errno.EACCES, "Permission denied")


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> WindowsLibrary:
    library = WindowsLibrary()
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", library)
    return library


def test_on_windows_one_that_is_held_is_said_as_elsewhere(tmp_path: Path, windows: WindowsLibrary) -> None:
    path = tmp_path / "lock"
    with opened(path) as holder, opened(path) as other:
        file_lock.take(holder)
        with pytest.raises(BlockingIOError):
            file_lock.take(other)
        with pytest.raises(BlockingIOError):
            file_lock.take(other, waits=True)
    assert [how for how, _place, _size in windows.asked] == [windows.LK_NBLCK, windows.LK_NBLCK, windows.LK_LOCK]


def test_on_windows_what_the_file_has_can_be_read_and_written_as_before(
    tmp_path: Path, windows: WindowsLibrary
) -> None:
    with opened(tmp_path / "lock") as descriptor:
        os.write(descriptor, b"12345")
        file_lock.take(descriptor)
        os.write(descriptor, b"67")
    assert (tmp_path / "lock").read_bytes() == b"1234567"
    assert [(place > 1 << 30, size) for _how, place, size in windows.asked] == [(True, 1)]
