"""Why a worker ended, as values and in words; no I/O.

process.py says what the system reported (ProcessExit), session.py adds whether somebody asked for
it, and EndReason is what everybody above sees.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass

STDERR_TAIL_BYTES = 16 * 1024  # of the worker's stderr file; more is cut off at its front
_LAST_LINES = 12  # of stderr, in a sentence that people read
_FAULT = re.compile(
    r"^(?P<what>Fatal Python error: [^\n]*)$(?:.*?^(?P<where>Current thread .*?)(?:^$|\Z))?", re.MULTILINE | re.DOTALL
)

HIGH_SHARE = 0.75  # of the memory there is: from there on a kill was most likely for lack of it
_GB = 1024**3

_SIGNAL_HINTS = {  # by names: no system has all of them
    "SIGSEGV": "a crash in compiled code",
    "SIGBUS": "a crash in compiled code",
    "SIGABRT": "compiled code gave up",
    "SIGILL": "compiled code for another processor",
    "SIGFPE": "an arithmetic error in compiled code",
    "SIGTERM": "asked to end by another process",
}


@dataclass(frozen=True, kw_only=True)
class ProcessExit:
    """What the system says: an exit code or a signal; neither, where only a parent could learn it."""

    exit_code: int | None = None
    signal_number: int | None = None

    @classmethod
    def from_return_code(cls, code: int | None) -> ProcessExit:
        """From subprocess's convention: negative means killed by that signal, None unknown."""
        if code is None:
            return cls()
        return cls(signal_number=-code) if code < 0 else cls(exit_code=code)


@dataclass(frozen=True, kw_only=True)
class EndReason:
    """Why a session ended.  expected: somebody here asked for it; words: a sentence or more for people.

    process_lives: only the connection is gone (detached, or broken); the worker may still run.
    """

    expected: bool
    words: str
    exit_code: int | None = None
    signal_number: int | None = None
    process_lives: bool = False


@dataclass(frozen=True, kw_only=True)
class MemoryAtEnd:
    """used_bytes, limit_bytes: as of the last heartbeat, 0 where it is not known.  ran_out: whether the system ended
    a process for lack of memory since then, None where it does not say."""

    used_bytes: int = 0
    limit_bytes: int = 0
    ran_out: bool | None = None

    @property
    def is_high(self) -> bool:
        return 0 < self.limit_bytes * HIGH_SHARE <= self.used_bytes

    @property
    def words(self) -> str:
        """ "it used 14.2 of 16 GB", "" where that is not known."""
        if not self.used_bytes:
            return ""
        limit = f" of {_gigabytes(self.limit_bytes)}" if self.limit_bytes else ""
        return f"it used {_gigabytes(self.used_bytes)}{limit} GB"


def signal_name(number: int) -> str:
    """SIGSEGV for 11; "signal 99" where the system has no name for it."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def exit_words(ended: ProcessExit, stderr: str = "", memory: MemoryAtEnd | None = None) -> str:
    """What happened, with the faulthandler's or the last lines of stderr where there are any."""
    cause = _cause(ended, memory or MemoryAtEnd(), crashed=is_crash_report(stderr))
    return "\n".join(part for part in (cause, last_words(stderr)) if part)


def is_crash_report(stderr: str) -> bool:
    """Whether faulthandler wrote there."""
    return _FAULT.search(stderr) is not None


def last_words(stderr: str) -> str:
    """faulthandler's report on the thread that crashed, else the last lines; "" where nothing was said."""
    faults = list(_FAULT.finditer(stderr))
    if not faults:
        return "\n".join(stderr.rstrip().splitlines()[-_LAST_LINES:])
    where = (faults[-1]["where"] or "").splitlines()
    return "\n".join([faults[-1]["what"], *where[: 2 * _LAST_LINES]])


def _cause(ended: ProcessExit, memory: MemoryAtEnd, *, crashed: bool) -> str:
    if ended.signal_number is not None:
        name = signal_name(ended.signal_number)
        hint = _kill_hint(memory) if name == "SIGKILL" else _SIGNAL_HINTS.get(name)
        return f"Python was ended by {name}" + (f" ({hint})." if hint else ".")
    if ended.exit_code is not None:
        return f"Python ended itself with exit code {ended.exit_code}."
    if crashed:
        return "Python crashed."
    if memory.ran_out or memory.is_high:
        return f"Python ended ({_kill_hint(memory)})."
    return "Python ended; why is not known, since this start of Capsule is not the one that started it."


def _kill_hint(memory: MemoryAtEnd) -> str:
    if memory.ran_out:
        return "killed by the system because memory ran out" + (f": {memory.words}" if memory.words else "")
    if memory.is_high:
        return f"killed by the system, most likely because memory ran out: {memory.words}"
    if memory.ran_out is False:
        return "killed by another program or by somebody; memory had not run out"
    return "killed, often because memory ran out"


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / _GB:.1f}".removesuffix(".0")
