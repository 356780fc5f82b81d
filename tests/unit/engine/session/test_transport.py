from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from engine.errors import PeerError, WorkerStartError
from engine.session import transport
from engine.session.transport import (
    UnixTransport,
    WorkerAddress,
    runtime_directory,
    secure_directory,
    write_token,
)
from engine.session.unattachable import WorkerGone, WorkerOfAnotherUser


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_runtime_directory_is_ours_alone(short: Path) -> None:
    made = secure_directory(short / "deep" / "run")
    assert mode(made) == mode(made.parent) == 0o700


def test_a_runtime_directory_that_others_could_read_is_closed(short: Path) -> None:
    (short / "run").mkdir(mode=0o755)
    assert mode(secure_directory(short / "run")) == 0o700


def test_a_link_in_place_of_the_runtime_directory_is_refused(short: Path) -> None:
    (short / "elsewhere").mkdir()
    (short / "run").symlink_to(short / "elsewhere")
    with pytest.raises(WorkerStartError, match="not a folder of its own"):
        secure_directory(short / "run")


def test_another_users_runtime_directory_is_refused(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (short / "run").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    with pytest.raises(WorkerStartError, match="another user"):
        secure_directory(short / "run")


def test_there_is_a_runtime_directory_without_xdg_runtime_dir(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(short))
    assert mode(runtime_directory()) == 0o700


def test_a_directory_too_long_for_sockets_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WorkerStartError, match="XDG_RUNTIME_DIR"):
        WorkerAddress.new(tmp_path / ("x" * 100))


def test_a_token_is_secret_and_kept(short: Path) -> None:
    token = write_token(short / "t")
    assert len(token) == 32
    assert mode(short / "t") == 0o600
    assert (short / "t").read_bytes() == token


async def test_nobody_listening_means_that_the_worker_is_gone(short: Path) -> None:
    with pytest.raises(WorkerGone):
        await UnixTransport().connect(short / "s")


async def test_bytes_go_both_ways_and_the_end_is_seen(short: Path) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(5))
        writer.close()

    async with await asyncio.start_unix_server(echo, short / "s"):
        connection = await UnixTransport().connect(short / "s")
        assert connection.peer_pid == os.getpid()
        await connection.send(b"hello")
        assert await connection.receive() == b"hello"
        assert await connection.receive() == b""
        await connection.close()
        with pytest.raises(PeerError, match="closed"):
            await connection.send(b"more")


async def test_another_users_listener_is_refused(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hung_up = asyncio.Event()

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()
        hung_up.set()

    monkeypatch.setattr(transport, "peer_identity", lambda _socket: (4242, 1))
    async with await asyncio.start_unix_server(hang_up, short / "s"):
        with pytest.raises(WorkerOfAnotherUser, match="another user"):
            await UnixTransport().connect(short / "s")
        await hung_up.wait()
