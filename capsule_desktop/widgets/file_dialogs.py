"""The file dialogs, made ready to open(): connect `fileSelected` or `filesSelected`, then call open().

The platform's own where it has one, else Qt's in the colours of the theme.  They name paths; reading and writing are
others' business.
"""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QPalette, QTransform
from PySide6.QtWidgets import QFileDialog, QHeaderView, QToolButton, QTreeView, QWidget

from capsule_desktop.widgets.icons import ICON_PX, icon_pixmap

_NOTEBOOKS = "Notebooks (*.ipynb)"
_CHECKPOINTS = "Checkpoints of variables (*.capsule)"
_ANY = "All files (*)"
_SIZE = QSize(820, 520)
_SCALES = (1.0, 2.0)
_TYPE_COLUMN = 2  # the endings of the names say it
_ARROWS = {"backButton": 90, "toParentButton": 180, "forwardButton": 270}  # by Qt's names; degrees from "down"


def open_notebooks(folder: str, parent: QWidget | None = None) -> QFileDialog:
    """Notebooks, and checkpoints to be restored."""
    dialog = _dialog("Open", folder, (_NOTEBOOKS, _CHECKPOINTS, _ANY), parent)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    return dialog


def open_notebook(folder: str, parent: QWidget | None = None) -> QFileDialog:
    """One."""
    dialog = _dialog("Open notebook", folder, (_NOTEBOOKS, _ANY), parent)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return dialog


def save_notebook_as(folder: str, name: str, parent: QWidget | None = None) -> QFileDialog:
    """Asks by itself before a file that exists is replaced."""
    dialog = _dialog("Save notebook as", folder, (_NOTEBOOKS, _ANY), parent)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("ipynb")
    dialog.selectFile(name)
    return dialog


def open_checkpoint(folder: str, parent: QWidget | None = None) -> QFileDialog:
    dialog = _dialog("Restore checkpoint", folder, (_CHECKPOINTS, _ANY), parent)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return dialog


def open_python(folder: str, parent: QWidget | None = None) -> QFileDialog:
    dialog = _dialog("Choose a Python", folder, ("Python (python*)", _ANY), parent)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setOption(QFileDialog.Option.DontResolveSymlinks)  # an environment's python is a link to another's
    return dialog


def open_environment(folder: str, parent: QWidget | None = None) -> QFileDialog:
    dialog = _dialog("Choose the folder of an environment", folder, (_ANY,), parent)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.DontResolveSymlinks)
    return dialog


def _dialog(title: str, folder: str, filters: tuple[str, ...], parent: QWidget | None) -> QFileDialog:
    dialog = QFileDialog(parent, title, folder)
    dialog.setNameFilters(filters)
    dialog.finished.connect(dialog.deleteLater)
    _dress(dialog)
    return dialog


def _dress(dialog: QFileDialog) -> None:
    """Qt's own dialog has black arrows in every theme, and hides the ends of names; the platform's has none of these
    parts."""
    names = dialog.findChild(QTreeView, "treeView")
    if names is None:
        return
    dialog.resize(_SIZE)
    names.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    names.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    names.setColumnHidden(_TYPE_COLUMN, True)
    for name, degrees in _ARROWS.items():
        button = dialog.findChild(QToolButton, name)
        if button is not None:
            button.setIcon(_arrow(degrees, dialog.palette()))
            button.setProperty("compact", True)


def _arrow(degrees: int, palette: QPalette) -> QIcon:
    result = QIcon()
    for mode, group in (
        (QIcon.Mode.Normal, QPalette.ColorGroup.Active),
        (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled),
    ):
        colour = palette.color(group, QPalette.ColorRole.ButtonText).name()
        for scale in _SCALES:
            drawn = icon_pixmap("chevron", colour, ICON_PX, scale)
            result.addPixmap(drawn.transformed(QTransform().rotate(degrees)), mode)
    return result
