"""What a second start of the application says to the one that runs, and what it is told: bytes to values and back.

Sans-IO; used by single_instance.py, which asks, and handed_over.py, which answers.  One JSON line each way, with the
version first: a line of another version is told apart from garbage, so that an upgrade is answered in words.  Paths
are hex of the file system's own bytes: a name need not be UTF-8.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

VERSION = 1
TOKEN_LIMIT = 1024  # characters; a desktop's have some dozens
LINE_LIMIT = 1024 * 1024  # of bytes with the newline; a command line has no more than a few files on most days


class HandOverError(Exception):
    """Not what either side may say; its text is for the log."""


class AnotherVersion(HandOverError):
    """It was said by a Capsule that speaks another version of this."""


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """files: absolute.  activation_token: what the desktop gave the start, so that the window may come to the front;
    "" for none, and for what cannot be one.  until: by the system's monotonic clock, in seconds; nobody waits for an
    answer after that.
    """

    files: tuple[Path, ...] = ()
    activation_token: str = ""
    until: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """why: for people, where nothing was taken; "" where everything was."""

    why: str = ""

    @property
    def is_taken(self) -> bool:
        return not self.why


def request_line(request: HandOver) -> bytes:
    """Raises HandOverError where that is longer than the other side takes."""
    line = _line(
        {
            "files": [os.fsencode(path).hex() for path in request.files],
            "activation_token": _token(request.activation_token),
            "until": request.until,
        }
    )
    if len(line) > LINE_LIMIT:
        raise HandOverError("there are too many files")
    return line


def read_request(line: bytes) -> HandOver:
    """Raises HandOverError."""
    said = _said(line)
    files, until = said.get("files"), said.get("until")
    if not isinstance(files, list):
        raise HandOverError("no list of files")
    if not isinstance(until, float):
        raise HandOverError("no time limit")
    return HandOver(
        files=tuple(map(_path, files)),
        activation_token=_token(said.get("activation_token")),
        until=until,
    )


def answer_line(answer: Answer) -> bytes:
    return _line({"why": answer.why})


def read_answer(line: bytes) -> Answer:
    """Raises HandOverError."""
    return Answer(why=_text(_said(line), "why"))


def _line(said: dict[str, object]) -> bytes:
    return json.dumps({"version": VERSION, **said}).encode() + b"\n"


def _said(line: bytes) -> dict[str, object]:
    if not line.endswith(b"\n"):
        raise HandOverError("a line that was cut off" if len(line) <= LINE_LIMIT else "a line without an end")
    try:
        said = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise HandOverError("not JSON") from error
    if not isinstance(said, dict):
        raise HandOverError("no JSON object")
    if said.get("version") != VERSION:
        raise AnotherVersion("another version")
    return said


def _path(written: object) -> Path:
    try:
        path = Path(os.fsdecode(bytes.fromhex(str(written))))
    except ValueError as error:
        raise HandOverError("not a path") from error
    if not path.is_absolute() or "\0" in str(path):
        raise HandOverError("not an absolute path")
    return path


def _text(said: dict[str, object], name: str) -> str:
    """For people, and for the log."""
    value = said.get(name, "")
    if not isinstance(value, str):
        raise HandOverError(f"{name} is no text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise HandOverError(f"{name} is no text") from error
    return value


def _token(value: object) -> str:
    """No file stays unopened for want of one.  It goes into the environment, and to the display server."""
    is_sound = isinstance(value, str) and len(value) <= TOKEN_LIMIT and value.isascii() and value.isprintable()
    return str(value) if is_sound else ""
