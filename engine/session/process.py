"""The worker as a process: spawned or found again, its end awaited, signalled by pidfd.

Owns the process and the stderr file's end.  A worker is the leader of its own session and process group, so that its
end can take along what its cells started.

A Windows side gives a Process that spawn() starts and find() finds again by its pid, each watched by a handle, so that
a number that is another's by now is never waited for or ended; that goes on when the application ends, without its
console, and holds none of its handles; whose whole group (a job object) kill_group() ends at once; that is interrupted
as a cell is by SIGINT, a C call included as far as that can be; and is_worker_at() by another process's command line.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from engine.errors import BrokenInvariant, WorkerStartError
from engine.exit_watch import ExitWatch
from engine.file_system import BINARY
from engine.interpreters.child_environment import child_environment, frozen_bundle
from engine.session.endings import STDERR_TAIL_BYTES, ProcessExit
from engine.session.transport import WorkerAddress
from engine.session.travelling import Travelling, own_travelling


class Process(Protocol):
    """What a session needs of its worker's process; exited resolves once and never fails."""

    @property
    def pid(self) -> int: ...
    @property
    def exited(self) -> asyncio.Future[ProcessExit]: ...
    def look(self) -> None: ...
    def send_signal(self, number: int) -> None: ...
    def end_group_with_it(self) -> None: ...
    def kill_group(self) -> None: ...
    def stderr_tail(self) -> str: ...
    def release(self) -> None: ...


class WorkerProcess:
    """A process on this machine, ours (spawn) or not (find); both are watched the same way."""

    def __init__(self, pid: int, child: subprocess.Popen[bytes] | None, stderr_path: Path | None) -> None:
        self._pid = pid
        self._child = child
        self._stderr_path = stderr_path
        self._takes_group_along = False
        self._exited: asyncio.Future[ProcessExit] = asyncio.get_running_loop().create_future()
        self._watch = self._watched()

    @classmethod
    def spawn(cls, command: Sequence[str], *, stderr_path: Path, working_directory: Path) -> WorkerProcess:
        """Start command with its output in stderr_path (made new, 0600).  Raises WorkerStartError."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | BINARY
        stderr = os.open(stderr_path, flags, 0o600)
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                cwd=working_directory,
                env=child_environment(os.environ, bundle=frozen_bundle()),
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerStartError(f"{command[0]} cannot be started: {error.strerror or error}") from error
        finally:
            os.close(stderr)
        return cls(child.pid, child, stderr_path)

    @classmethod
    def find(cls, pid: int, stderr_path: Path | None) -> WorkerProcess:
        """A worker that runs already and is no child of ours: why it ends cannot be learnt."""
        return cls(pid, None, stderr_path)

    @property
    def pid(self) -> int:
        return self._pid

    @property
    def exited(self) -> asyncio.Future[ProcessExit]:
        return self._exited

    def look(self) -> None:
        """Find out whether it has gone, where nobody tells: no child of ours, and no pidfd."""
        if self._watch is not None and not self._watch.is_told and not self._exited.done():
            try:
                os.kill(self._pid, 0)
            except ProcessLookupError:
                self._exited.set_result(ProcessExit())

    def send_signal(self, number: int) -> None:
        """Signal the worker itself; nothing happens when it has gone."""
        with contextlib.suppress(ProcessLookupError):
            if self._watch is not None and self._watch.pidfd is not None:
                signal.pidfd_send_signal(self._watch.pidfd, number)
            elif not self._exited.done():
                os.kill(self._pid, number)

    def end_group_with_it(self) -> None:
        """From now on its end, however it comes, ends what it left in its process group."""
        self._takes_group_along = True

    def kill_group(self) -> None:
        """SIGKILL to the worker and everything in its process group."""
        self.end_group_with_it()
        if not self._exited.done():
            self._signal_group()
            self.send_signal(signal.SIGKILL)

    def stderr_tail(self) -> str:
        """The end of what it wrote to stderr, "" where there is nothing to read."""
        return "" if self._stderr_path is None else stderr_tail(self._stderr_path)

    def release(self) -> None:
        """Watch it no longer, whether or not it lives; a child that lives on is left to init at our end."""
        if self._watch is not None:
            self._watch.stop()
        if self._child is not None and self._child.returncode is None:
            self._child.returncode = 0  # else Popen complains at its own end that the process still runs
        if not self._exited.done():
            self._exited.cancel()

    def _watched(self) -> ExitWatch | None:
        """None where it has gone already.  Of what is no child the end may be noticed by the connection's alone."""
        try:
            return ExitWatch(self._pid, self._child, self._on_exit)
        except ProcessLookupError:
            self._exited.set_result(ProcessExit())
            return None

    def _on_exit(self) -> None:
        if self._takes_group_along:
            self._signal_group()  # before it is reaped: until then nobody else can get its group's number
        code = self._child.wait() if self._child is not None else None
        if self._watch is not None:
            self._watch.stop()
        if not self._exited.done():
            self._exited.set_result(ProcessExit.from_return_code(code))

    def _signal_group(self) -> None:
        if self._pid in (os.getpid(), os.getpgrp()):
            raise BrokenInvariant("a worker cannot be the application's own process or group")
        with contextlib.suppress(ProcessLookupError, PermissionError):  # PermissionError: macOS, only zombies left
            os.killpg(self._pid, signal.SIGKILL)


def stderr_tail(path: Path) -> str:
    """The end of what a worker wrote into its stderr file; "" where there is nothing to read."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - STDERR_TAIL_BYTES))
            return file.read(STDERR_TAIL_BYTES).decode(errors="replace")
    except OSError:
        return ""


def worker_command(python: str, *, socket: Path, token: Path, parts: Travelling | None = None) -> list[str]:
    """How a worker is started; boot.py runs from its file, so nothing of ours gets onto its sys.path.

    parts: what it loads, None for the application's own.  Raises WorkerStartError where that is not all there.
    """
    parts = parts or own_travelling()
    words = ["--socket", str(socket), "--token-file", str(token), "--parent-pid", str(os.getpid())]
    libraries = ["--msgpack", str(parts.msgpack), "--cloudpickle", str(parts.cloudpickle)]
    kept = ["--bytecode", str(parts.bytecode)] if parts.bytecode is not None else []
    return [python, str(parts.boot), *words, *libraries, *kept]


def is_worker_at(pid: int, socket: Path) -> bool:
    """Whether process pid is the worker that was told to listen at socket; False where the system does not say.

    By its command line, since a process's number may long be another's.
    """
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(socket) in words


def worker_at(pid: int, address: WorkerAddress) -> WorkerProcess | None:
    """That worker's process, to be watched; None where it has gone, as far as the system says what a process is."""
    has_gone = Path("/proc/self/cmdline").exists() and not is_worker_at(pid, address.socket)
    return None if has_gone else WorkerProcess.find(pid, address.stderr)


ProcessFinder = Callable[[int, Path | None], Process]
