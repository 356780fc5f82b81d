"""Save Checkpoint… and Restore Checkpoint…: a name for the one, a choice for the other; and where to restore one that
was opened like a file.

They only ask; where a name is kept, what a file holds and what is open are the presenter's to say, as values.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QRadioButton, QWidget

from capsule_desktop.widgets.elided_combo import ElidedCombo
from capsule_desktop.widgets.elided_label import ElidedLabel
from capsule_desktop.widgets.messages import NOT_YOURS, RUNS_CODE
from capsule_desktop.widgets.sheet import Sheet, text_label

_SAVE_WORDS = "Saves the variables as they are now, so that you can come back to them. The file is not touched."
_RESTORE_WORDS = "Brings back the variables as they were. You get a list of what came back and what could not."
_STARTS_WORDS = "Python is started for that notebook if it does not run yet. No cell is run."


class SaveCheckpointDialog(Sheet):
    save_requested = Signal(str)  # the name
    cancelled = Signal()

    def __init__(
        self,
        suggested: str,
        folder: str,
        taken: AbstractSet[str] = frozenset(),
        parent: QWidget | None = None,
    ) -> None:
        """folder: where it will be kept, as people read it; taken: names that exist already."""
        super().__init__(parent, "Save checkpoint")
        self._taken = taken
        self.body.addWidget(text_label(_SAVE_WORDS, self))
        self._name = QLineEdit(suggested, self)
        self._name.setAccessibleName("Name of the checkpoint")
        self._name.setPlaceholderText("Name")
        self._name.selectAll()
        self.focus_first(self._name)
        self._note = text_label("", self, role="note")
        target = ElidedLabel(self, Qt.TextElideMode.ElideMiddle)
        target.setProperty("role", "note")
        target.set_words(f"Kept in {folder}")
        for widget in (self._name, self._note, target):
            self.body.addWidget(widget)
        self.add_button("Cancel", self.reject)
        self._save = self.add_button("Save", self._on_save, primary=True)
        self._name.textChanged.connect(self._on_name_changed)
        self._on_name_changed(suggested)

    def escape(self) -> None:
        self.cancelled.emit()

    def _on_name_changed(self, name: str) -> None:
        self._save.setEnabled(bool(name.strip()))
        taken = name.strip() in self._taken
        self._note.setText("Replaces the checkpoint of this name." if taken else "")
        self._note.setVisible(taken)

    def _on_save(self) -> None:
        name = self._name.text().strip()
        if name:
            self.answer(partial(self.save_requested.emit, name))


class RestoreCheckpointDialog(Sheet):
    restore_requested = Signal(bool)  # clear_existing
    cancelled = Signal()

    def __init__(
        self, name: str, described: str = "", parent: QWidget | None = None, *, is_foreign: bool = False
    ) -> None:
        """described: "14:02, 41 MB, 46 variables" or what else is known of the file.

        is_foreign: another key than the user's has signed it; to restore it is to trust whoever made it, and Enter
        means Cancel.
        """
        super().__init__(parent, f"Restore {name}?")
        self.body.addWidget(text_label(_RESTORE_WORDS, self))
        if described:
            self.body.addWidget(text_label(described, self, role="note"))
        if is_foreign:
            self.body.addWidget(text_label(f"{NOT_YOURS}.", self, role="strong"))
            self.body.addWidget(text_label(f"It is not signed with your key. {RUNS_CODE}", self))
        self._merge = QRadioButton("Merge: other variables stay as they are", self)
        self._replace = QRadioButton("Replace: other variables are removed", self)
        self._merge.setChecked(True)
        self.focus_first(self._merge)
        self.body.addWidget(self._merge)
        self.body.addWidget(self._replace)
        if is_foreign:
            self.add_button("Restore anyway", self._on_restore)
            self.add_button("Cancel", self.reject, primary=True)
        else:
            self.add_button("Cancel", self.reject)
            self.add_button("Restore", self._on_restore, primary=True)

    def escape(self) -> None:
        self.cancelled.emit()

    def _on_restore(self) -> None:
        clear_existing = self._replace.isChecked()
        self.answer(partial(self.restore_requested.emit, clear_existing))


class OpenedCheckpointDialog(RestoreCheckpointDialog):
    """Asks besides into which notebook."""

    def __init__(
        self,
        name: str,
        described: str,
        notebooks: Sequence[str],
        parent: QWidget | None = None,
        *,
        is_foreign: bool = False,
    ) -> None:
        """notebooks: what can be chosen, in words; the first is what Enter means where it means Restore."""
        super().__init__(name, described, parent, is_foreign=is_foreign)
        self._notebooks = ElidedCombo(self)
        self._notebooks.setAccessibleName("Restore into")
        self._notebooks.addItems(list(notebooks))
        self._notebooks.setAccessibleDescription(_STARTS_WORDS)
        rows = (
            text_label("Restore into", self, role="section"),
            self._notebooks,
            text_label(_STARTS_WORDS, self, role="note"),
        )
        for place, row in enumerate(rows, self.body.indexOf(self._merge)):
            self.body.insertWidget(place, row)
        QWidget.setTabOrder(self._notebooks, self._merge)
        self.focus_first(self._notebooks)

    @property
    def chosen(self) -> int:
        """Which of the notebooks."""
        return self._notebooks.currentIndex()
