"""Help › About: what this is, under which licences, and the versions that a report needs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QWidget

from capsule_desktop.widgets.fonts import mono
from capsule_desktop.widgets.icons import app_icon
from capsule_desktop.widgets.sheet import Sheet, text_label

_MARK_PX = 64
_PURPOSE = "A notebook for Python that keeps your work: cells, outputs and variables."
_LICENCE = "Apache License 2.0. Inter and JetBrains Mono: SIL Open Font License 1.1. Qt: LGPL 3."


class AboutDialog(Sheet):
    def __init__(self, versions: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        """versions: ("Capsule Desktop", "0.1.0"), ("Python", "3.12.1"), …"""
        super().__init__(parent, "Capsule Desktop")
        self._versions = "\n".join(f"{name} {version}" for name, version in versions)
        mark = QLabel(self)
        mark.setPixmap(app_icon().pixmap(QSize(_MARK_PX, _MARK_PX), self.devicePixelRatioF()))
        table = text_label(self._versions, self, selectable=True)
        table.setFont(mono())
        for widget in (mark, text_label(_PURPOSE, self), table, text_label(_LICENCE, self, role="note")):
            self.body.addWidget(widget)
        self.add_button("Copy versions", self._on_copy, left=True)
        self.add_button("Close", self.accept, primary=True)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._versions)
