"""Making a new environment: where, of which Python, with which packages, and what will run for it, shown before.

Asks nothing itself: whoever opened it hears every change by `changed` and says by show_plan() what that would run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from capsule_desktop.widgets.elided_combo import ElidedCombo
from capsule_desktop.widgets.fonts import mono
from capsule_desktop.widgets.palette import SPACE_PX
from capsule_desktop.widgets.sheet import Sheet, text_label

HEADING = "New environment"
OFFERED = ("IPython", "numpy", "pandas", "matplotlib")
_WIDTH_PX = 600
_COMMANDS_LEAST_PX, _COMMANDS_PX = 48, 112  # the least on a screen that is too low for more
_WORDS_PX = 56  # three lines, so that no answer moves what is below
_SETTLE_MS = 150  # what is typed is looked at when typing pauses


@dataclass(frozen=True, kw_only=True)
class BaseView:
    """A Python that an environment can be made of."""

    label: str
    path: str


@dataclass(frozen=True, kw_only=True)
class EnvironmentChoice:
    """What is chosen now.  packages: ticked, and as they were typed; addresses: the user confirmed that one is one."""

    folder: str
    base: str
    ticked: tuple[str, ...]
    typed: str
    addresses: bool


@dataclass(frozen=True, kw_only=True)
class PlannedView:
    """commands: exactly what will run, "" where nothing can; words: what it changes, or what is wrong.

    asks_address: confirming an address would let it go on.
    """

    commands: str
    words: str
    asks_address: bool = False


class EnvironmentDialog(Sheet):
    changed = Signal(EnvironmentChoice)
    create_requested = Signal(EnvironmentChoice)

    """packages: what it is made for, chosen from the beginning."""

    def __init__(
        self, folder: str, bases: Sequence[BaseView], parent: QWidget | None = None, *, packages: Sequence[str] = ()
    ) -> None:
        super().__init__(parent, HEADING, width_px=_WIDTH_PX)
        self._settling = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settling.timeout.connect(self._tell)
        self._make_place(folder, bases)
        self._make_packages(packages)
        self._make_preview()
        self.add_button("Cancel", self.reject)
        self._create = self.add_button("Create", self._on_create, primary=True)
        self._create.setEnabled(False)
        self.focus_first(self._folder)

    @property
    def choice(self) -> EnvironmentChoice:
        return EnvironmentChoice(
            folder=self._folder.text().strip(),
            base=str(self._base.currentData() or ""),
            ticked=tuple(box.text() for box in self._boxes if box.isChecked()),
            typed=self._typed.text().strip(),
            addresses=self._address.isChecked() and not self._address.isHidden(),
        )

    def show_plan(self, view: PlannedView) -> None:
        """What the present choice would do."""
        self._commands.setPlainText(view.commands)
        self._words.setText(view.words)
        self._words.setProperty("role", "muted" if view.commands else "error")
        self._words.style().polish(self._words)
        if view.asks_address or not self._address.isChecked():
            self._address.setVisible(view.asks_address)
        self._create.setEnabled(bool(view.commands))
        self.grow()

    # --- inside

    def _make_place(self, folder: str, bases: Sequence[BaseView]) -> None:
        self._folder = QLineEdit(folder, self)
        self._folder.setAccessibleName("Folder of the environment")
        self._folder.textChanged.connect(self._on_changed)
        browse = QPushButton("Browse…", self)
        browse.setAutoDefault(False)
        browse.setAccessibleName("Browse for the folder of the environment")
        browse.clicked.connect(self._on_browse)
        self._base = ElidedCombo(self)
        self._base.setAccessibleName("Python that it is made of")
        for base in bases:
            self._base.addItem(base.label, base.path)
        self._base.currentIndexChanged.connect(self._on_changed)
        row = QHBoxLayout()
        row.setSpacing(SPACE_PX[2])
        row.addWidget(self._folder, 1)
        row.addWidget(browse)
        self._add_section("&Folder", self._folder)
        self.body.addLayout(row)
        self._add_section("&Python that it is made of", self._base)
        self.body.addWidget(self._base)

    def _make_packages(self, packages: Sequence[str]) -> None:
        ticked = {OFFERED[0].casefold(), *(package.casefold() for package in packages)}
        row = QHBoxLayout()
        row.setSpacing(SPACE_PX[4])
        self._boxes = [QCheckBox(name, self) for name in OFFERED]
        self._add_section("Pac&kages to put in", self._boxes[0])
        for box in self._boxes:
            box.setChecked(box.text().casefold() in ticked)
            box.toggled.connect(self._on_changed)
            row.addWidget(box)
        row.addStretch(1)
        offered = {name.casefold() for name in OFFERED}
        self._typed = QLineEdit(" ".join(each for each in packages if each.casefold() not in offered), self)
        self._typed.setPlaceholderText("Others, such as scikit-learn or polars>=1.0")
        self._typed.setAccessibleName("Other packages, apart by blanks")
        self._typed.textChanged.connect(self._on_typed)
        self._address = QCheckBox("Install from this address all the same: I trust what is there", self)
        self._address.toggled.connect(self._on_changed)
        self._address.hide()
        self.body.addLayout(row)
        self.body.addWidget(self._typed)
        self.body.addWidget(self._address)

    def _make_preview(self) -> None:
        self._commands = QPlainTextEdit(self)
        self._add_section("&What will run", self._commands)
        self._commands.setObjectName("prompt-text")
        self._commands.setReadOnly(True)
        self._commands.setFont(mono())
        self._commands.setTabChangesFocus(True)
        self._commands.setAccessibleName("What will run")
        self._commands.setMinimumHeight(_COMMANDS_LEAST_PX)
        self._commands.setMaximumHeight(_COMMANDS_PX)
        self._words = text_label("", self, role="muted", selectable=True)
        self._words.setMinimumHeight(_WORDS_PX)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        policy = self._words.sizePolicy()  # which knows that its height is by its width
        policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
        self._words.setSizePolicy(policy)
        self.body.addWidget(self._commands)
        self.body.addWidget(self._words)

    def _add_section(self, words: str, buddy: QWidget) -> None:
        """Nearer to what it names than to what is above."""
        label = text_label(words, self, role="section")
        label.setBuddy(buddy)
        self.body.addSpacing(SPACE_PX[1])
        self.body.addWidget(label)

    def _on_typed(self, _text: str) -> None:
        self._address.setChecked(False)  # another address is another question
        self._on_changed()

    def _on_changed(self, *_changed: object) -> None:
        """What was shown is of another choice: it cannot be created until the new one is known."""
        self._create.setEnabled(False)
        self._settling.start()

    def _tell(self) -> None:
        self.changed.emit(self.choice)

    def _on_browse(self) -> None:
        dialog = QFileDialog(self, "Folder of the environment", self._folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._folder.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_create(self) -> None:
        choice = self.choice
        self.answer(lambda: self.create_requested.emit(choice))
