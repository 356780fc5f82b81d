"""The Pythons of this computer: what was found, what running them once told, and which were chosen last.

One for the application.  Finding reads files, on a thread; probing runs an interpreter, and is done only when somebody
asks for it.  Invariant 11: what lies in a notebook's folder is never probed here before that notebook ran a cell.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from capsule_desktop.finding import Finder, Finding
from capsule_desktop.interpreter_choice import Taken, Wishes, decide
from capsule_desktop.settings import Settings
from engine.interpreters.interpreter import Interpreter, Kind, Standing
from engine.tasks import TaskOwner

log = logging.getLogger("capsule.interpreters")


class Catalogue(QObject):
    """load: imports the engine's part, on a thread: the first window is painted without it.

    changed: more is known of some interpreter.
    """

    changed = Signal()

    def __init__(self, load: Callable[[], Finding], settings: Settings, tasks: TaskOwner) -> None:
        super().__init__()
        self._load, self._settings, self._tasks = load, settings, tasks
        self._finding: Finding | None = None
        self._found: dict[Path | None, tuple[Interpreter, ...]] = {}
        self._stamps: dict[Path | None, int] = {}
        self._probed: dict[Path, Interpreter] = {}  # what answered
        self._failed: dict[Path, Interpreter] = {}  # what did not, the last time
        self._used: set[Path] = set()
        self._added: dict[Path | None, dict[Path, Interpreter]] = {}  # by folder and path: browsed for, or used once
        self._wanted: dict[tuple[Path, bool], Interpreter] = {}  # to be run, by path and whether it is trusted
        self._probing: asyncio.Task[None] | None = None

    @property
    def is_probing(self) -> bool:
        return self._probing is not None

    def known(self, folder: Path | None) -> tuple[Interpreter, ...]:
        """What the last found() of this folder gave, with all that was found out since; empty before."""
        found = {one.path: one for one in (*self._found.get(folder, ()), *self._added.get(folder, {}).values())}
        return tuple(self._best(one) for one in found.values())

    def added(self, folder: Path | None) -> frozenset[Path]:
        """Those of known() that are there because somebody browsed for them, or used them once."""
        found = {one.path for one in self._found.get(folder, ())}
        return frozenset(self._added.get(folder, {})) - found

    async def found(self, folder: Path | None, also: Iterable[str] = ()) -> tuple[Interpreter, ...]:
        """Look anew, for a notebook in folder; also: paths that are described wherever they are."""
        before = dict(self._added.get(folder, {}))
        wanted = {*map(Path, filter(None, (*also, *self.recent))), *before}
        finding = await self.finding()
        stamp, found, added = await asyncio.to_thread(_find, finding.finder, folder, wanted)
        meanwhile = {path: one for path, one in self._added.get(folder, {}).items() if before.get(path) is not one}
        self._stamps[folder], self._found[folder], self._added[folder] = stamp, found, added | meanwhile
        self.changed.emit()
        return self.known(folder)

    async def still(self, one: Interpreter, folder: Path | None) -> bool:
        """Whether it can be used as it could when it was found, and nothing came into the folder since: this is asked
        at every start, and takes a tenth of what finding does."""
        finding = await self.finding()
        return await asyncio.to_thread(_is_as_it_was, finding.finder, one, folder, self._stamps.get(folder, -1))

    async def described(self, path: Path, folder: Path | None) -> Interpreter:
        """The Python that an executable, or the folder of an environment, is; it is known from then on."""
        finding = await self.finding()
        one = await asyncio.to_thread(finding.finder.describe, path, folder)
        if one.standing is not Standing.MISSING:
            self._added.setdefault(folder, {})[one.path] = one
            self.changed.emit()
        return one

    async def tried(self, one: Interpreter, *, trusted: bool) -> Interpreter:
        """one with what running it tells; one of a folder that is not trusted is not run, and as it was read."""
        if one.standing is Standing.MISSING or (one.kind is Kind.FOLDER and not trusted):
            return one
        finding = await self.finding()
        async for probed in finding.probe([one], trusted):
            self._note(probed)
        return self._best(one)

    async def finding(self) -> Finding:
        if self._finding is None:
            self._finding = await asyncio.to_thread(self._load)
        return self._finding

    def forget_failures(self) -> None:
        """What did not answer may do so now: the disk was cold, or the user has mended it."""
        self._failed.clear()

    def complete(self, among: Iterable[Interpreter], *, trusted: bool) -> None:
        """Run each of these that was not run as it is now, in the background, to learn the rest.

        trusted: those of the notebook's folder, too.  What is wanted while others run is run after them.
        """
        among = [one for one in among if trusted or one.kind is not Kind.FOLDER]
        self._wanted |= {(one.path, trusted): one for one in among if one.standing is not Standing.MISSING}
        if self._wanted and self._probing is None:
            self._probing = self._tasks.spawn(self._probe(), name="probe interpreters")

    async def likely(self) -> str:
        """The path of what a notebook of which nothing is known yet would run with; "" for none."""
        finding = await self.finding()
        decision = decide(Wishes(recent=self.recent), await self.found(None), finding.nearest, finding.default)
        return str(decision.interpreter.path) if isinstance(decision, Taken) else ""

    # --- which were used, and chosen last

    @property
    def recent(self) -> tuple[str, ...]:
        """The paths of what the user chose for some notebook, which those without a choice run with: last one first."""
        return self._settings.recent_pythons()

    def used(self, interpreter: Interpreter, *, for_others: bool) -> None:
        """It was started, and is ready.  for_others: the user picked it out; one of a notebook's own folder is nothing
        for other notebooks all the same."""
        self._used.add(interpreter.path)
        if for_others and interpreter.kind is not Kind.FOLDER:
            self._settings.add_recent_python(interpreter.path)

    def _best(self, one: Interpreter) -> Interpreter:
        """What running it told, but for what depends on the notebook."""
        failed = None if self._was_used(one.path) else self._failed.get(one.path)
        told = failed or self._probed.get(one.path)
        if told is None or one.standing is Standing.MISSING or told.kind is not one.kind:
            return one
        return told

    def _was_used(self, path: Path) -> bool:
        """Then it can run cells, and one run that failed does not say that it cannot."""
        return path in self._used or str(path) in self.recent

    def _note(self, probed: Interpreter) -> None:
        """Only answers are kept: what failed was perhaps too slow just now."""
        told, other = (self._probed, self._failed) if probed.is_probed else (self._failed, self._probed)
        told[probed.path] = probed
        other.pop(probed.path, None)
        self.changed.emit()

    async def _probe(self) -> None:
        try:
            finding = await self.finding()
            while self._wanted:
                wanted, self._wanted = self._wanted, {}
                for trusted in (False, True):
                    batch = [one for (_, is_trusted), one in wanted.items() if is_trusted is trusted]
                    async for probed in finding.probe(batch, trusted):
                        self._note(probed)
        finally:
            self._probing = None
            self.changed.emit()


def _find(
    finder: Finder, folder: Path | None, wanted: Iterable[Path]
) -> tuple[int, tuple[Interpreter, ...], dict[Path, Interpreter]]:
    stamp = _stamp(folder)
    found = finder.find(folder)
    known = {one.path for one in found}
    return stamp, found, {path: finder.describe(path, folder) for path in wanted if path not in known}


def _is_as_it_was(finder: Finder, one: Interpreter, folder: Path | None, stamp: int) -> bool:
    return _stamp(folder) == stamp and finder.describe(one.path, folder).standing is Standing.USABLE


def _stamp(folder: Path | None) -> int:
    """Another once something was made in it or went from it; 0 where that cannot be known."""
    try:
        return 0 if folder is None else folder.stat().st_mtime_ns
    except OSError:
        return 0
