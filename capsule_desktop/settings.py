"""What the application remembers between runs: theme, window size, recent files and Pythons.  Qt's own
settings file.

Nothing here is worth a question when it cannot be read or written: the defaults do.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from capsule_desktop.widgets.theme import ThemeChoice
from engine.file_system import is_file

RECENT_LIMIT = 12
RECENT_PYTHONS_LIMIT = 5


class Settings:
    """file: an INI file under the user's configuration."""

    def __init__(self, file: Path) -> None:
        self._stored = QSettings(str(file), QSettings.Format.IniFormat)

    def theme(self) -> ThemeChoice:
        try:
            return ThemeChoice(str(self._stored.value("theme", ThemeChoice.SYSTEM)))
        except ValueError:
            return ThemeChoice.SYSTEM

    def keep_theme(self, choice: ThemeChoice) -> None:
        self._stored.setValue("theme", str(choice))

    def keeps_answers(self) -> bool:
        """Whether what is typed into prompts stays in the store; on until somebody says otherwise."""
        return self._stored.value("keep_answers", "true") not in ("false", False)

    def keep_answers(self, kept: bool) -> None:
        self._stored.setValue("keep_answers", kept)

    def window_state(self) -> bytes:
        state = self._stored.value("window")
        return bytes(state.data()) if isinstance(state, QByteArray) else b""

    def keep_window_state(self, state: bytes) -> None:
        self._stored.setValue("window", QByteArray(state))

    def recent(self) -> tuple[str, ...]:
        """Paths of notebooks, the newest first; those that have gone, or cannot be reached, are left out."""
        return tuple(path for path in self._paths("recent") if is_file(Path(path)))

    def add_recent(self, path: Path) -> None:
        self._add("recent", path, RECENT_LIMIT)

    def recent_pythons(self) -> tuple[str, ...]:
        """Paths of interpreters that were chosen, the last one first; some may have gone."""
        return tuple(self._paths("pythons"))

    def add_recent_python(self, path: Path) -> None:
        self._add("pythons", path, RECENT_PYTHONS_LIMIT)

    def _add(self, key: str, path: Path, limit: int) -> None:
        others = [known for known in self._paths(key) if known != str(path)]
        self._stored.setValue(key, [str(path), *others][:limit])

    def _paths(self, key: str) -> list[str]:
        stored = self._stored.value(key, [])
        paths = [stored] if isinstance(stored, str) else stored
        return [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []
