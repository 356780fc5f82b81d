"""Opening a store's database: made, migrated, found whole, or moved aside and begun anew.

A store says in itself who has it open.  Where that was never taken back, the last process died, and every page
is checked; otherwise only what an opening reads.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.store import damage, database, history, journal, projection
from engine.store.faults import is_damage, unusable

CanReplay = Callable[[Sequence[str]], bool]
OUTPUTS, CHECKPOINTS = "outputs", "checkpoints"
_OPEN_BY, _DROP_ANSWERS = "open_by", "drop_answers"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A database that is ready.  process_life: "" where nobody is to sign it.  has_worker: one may live.

    notice: "" or a sentence for people.
    """

    connection: sqlite3.Connection
    process_life: str = ""
    keep_answers: bool = True
    has_worker: bool = False
    notice: str = ""


def make_folders(folder: Path) -> None:
    """Make a store's folders where they are not there.  Raises StoreError."""
    try:
        for each in (folder, folder / OUTPUTS, folder / CHECKPOINTS):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unusable(error) from error


def any_journal(_requests: Sequence[str]) -> bool:
    return True


def open_or_set_aside(
    folder: Path, process_life: str, connect: database.Connect, can_replay: CanReplay = any_journal
) -> Opened:
    """Open the database in folder; a damaged one goes aside whole and a new one is begun.

    can_replay: whether the journal's requests can be brought back; one that cannot is damage.  Raises StoreTooNew, and
    StoreError where not the file but its surroundings are at fault.
    """
    try:
        return _opened(folder, process_life, connect, can_replay, notice="")
    except (sqlite3.Error, OSError, ValueError, TypeError, LookupError) as error:
        if isinstance(error, OSError) or (isinstance(error, sqlite3.Error) and not is_damage(error)):
            raise unusable(error) from error
    try:
        aside = damage.set_aside(folder)
        return _opened(folder, process_life, connect, can_replay, notice=_aside_words(aside))
    except (sqlite3.Error, OSError) as error:
        raise unusable(error) from error


def in_memory() -> Opened:
    return Opened(connection=database.open_memory())


def sign(connection: sqlite3.Connection, process_life: str) -> None:
    history.write_setting(connection, _OPEN_BY, process_life)


def unsign(connection: sqlite3.Connection) -> None:
    history.write_setting(connection, _OPEN_BY, None)


def set_keep_answers(connection: sqlite3.Connection, keep: bool) -> None:
    history.write_setting(connection, _DROP_ANSWERS, None if keep else "1")
    if not keep:
        projection.drop_answers(connection)


def _opened(
    folder: Path, process_life: str, connect: database.Connect, can_replay: CanReplay, *, notice: str
) -> Opened:
    connection = database.open_file(folder / database.NAME, connect)
    try:
        if history.setting(connection, _OPEN_BY) is not None:
            database.check(connection)
        has_worker = history.load(connection).worker is not None  # what is damaged here would be found too late
        if not can_replay(journal.requests(connection)):
            raise ValueError("the journal cannot be replayed")
        keep_answers = history.setting(connection, _DROP_ANSWERS) is None
        database.tidy_at_closing(connection)
    except BaseException:
        connection.close()
        raise
    return Opened(
        connection=connection,
        process_life=process_life,
        keep_answers=keep_answers,
        has_worker=has_worker,
        notice=notice,
    )


def _aside_words(aside: Path) -> str:
    return (
        f"The record of this notebook's runs was damaged and has been put aside ({aside}); a new one was begun. "
        "The notebook, its outputs and its unsaved edits are not affected, but earlier runs are not listed any more."
    )
