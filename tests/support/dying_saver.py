"""Edits and saves a notebook, and is killed at the nth step on the disk: run as a process with a folder to work in.

For each n a forked child works in folder/n until it dies by SIGKILL just before its nth step (a write is torn in
its middle); what was acknowledged until then stands in folder/n/acks, a line each.  Ends with the n that is survived.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from capsule_desktop.notebook import disk
from capsule_desktop.notebook.base_copy import BaseCopy
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.draft_log import DraftLog
from capsule_desktop.notebook.draft_recorder import DraftRecorder
from tests.support.notebook_files import write_notebook

NOTEBOOK = "a.ipynb"
STORE = "store"
ACKS = "acks"
_STEPS = ("fsync", "replace", "ftruncate", "unlink")  # of os; pwrite besides, which is torn


class Fuse:
    """Counts the steps on the disk, and kills this process at the nth."""

    def __init__(self, fatal: int) -> None:
        self._left = fatal
        for name in _STEPS:
            setattr(os, name, self._guarded(getattr(os, name)))
        pwrite = os.pwrite

        def torn(descriptor: int, data: memoryview, place: int) -> int:
            self._left -= 1
            if not self._left:
                pwrite(descriptor, data[: len(data) // 2], place)
                self._die()
            return pwrite(descriptor, data, place)

        os.pwrite = torn  # type: ignore[assignment]  # as this process calls it

    def _guarded(self, real: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object, **named: object) -> object:
            self._left -= 1
            if not self._left:
                self._die()
            return real(*arguments, **named)

        return step

    @staticmethod
    def _die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Saver:
    """What the window does, without a window."""

    def __init__(self, folder: Path) -> None:
        self._path, store = folder / NOTEBOOK, folder / STORE
        store.mkdir()
        on_disk = disk.read(self._path)
        self._state, self.document = on_disk.state, Document(on_disk.file, self._path)
        self._recorder = DraftRecorder(self.document)
        self.document.subscribe(self._recorder.take)
        self._log, self._copy = DraftLog(store), BaseCopy(store)
        self._acks = os.open(folder / ACKS, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def begin(self) -> None:
        self._log.restart(self._recorder.base(self._state), self._recorder.everything())
        self.acknowledge()
        self._copy.write(self.document.file, self._state.crc)

    def keep(self) -> None:
        self._log.append(self._recorder.changes())
        self.acknowledge()

    def save(self, meanwhile: Callable[[], None]) -> None:
        since, base, snapshot = self._recorder.save_begins(), self._recorder.base(None), self.document.snapshot()
        meanwhile()

        def intend(state: disk.DiskState, order: object) -> None:
            assert isinstance(order, tuple)
            self._log.append(self._recorder.intent(since, base, state, order))

        saved = disk.save(snapshot, self._path, self._state, intend)
        self.document.saved(snapshot, saved.file, self._path)
        self._state = saved.state
        self._recorder.save_ended()
        self._log.restart(self._recorder.base(self._state), self._recorder.everything())
        self._copy.forget()
        self.acknowledge()

    def type(self, text: str) -> None:
        cell_id = self.document.cell_id_at(0)
        self.document.replace_text(cell_id, self.document.source(cell_id) + text)

    def acknowledge(self) -> None:
        """One write of what is acknowledged now."""
        sources = [self.document.source(cell_id) for cell_id in self.document.cell_ids()]
        os.write(self._acks, (json.dumps(sources) + "\n").encode())

    def work(self) -> None:
        """Every state has another first cell, which grows."""
        self.type("1")
        self.begin()
        self.type("2")
        self.document.insert(1, source="new")
        self.keep()

        def meanwhile() -> None:
            self.type("3")
            self.keep()

        self.save(meanwhile)
        self.type("4")
        self.keep()
        self.document.delete([self.document.cell_id_at(1)])
        self.save(self.keep)


def main(folder: Path) -> None:
    original = write_notebook(folder / NOTEBOOK, "0", "other")
    for fatal in itertools.count(1):
        work = folder / str(fatal)
        work.mkdir()
        shutil.copy(original, work / NOTEBOOK)
        child = os.fork()
        if not child:
            saver = Saver(work)
            Fuse(fatal)
            saver.work()
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
