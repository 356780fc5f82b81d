"""The automatic checkpoint after each execution and restore: the main thread's part, which must be short.

Between two cells it looks whether anything changed (sameness.py), and only then pickles the namespace into memory,
within limits of bytes and time; the thread of sealed_drafts.py does the rest.  Nothing of it reaches the user's code:
what a __reduce__ prints belongs to no cell, what it raises costs one variable, and one that takes too long is ended.
A save that ran into a limit is not tried again before that would cost little (_RETRY_SHARE) or its cause is gone.
"""

from __future__ import annotations

import io
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from ..protocol.capsule import VARIABLE, Manifest
from ..protocol.messages import AutomaticCheckpoint
from . import surroundings
from .interrupts import Interrupts
from .limits import Allowance, LimitReached, too_large
from .owners import OWNER
from .sameness import Look, is_hopeless
from .sealed_drafts import Captured, SealedDrafts
from .snapshot import is_internal, saving, write_groups
from .watchdog import Watchdog

LIMIT_BYTES = 50 * 1024**2
LIMIT_S = 0.2  # of the main thread
KEEP_LIMIT_VARIABLE = "CAPSULE_KEEP_LIMIT_S"  # for tests: LIMIT_S in seconds
_ASIDE_S = 0.02  # before that the pickler stops by itself; code of the user's is stopped at LIMIT_S
LIMIT_ITEMS = 3_000_000  # of one list or dict: pickling more takes longer than LIMIT_S in any case
FINAL_LIMIT_BYTES = 8 * 1024**3  # when the worker goes: onto the disk at once, within the time that is left
_RETRY_SHARE = 0.05  # of the time that may go into saves that come to nothing
_logger = logging.getLogger("capsule.worker")


