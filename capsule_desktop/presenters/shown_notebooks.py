"""Which window shows a notebook: by the path of its file, under any of its names, or by its folder in the store.

Asked by windows.py, which owns both, before it opens one.  Invariant: a notebook whose file was renamed is still the
same notebook, and never shown twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

from capsule_desktop.presenters.notebook import NotebookPresenter
from capsule_desktop.widgets.main_window import MainWindow

Shown = Mapping[MainWindow, NotebookPresenter | None]


def window_with(shown: Shown, path: Path) -> MainWindow | None:
    for window, notebook in shown.items():
        if notebook is not None and notebook.document.path is not None and _same(notebook.document.path, path):
            return window
    return None


def window_keeping(shown: Shown, store_id: str) -> MainWindow | None:
    """store_id: "" for none."""
    for window, notebook in shown.items():
        if store_id and notebook is not None and notebook.home.store_id == store_id:
            return window
    return None


def _same(one: Path, other: Path) -> bool:
    if one == other:
        return True
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return False
