"""A command of another program, run to its end: its output bounded, its time limited, its process group ended with it.

Probing runs interpreters with it, engine/environments pip and uv.  Works on asyncio's loop and on qasync's: asyncio's
subprocess API is not used, since its child watchers are not there under qasync.  Whatever way it ends (by itself, at
its limit, by cancelling), nothing of its process group, no descriptor and no zombie is left behind.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.exit_watch import ExitWatch

KEPT_BYTES = 256 * 1024  # of each of the two outputs, its end: what was said last says why it failed
LINE_LIMIT = 8 * 1024  # characters; what has no line ends is handed on in pieces of this
KILL_S = 2.0  # a process that is stuck in the kernel (a dead network disk) does not end even then: it is left alone
_READ_BYTES = 64 * 1024
_LINE_ENDS = re.compile(r"\r\n|[\r\n]")  # \r: progress bars write themselves over and over

OnLine = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Finished:
    """code: as of subprocess (negative for a signal); None where it was ended at its limit.  out, err: their ends."""

    code: int | None
    out: str
    err: str


async def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    working_directory: Path,
    limit_s: float | None = None,
    grace_s: float = 0.0,
    on_line: OnLine | None = None,
) -> Finished:
    """Run command without a stdin, in a session of its own.  environment: child_environment's.

    on_line gets each line of both outputs as it comes, without its end.  grace_s: how long it has after an interrupt
    (pip and uv tidy up on it) before its group is killed; cancelling again kills it at once.  Cancelling leaves no
    process; what the command did until then stays.  Raises OSError where it cannot be started.
    """
    child = subprocess.Popen(  # noqa: ASYNC220  # it returns when the program has been started, which takes a ms
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        cwd=working_directory,
        env=environment,
        start_new_session=True,
    )
    running = _Running(child, on_line)
    try:
        await asyncio.wait((running.ended,), timeout=limit_s)
    finally:
        is_late = not running.ended.done()
        await running.end(grace_s)
    return Finished(code=None if is_late else child.returncode, out=running.out.kept(), err=running.err.kept())


class _Running:
    """One child that runs: ended resolves when it does, whoever may still hold its outputs open."""

    def __init__(self, child: subprocess.Popen[bytes], on_line: OnLine | None) -> None:
        self._child = child
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        assert child.stdout is not None
        assert child.stderr is not None
        self.out = _Output(child.stdout.fileno(), on_line)
        self.err = _Output(child.stderr.fileno(), on_line)
        self._watch = ExitWatch(child.pid, child, self._on_exit)

    async def end(self, grace_s: float) -> None:
        """See to it that it has ended, with all of its group; at once where it did by itself."""
        try:
            if grace_s and not self.ended.done():
                self._signal_group(signal.SIGINT)
                await asyncio.wait((self.ended,), timeout=grace_s)
        finally:
            try:
                if not self.ended.done():
                    self._signal_group(signal.SIGKILL)
                    await asyncio.wait((self.ended,), timeout=KILL_S)
            finally:
                self._release()

    def _on_exit(self) -> None:
        if self.ended.done():
            return
        self.out.finish()
        self.err.finish()
        self._signal_group(signal.SIGKILL)  # before it is reaped: until then nobody else can get its group's number
        self._child.wait()
        self._watch.stop()
        self.ended.set_result(None)

    def _signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # PermissionError: macOS, only zombies left
            os.killpg(self._child.pid, number)

    def _release(self) -> None:
        self._watch.stop()
        self.out.stop()
        self.err.stop()
        for pipe in (self._child.stdout, self._child.stderr):
            if pipe is not None:
                pipe.close()
        if self._child.returncode is None:
            self._child.returncode = -signal.SIGKILL  # stuck: else Popen complains at its own end that it still runs
        if not self.ended.done():
            self.ended.cancel()


class _Output:
    """One of its outputs: read as it comes, by lines for who wants them, its end kept."""

    def __init__(self, fd: int, on_line: OnLine | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._fd = fd
        self._tail = bytearray()
        self._lines = None if on_line is None else Lines(on_line)
        self._is_read = True
        os.set_blocking(fd, False)
        self._loop.add_reader(fd, self._read)

    def kept(self) -> str:
        return self._tail[-KEPT_BYTES:].decode(errors="replace")

    def finish(self) -> None:
        """Take what stands in the pipe when the command ended; a descendant may go on writing for ever."""
        for _ in range(32):
            if not self._is_read or not self._read():
                break
        self.stop()
        if self._lines is not None:
            self._lines.finish()

    def stop(self) -> None:
        if self._is_read:
            self._is_read = False
            self._loop.remove_reader(self._fd)

    def _read(self) -> bool:
        """Whether there was something."""
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self.stop()
            return False
        self._tail += data
        if len(self._tail) > 2 * KEPT_BYTES:
            del self._tail[:-KEPT_BYTES]
        if self._lines is not None:
            self._lines.feed(data)
        return True


class Lines:
    """Bytes in, whole lines of text out; an empty line and one that a carriage return wiped at once are none."""

    def __init__(self, on_line: OnLine) -> None:
        self._on_line = on_line
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""

    def feed(self, data: bytes) -> None:
        *lines, self._rest = _LINE_ENDS.split(self._rest + self._decoder.decode(data))
        while len(self._rest) > LINE_LIMIT:
            lines.append(self._rest[:LINE_LIMIT])
            self._rest = self._rest[LINE_LIMIT:]
        for line in lines:
            if line:
                self._on_line(line)

    def finish(self) -> None:
        """The last line, which may have no end."""
        self.feed(self._decoder.decode(b"", final=True).encode())
        if self._rest:
            self._on_line(self._rest)
            self._rest = ""
