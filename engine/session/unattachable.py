"""Why a worker that was found again cannot be attached to; each leaves the worker and its files as they are.

What is a PeerError and none of these was refused for a reason in words that only a newer worker knows.
"""

from __future__ import annotations

from pathlib import Path

from engine.errors import PeerError
from engine.session.endings import is_crash_report, last_words


class WorkerGone(PeerError):
    """Its process has ended: what it ran is settled by its logs alone."""


class WorkerUnreachable(PeerError):
    """It lives and does not listen any more.  pid: its process."""

    def __init__(self, words: str, pid: int) -> None:
        super().__init__(words)
        self.pid = pid


class WorkerTaken(PeerError):
    """Another application is attached to it."""


class WorkerOfAnotherVersion(PeerError):
    """It speaks another protocol; whoever started it can attach to it."""


class WorkerOfAnotherUser(PeerError):
    """Somebody else listens at its address; nothing was sent there."""


def gone(pid: int, stderr: str = "") -> WorkerGone:
    """stderr: what it wrote there last; a crash's report tells why it ended, its own log does not."""
    said = last_words(stderr) if is_crash_report(stderr) else ""
    words = f"Python (process {pid}) {'crashed' if said else 'has ended'}."
    return WorkerGone("\n".join(part for part in (words, said) if part))


def deaf(pid: int, socket: Path) -> WorkerUnreachable:
    return WorkerUnreachable(
        f"Python (process {pid}) lives, but does not listen at {socket} any more, so that nobody can attach to it. It "
        "is left alone, and what it runs goes on into its log. End that process when you need nothing more of it.",
        pid,
    )


def silent(pid: int, waited_s: float) -> str:
    """Why it has not been attached to yet; it may still be."""
    return (
        f"This notebook's Python (process {pid}) lives, but had not answered {waited_s:g} s after the notebook was "
        "opened: it may be in a call that holds up all of Python. What it runs goes on and is shown as running, and as "
        "soon as it answers it is yours again. Restart ends it and starts a new one."
    )


def taken() -> WorkerTaken:
    return WorkerTaken(
        "Another application has this notebook's Python. It is left alone, and what it runs goes on. Close the "
        "notebook there, then try again here."
    )


def of_another_version(theirs: int, ours: int) -> WorkerOfAnotherVersion:
    return WorkerOfAnotherVersion(
        "This notebook's Python was started by another version of Capsule Desktop (it speaks protocol "
        f"{theirs}, this one {ours}). It is left alone, and what it runs goes on. Open the notebook with the version "
        "that started it."
    )


def of_another_user(uid: int) -> WorkerOfAnotherUser:
    return WorkerOfAnotherUser(
        f"The address of this notebook's Python belongs to another user (uid {uid}). Nothing was sent there."
    )
