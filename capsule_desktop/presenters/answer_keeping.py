"""Whether typed answers are kept with the run history: one choice for all notebooks, remembered in the settings."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from capsule_desktop.settings import Settings


class AnswerKeeping(QObject):
    changed = Signal(bool)

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._kept = settings.keeps_answers()

    @property
    def kept(self) -> bool:
        return self._kept

    def keep(self, kept: bool) -> None:
        if kept != self._kept:
            self._kept = kept
            self._settings.keep_answers(kept)
            self.changed.emit(kept)
