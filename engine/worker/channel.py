"""The control socket: one listening AF_UNIX socket, one application at a time, one reader thread.

Owns the socket's file, who may attach (uid, then token, then version), and what waits to be sent.
Sending never blocks: what the application does not take waits, LogAt and Heartbeat as their latest
only, the rest up to MAX_WAITING_BYTES; past it the connection is given up and the worker lives on
(invariants 12 and 13).  Messages come out on the reader thread.
"""

from __future__ import annotations

import hmac
import logging
import os
import selectors
import signal
import socket
import stat
import struct
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from ..protocol.codec import CodecError, Decoder, UnknownType, encode
from ..protocol.framing import FrameReader, FramingError
from ..protocol.messages import (
    PROTOCOL_VERSION,
    UNSUPPORTED,
    Attach,
    Attached,
    Detach,
    Error,
    Heartbeat,
    LogAt,
    Message,
    Refused,
)

MAX_WAITING_BYTES = 64 * 1024**2  # of replies that the application does not read
MAX_STRANGERS = 4  # connections that have not said Attach yet; one more and the oldest goes
TOKEN_BYTES = 32
_BACKLOG = 64  # connections that the kernel keeps until the reader thread comes to them
_READ_BYTES = 256 * 1024
_logger = logging.getLogger("capsule.worker")


class ChannelError(Exception):
    """No socket can be opened as it must be; the text says why."""


@dataclass(eq=False)
class _Peer:
    socket: socket.socket
    frames: FrameReader = field(default_factory=FrameReader)
    decoder: Decoder = field(default_factory=Decoder)


@dataclass(frozen=True)
class Listener:
    """What the channel tells its worker; all but attached on the reader thread, attached under its lock."""

    attached: Callable[[], Attached]  # the answer to an accepted Attach
    after_attach: Callable[[], None]
    received: Callable[[Message], None]
    lost: Callable[[], None]  # the application detached, or its connection is gone
    signalled: Callable[[int], None]  # a signal came to the process, whatever the main thread does


class Channel:
    """The socket at path."""

    def __init__(self, path: Path, token: bytes, listener: Listener) -> None:
        """Binds and listens.  Raises ChannelError."""
        self._token = token
        self._listener = listener
        self._server = _listen(path)
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._lock = threading.RLock()
        self._application: _Peer | None = None
        self._strangers: list[_Peer] = []
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._unsent = b""  # the rest of a frame that went out in part
        self._ends: dict[str, int] = {}
        self._heartbeat: Heartbeat | None = None
        self._selector.register(self._server, selectors.EVENT_READ)
        self._selector.register(self._wake_read, selectors.EVENT_READ)

    def start(self) -> None:
        """Main thread only: the reader hears of signals from now on."""
        # before the interpreter does: its own handlers wait for the main thread, which may be in C code for ever
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        threading.Thread(target=self._read, name="capsule reader", daemon=True).start()

    # --- sending, from any thread --------------------------------------------------------------------

    def send(self, message: Message) -> None:
        """Send message if anybody is attached, else drop it."""
        data = encode(message)
        with self._lock:
            if self._application is not None:
                self._waiting.append(data)
                self._waiting_bytes += len(data)
                self._send_waiting()

    def log_at(self, execution_id: str, end: int) -> None:
        """Say how far a log reaches; of several that wait only the last goes out."""
        with self._lock:
            if self._application is not None:
                self._ends[execution_id] = end
                self._send_waiting()

    def beat(self, heartbeat: Heartbeat) -> None:
        with self._lock:
            if self._application is not None:
                self._heartbeat = heartbeat
                self._send_waiting()

    def _send_waiting(self) -> None:
        assert self._application is not None
        data = b""
        try:
            while data := self._unsent or self._next():
                self._unsent = data[self._application.socket.send(data) :]
        except BlockingIOError:
            self._unsent = data
            if self._waiting_bytes > MAX_WAITING_BYTES:
                _logger.warning("the application reads nothing; it is let go")
                self._application.socket.shutdown(socket.SHUT_RDWR)
            self._wake()
        except OSError:
            self._unsent = b""
            self._wake()  # the reader finds the connection gone

    def _next(self) -> bytes:
        if self._waiting:
            data = self._waiting.popleft()
            self._waiting_bytes -= len(data)
            return data
        if self._ends:
            execution_id = next(iter(self._ends))
            return encode(LogAt(execution_id=execution_id, end_offset=self._ends.pop(execution_id)))
        beat, self._heartbeat = self._heartbeat, None
        return encode(beat) if beat is not None else b""

    def _wake(self) -> None:
        try:
            os.write(self._wake_write, b"\0")
        except BlockingIOError:
            pass  # full: it is awake

    # --- the reader thread -----------------------------------------------------------------------------

    def _read(self) -> None:
        while True:
            for key, events in self._selector.select():
                if key.fileobj is self._server:
                    self._accept()
                elif isinstance(key.data, _Peer):
                    self._serve(key.data, events)
                else:
                    for number in filter(None, os.read(self._wake_read, 4096)):
                        self._listener.signalled(number)
            self._watch_for_room()

    def _watch_for_room(self) -> None:
        with self._lock:
            peer = self._application
            if peer is not None:
                events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._unsent else 0)
                self._selector.modify(peer.socket, events, peer)

    def _accept(self) -> None:
        connection, _ = self._server.accept()
        connection.setblocking(False)
        peer = _Peer(connection)
        self._strangers.append(peer)
        self._selector.register(connection, selectors.EVENT_READ, peer)
        if peer_uid(connection) != os.getuid():
            self._refuse(peer, "this worker belongs to another user")
        elif len(self._strangers) > MAX_STRANGERS:
            self._refuse(self._strangers[0], "too many connections at once")

    def _serve(self, peer: _Peer, events: int) -> None:
        if peer.socket.fileno() < 0:
            return  # dropped by another event of the same round
        if events & selectors.EVENT_WRITE:
            with self._lock:
                if peer is self._application:
                    self._send_waiting()
        if not events & selectors.EVENT_READ:
            return
        try:
            data = peer.socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(peer)
            return
        try:
            for body in peer.frames.feed(data):
                self._take(peer, body)
                if peer.socket.fileno() < 0:
                    return
        except (FramingError, CodecError) as error:
            _logger.warning("a connection is closed: %s", error)
            self._drop(peer)

    def _take(self, peer: _Peer, body: bytes) -> None:
        try:
            message = peer.decoder.decode(body)
        except UnknownType as error:
            if peer is not self._application:
                raise
            self.send(
                Error(
                    execution_id="",
                    error_type=UNSUPPORTED,
                    message=f"This worker does not know {error.type_name!r} messages.",
                    traceback=[],
                    execution_time=0.0,
                    request_id=error.message_id,
                )
            )
            return
        if message is None:
            return
        if peer is not self._application:
            self._admit(peer, message)
        elif isinstance(message, Detach):
            self._drop(peer)
        else:
            self._listener.received(message)

    def _admit(self, peer: _Peer, message: Message) -> None:
        reason = self._reason_against(message)
        if reason:
            self._refuse(peer, reason)
            return
        with self._lock:
            self._strangers.remove(peer)
            self._application = peer
            self._waiting.append(encode(self._listener.attached()))
            self._send_waiting()
        self._listener.after_attach()

    def _reason_against(self, message: Message) -> str:
        if not isinstance(message, Attach):
            return "the first message must be Attach"
        if not hmac.compare_digest(message.token, self._token):
            return "the token is not this worker's"
        if message.protocol_version != PROTOCOL_VERSION:
            return f"this worker speaks protocol {PROTOCOL_VERSION}, the application {message.protocol_version}"
        if self._application is not None:
            return "another application is attached"
        return ""

    def _refuse(self, peer: _Peer, reason: str) -> None:
        try:
            peer.socket.send(encode(Refused(reason=reason)))
        except OSError:
            pass  # it did not wait for the answer
        self._drop(peer)

    def _drop(self, peer: _Peer) -> None:
        self._selector.unregister(peer.socket)
        with self._lock:
            peer.socket.close()
            if peer is not self._application:
                self._strangers.remove(peer)
                return
            self._application = None
            self._waiting.clear()
            self._ends.clear()
            self._waiting_bytes, self._unsent, self._heartbeat = 0, b"", None
        self._listener.lost()

    # --- fork -------------------------------------------------------------------------------------------

    def before_fork(self) -> None:
        self._lock.acquire()

    def after_fork_in_parent(self) -> None:
        self._lock.release()

    def after_fork_in_child(self) -> None:
        """Let go of the socket, or the application would never see its end."""
        for peer in (self._application, *self._strangers):
            if peer is not None:
                peer.socket.close()
        self._application = None
        self._strangers.clear()
        self._server.close()
        self._selector.close()
        signal.set_wakeup_fd(-1)
        os.close(self._wake_read)
        os.close(self._wake_write)
        self._lock.release()


def _listen(path: Path) -> socket.socket:
    folder = path.parent.stat()
    if folder.st_uid != os.getuid() or stat.S_IMODE(folder.st_mode) & 0o077:
        raise ChannelError(f"{path.parent} is not a folder of this user's alone")
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    old = os.umask(0o177)
    try:
        server.bind(str(path))
    except OSError as error:
        raise ChannelError(f"no socket can be opened at {path}: {error}") from error
    finally:
        os.umask(old)
    server.listen(_BACKLOG)
    server.setblocking(False)
    return server


def peer_uid(connection: socket.socket) -> int:
    """The user at the other end, as the kernel says."""
    if sys.platform == "linux":
        size = struct.calcsize("3i")
        _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    else:
        # struct xucred by LOCAL_PEERCRED at level 0: version, uid, …
        _, uid = struct.unpack_from("2I", connection.getsockopt(0, 1, 76))
    return int(uid)


def read_token(path: Path) -> bytes:
    """Raises ChannelError where it is not 32 bytes in a file of this user's alone."""
    status, token = path.stat(), path.read_bytes()
    if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077 or len(token) != TOKEN_BYTES:
        raise ChannelError(f"{path} is not a token of this user's alone")
    return token
