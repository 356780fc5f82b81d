"""The file dialogs, made ready to open(): connect `fileSelected` or `filesSelected`, then call open().

The platform's own where it has one.  They name paths; reading and writing are others' business.
"""

from __future__ import annotations

from PySide6.QtWidgets import QFileDialog, QWidget

_NOTEBOOKS = "Notebooks (*.ipynb)"
_ANY = "All files (*)"


def open_notebooks(folder: str, parent: QWidget | None = None) -> QFileDialog:
    dialog = _dialog("Open notebook", folder, (_NOTEBOOKS, _ANY), parent)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    return dialog


def save_notebook_as(folder: str, name: str, parent: QWidget | None = None) -> QFileDialog:
    """Asks by itself before a file that exists is replaced."""
    dialog = _dialog("Save notebook as", folder, (_NOTEBOOKS, _ANY), parent)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix("ipynb")
    dialog.selectFile(name)
    return dialog


def open_checkpoint(folder: str, suffix: str, parent: QWidget | None = None) -> QFileDialog:
    """suffix: without the dot."""
    dialog = _dialog("Restore checkpoint", folder, (f"Checkpoints (*.{suffix})", _ANY), parent)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return dialog


def _dialog(title: str, folder: str, filters: tuple[str, ...], parent: QWidget | None) -> QFileDialog:
    dialog = QFileDialog(parent, title, folder)
    dialog.setNameFilters(filters)
    dialog.finished.connect(dialog.deleteLater)
    return dialog
