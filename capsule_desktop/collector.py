"""Cyclic garbage is collected on the main thread alone, since Qt's objects may only be destroyed there.

Python collects wherever an allocation happens to make it due, also in the threads that read and write files; a
widget or timer in a cycle would then be destroyed under Qt's feet, which warns at best and crashes at worst.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 1000  # garbage of a second is little; looking whether a collection is due costs microseconds


class MainThreadCollector(QObject):
    """Collects from the time it is made until close()."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(collect_if_due)
        self._timer.start()

    def freeze(self) -> None:
        """What is there now stays to the end: looking at it costs a tenth of a second each time."""
        gc.collect()
        gc.freeze()

    def close(self) -> None:
        self._timer.stop()
        gc.unfreeze()
        gc.enable()


def collect_if_due() -> None:
    """The oldest generation over its threshold, which takes the younger ones along, as Python would."""
    due = [g for g, (count, limit) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)) if count > limit]
    if due:
        gc.collect(due[-1])