class Keeper:
    """directory: where drafts go, None for no automatic checkpoints; set from the reader thread."""

    def __init__(
        self,
        token: bytes,
        interrupts: Interrupts,
        namespace: Callable[[], dict[str, object]],
        say: Callable[[AutomaticCheckpoint], None],
    ) -> None:
        self.directory: Path | None = None
        self._interrupts = interrupts
        self._namespace = namespace
        self._drafts = SealedDrafts(token, say)
        self._watchdog = Watchdog(interrupts.expire)
        self._internal: set[object] = set()  # names seen that are the shell's: thousands after thousands of cells
        self._look: Look | None = None
        self._glance: tuple[object, ...] = ()
        self._failure = _Failure()
        self._limit_s = float(os.environ.get(KEEP_LIMIT_VARIABLE, LIMIT_S))

    def say_again(self) -> None:
        """To an application that has just attached."""
        self._drafts.say_again()

    def has(self, path: str) -> bool:
        """Whether a file is an automatic checkpoint already, whichever links lead to its folder."""
        return self.directory is not None and os.path.dirname(os.path.realpath(path)) == os.path.realpath(
            self.directory
        )

    def keep(self, execution_id: str) -> None:
        """Right after an execution's last frame, on the main thread: see to its checkpoint, and raise nothing.

        Or after a restore, whose request's id then stands for the execution's.
        """
        directory = self.directory
        if directory is None:
            return
        owner = OWNER.set("")
        try:
            self._keep(execution_id, directory)
        except Exception as error:  # worker dispatch: looking at the user's objects may run their code
            _logger.exception("execution %s: no automatic checkpoint", execution_id)
            self._drafts.skip(execution_id, f"{type(error).__name__}: {error}")
        finally:
            OWNER.reset(owner)

    def keep_last(self, execution_id: str, deadline: float) -> None:
        """The worker goes: write what the last execution, and what ran since, left, until then by time.monotonic()."""
        directory = self.directory
        if directory is None:
            return
        allowance = Allowance(FINAL_LIMIT_BYTES, deadline)

        def fill(file: BinaryIO) -> Manifest:
            return self._within(allowance, lambda: self._write_groups(file, execution_id, allowance))

        owner = OWNER.set("")
        try:
            if not self._is_as_before(self._names(), surroundings.glance(), execution_id):
                self._drafts.write_now(execution_id, directory, fill)
        except LimitReached as reached:
            self._drafts.skip(execution_id, str(reached) or "saving the variables took too long")
        except Exception as error:  # worker dispatch, as above
            _logger.exception("execution %s: no final checkpoint", execution_id)
            self._drafts.skip(execution_id, f"{type(error).__name__}: {error}")
        finally:
            OWNER.reset(owner)

    def finish(self, limit_s: float | None = None) -> None:
        """Wait until what was captured is on the disk; limit_s: for so long at most."""
        self._drafts.finish(limit_s)

    # --- inside -------------------------------------------------------------------------------------------

    def _keep(self, execution_id: str, directory: Path) -> None:
        names, glance = self._names(), surroundings.glance()
        if self._is_as_before(names, glance, execution_id):
            return
        namespace = self._namespace()
        if self._failure.lasts(namespace):
            self._drafts.skip(execution_id, self._failure.words)
            return
        if is_hopeless([namespace.get(name) for name in names], LIMIT_BYTES, LIMIT_ITEMS):
            self._drafts.skip(execution_id, too_large(LIMIT_BYTES))
            return
        look = Look.taken(names, namespace)
        started = time.monotonic()
        allowance = Allowance(LIMIT_BYTES, started + self._limit_s - _ASIDE_S)
        groups = io.BytesIO()
        try:
            manifest = self._within(allowance, lambda: self._write_groups(groups, execution_id, allowance))
        except LimitReached as reached:
            self._failure = _Failure.noted(reached, self._limit_s, allowance.at, namespace, time.monotonic() - started)
            self._drafts.skip(execution_id, self._failure.words)
            return
        self._look, self._glance, self._failure = look, glance, _Failure()
        self._drafts.give(Captured(directory, groups, manifest, [execution_id]))

    def _is_as_before(self, names: set[str], glance: tuple[object, ...], execution_id: str) -> bool:
        look = self._look
        if look is None or glance != self._glance or not look.holds(names, self._namespace()):
            return False
        return self._drafts.is_as_before(execution_id)

    def _names(self) -> set[str]:
        names: set[object] = set(
            self._namespace().keys() - self._internal
        )  # cells may put keys there that are no names
        users = {name for name in names if isinstance(name, str) and not is_internal(name)}
        self._internal |= names - users
        return users

    def _write_groups(self, file: BinaryIO, execution_id: str, allowance: Allowance) -> Manifest:
        return write_groups(namespace=self._namespace(), file=file, name=execution_id, allowance=allowance)

    def _within(self, allowance: Allowance, work: Callable[[], Manifest]) -> Manifest:
        deadline = allowance.deadline + _ASIDE_S
        with saving(), self._watchdog.until(deadline):
            return self._interrupts.until(deadline, work)


class _Failure:
    """A save that ran into a limit: at which variable, and until when it need not be tried again."""

    def __init__(self, words: str = "", name: str = "", value: object = None, until: float = 0.0) -> None:
        self.words = words
        self._name = name
        self._value_id = id(value)
        self._until = until

    @classmethod
    def noted(
        cls, reached: LimitReached, limit_s: float, item: str, namespace: dict[str, object], spent_s: float
    ) -> _Failure:
        name = item[len(VARIABLE) :] if item.startswith(VARIABLE) else ""
        where = f" (it was at {name!r})" if name else ""
        words = str(reached) or f"saving the variables takes longer than {limit_s} s{where}"
        return cls(words, name, namespace.get(name), time.monotonic() + spent_s / _RETRY_SHARE)

    def lasts(self, namespace: dict[str, object]) -> bool:
        same = not self._name or id(namespace.get(self._name)) == self._value_id
        return same and time.monotonic() < self._until
