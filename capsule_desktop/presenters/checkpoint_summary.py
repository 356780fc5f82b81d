"""What a checkpoint file is about, in words for people: its name, when and with what it was saved, and what it holds.

Read from the file's own list of contents, without unpickling anything (invariant 10) and whoever signed it; its words
are a stranger's, so they are clipped and cleaned.  Invariant: what is damaged is not described.  It blocks:
checkpoint_reader.py calls it on a thread.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from capsule_desktop.presenters.time_words import clock_text
from engine.checkpoints.manifest import manifest_of_any
from engine.protocol.capsule import Manifest, StoredVariable
from engine.store import places
from engine.trust import SigningKey

_STORE_ID = re.compile(r"[0-9a-f]{32}")  # anything else could name a folder elsewhere
_NAME_LETTERS, _VERSION_LETTERS = 60, 20
_UNITS = ("KB", "MB", "GB")


@dataclass(frozen=True, kw_only=True)
class CheckpointSummary:
    """described: one or two sentences.  notebook: the file that it was saved from, where that is still known here;
    store_id: of that notebook, "" where the file does not say, which may be open without a file.  sha256: of what is
    described, so that nothing else is restored.  is_foreign: another key than this user's has signed it.
    """

    path: Path
    sha256: bytes
    name: str
    described: str
    store_id: str
    notebook: Path | None
    is_foreign: bool


def read(path: Path, notebooks: Path, key_folder: Path, now: float) -> CheckpointSummary:
    """notebooks: the folder of what is kept of all of them; key_folder: where this user's key is.

    The whole file is read.  Raises CheckpointError, LongContents where a stranger could have made it too long to list.
    """
    manifest, digest = manifest_of_any(path)
    verified = SigningKey.open(key_folder).verify(path, foreign_allowed=True, shown=digest)
    store_id = manifest.notebook if _STORE_ID.fullmatch(manifest.notebook) else ""
    return CheckpointSummary(
        path=path,
        sha256=digest,
        name=_cleaned(manifest.name, _NAME_LETTERS) or _cleaned(path.stem, _NAME_LETTERS),
        described=_described(_cleaned(path.name, _NAME_LETTERS), manifest, now),
        store_id=store_id,
        notebook=places.file_of(notebooks, store_id, None),
        is_foreign=verified.foreign,
    )


def _described(file_name: str, manifest: Manifest, now: float) -> str:
    when, version = _when(manifest.created_at, now), _cleaned(manifest.python_version, _VERSION_LETTERS)
    return f"{file_name} was saved {when} by Python {version}. It has {_contents(manifest.variables)}."


def _contents(variables: Sequence[StoredVariable]) -> str:
    saved = [variable for variable in variables if not variable.reason]
    left_out = len(variables) - len(saved)
    words = f"{_counted(len(saved))}, {_size(sum(variable.size_bytes for variable in saved))}"
    return f"{words}; {left_out:,} more could not be saved" if left_out else words


def _counted(count: int) -> str:
    return "one variable" if count == 1 else f"{count:,} variables"


def _when(created_at: float, now: float) -> str:
    try:
        return f"at {words}" if len(words := clock_text(created_at, now)) == len("14:02") else f"on {words}"
    except (ValueError, OverflowError, OSError):
        return "at an unknown time"


def _size(size_bytes: float) -> str:
    """ "3 KB", "41 MB", "1.2 GB": no finer than people compare."""
    unit = "bytes"
    for larger in _UNITS:
        if size_bytes < 1000:
            break
        size_bytes, unit = size_bytes / 1024, larger
    return f"{size_bytes:.1f} {unit}" if unit == "GB" else f"{size_bytes:,.0f} {unit}"


def _cleaned(words: str, limit: int) -> str:
    """One line of it that can be drawn."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in words[: limit * 4]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
