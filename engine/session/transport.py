"""Bytes to and from a worker: the seam for other systems, and AF_UNIX on Linux and macOS.

Owns the checks that come before a byte is trusted (architecture.md, Control socket), with runtime_folder.py: the
runtime directory is 0700 and ours, the token file 0600, the peer's uid our own.  Knows no messages.

A Windows side gives, each end of it (engine/worker/channel.py listens):
- a Transport whose addresses are named pipes: connect() raises WorkerGone where nobody listens, and at once; a
  Connection with the bounds of READ_BYTES, whose receive() gives b"" when the worker has ended in whatever way;
- pipes that only the same user may open, and the asking of who is at the other end: its pid, and that it is our user,
  in place of peer_identity();
- a token file that nobody else can read: a mode says nothing there, the access list of its folder does;
- no second listener of a name that is taken, and names that leftovers.py can tell from those of living workers.
Until then supported_system.py keeps everybody out before any of this is called.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engine.errors import PeerError, WorkerStartError
from engine.file_system import BINARY, NO_FOLLOW
from engine.session.runtime_folder import peer_identity as peer_identity
from engine.session.runtime_folder import runtime_directory as runtime_directory
from engine.session.runtime_folder import secure_directory as secure_directory
from engine.session.unattachable import WorkerGone, of_another_user

READ_BYTES = 256 * 1024  # taken off a connection at once, and asyncio's own bound on what waits unread
TOKEN_BYTES = 32
_ADDRESS_LIMIT = 100  # sun_path holds 108 bytes on Linux, 104 on macOS


class Connection(Protocol):
    """An open way to a worker.  receive() gives b"" at the end; both raise PeerError when it breaks."""

    @property
    def peer_pid(self) -> int: ...
    async def send(self, data: bytes) -> None: ...
    async def receive(self) -> bytes: ...
    async def close(self) -> None: ...


class Transport(Protocol):
    async def connect(self, address: Path) -> Connection: ...


@dataclass(frozen=True, kw_only=True)
class WorkerAddress:
    """Where one worker is found; what must be kept to attach to it again."""

    socket: Path
    token: Path
    stderr: Path

    @classmethod
    def named(cls, directory: Path, stem: str) -> WorkerAddress:
        return cls(
            socket=directory / f"{stem}.sock", token=directory / f"{stem}.token", stderr=directory / f"{stem}.err"
        )

    @classmethod
    def of_socket(cls, socket: Path) -> WorkerAddress:
        """The address whose socket is known."""
        return cls.named(socket.parent, socket.stem)

    @classmethod
    def new(cls, directory: Path) -> WorkerAddress:
        """Fresh names in directory, short enough for a socket.  Raises WorkerStartError where they are not."""
        address = cls.named(directory, secrets.token_hex(6))
        if len(os.fsencode(address.socket)) > _ADDRESS_LIMIT:
            raise WorkerStartError(f"{directory} is too long a path for sockets; set XDG_RUNTIME_DIR to a shorter one.")
        return address

    def remove(self, *, keep_stderr: bool = False) -> None:
        """Take the files away once the worker has gone."""
        for path in (self.socket, self.token, *(() if keep_stderr else (self.stderr,))):
            with contextlib.suppress(OSError):  # they say nothing any more, wherever they cannot be removed
                path.unlink(missing_ok=True)


class UnixTransport:
    """AF_UNIX streams, by asyncio's own (they work on qasync's loop as they are)."""

    async def connect(self, address: Path) -> UnixConnection:
        """Raises WorkerGone where nobody listens, WorkerOfAnotherUser where somebody else does, PeerError."""
        try:
            reader, writer = await asyncio.open_unix_connection(address, limit=READ_BYTES)
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise WorkerGone("Python has ended: nobody listens at its address.") from error
        except OSError as error:
            raise PeerError(f"Python cannot be reached: {error.strerror or error}.") from error
        try:
            uid, pid = peer_identity(writer.get_extra_info("socket"))
            if uid != os.getuid():
                raise of_another_user(uid)
        except BaseException:
            writer.close()
            raise
        return UnixConnection(reader, writer, pid)


class UnixConnection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer_pid: int) -> None:
        self._reader = reader
        self._writer = writer
        self._peer_pid = peer_pid

    @property
    def peer_pid(self) -> int:
        return self._peer_pid

    async def send(self, data: bytes) -> None:
        """Hand data over in one piece; waits while the peer takes nothing."""
        if self._writer.is_closing():
            raise PeerError("The connection to Python is closed.")
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise PeerError(f"The connection to Python broke: {error.strerror or error}.") from error

    async def receive(self) -> bytes:
        """What has come, at most READ_BYTES; b"" at the end."""
        try:
            return await self._reader.read(READ_BYTES)
        except ConnectionResetError:
            return b""  # it ended without reading what we sent last: an end all the same
        except OSError as error:
            raise PeerError(f"The connection to Python broke: {error.strerror or error}.") from error

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


def write_token(path: Path) -> bytes:
    """A new secret in a new 0600 file; the bytes."""
    token = secrets.token_bytes(TOKEN_BYTES)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY | NO_FOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(token)
    return token
