"""Which window shows which notebook, in the order in which the windows were opened.

Changed by windows.py alone; asked before a notebook is opened: by the path of its file, under any of its names, or by
its folder in the store.  Invariant: a notebook whose file was renamed is still the same notebook, never shown twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from capsule_desktop.lives import WindowRecord
from capsule_desktop.presenters.notebook import NotebookPresenter
from capsule_desktop.widgets.main_window import MainWindow
from capsule_desktop.widgets.notebook_view import NotebookView


class ShownNotebooks:
    """A window without a notebook shows the welcome; one that was removed is asked about in vain, without harm."""

    def __init__(self) -> None:
        self._notebooks: dict[MainWindow, NotebookPresenter | None] = {}

    @property
    def windows(self) -> tuple[MainWindow, ...]:
        return tuple(self._notebooks)

    def __contains__(self, window: MainWindow) -> bool:
        return window in self._notebooks

    def of(self, window: MainWindow) -> NotebookPresenter | None:
        return self._notebooks.get(window)

    # --- changes

    def set(self, window: MainWindow, notebook: NotebookPresenter | None) -> None:
        """None: the welcome.  A window that is new here is the last one."""
        self._notebooks[window] = notebook

    def remove(self, window: MainWindow) -> None:
        del self._notebooks[window]

    # --- which window

    def free(self) -> MainWindow | None:
        """The first with the welcome, which a notebook may take."""
        return next(filter(self.is_free, self._notebooks), None)

    def is_free(self, window: MainWindow) -> bool:
        return window in self._notebooks and self._notebooks[window] is None

    def window_with(self, path: Path) -> MainWindow | None:
        for window, notebook in self._notebooks.items():
            if notebook is not None and notebook.document.path is not None and _same(notebook.document.path, path):
                return window
        return None

    def window_keeping(self, store_id: str) -> MainWindow | None:
        """store_id: "" for none."""
        for window, notebook in self._notebooks.items():
            if store_id and notebook is not None and notebook.home.store_id == store_id:
                return window
        return None

    # --- all of them

    def views(self) -> list[tuple[MainWindow, NotebookView | None]]:
        return [(w, None if n is None else n.parts.view) for w, n in self._notebooks.items()]

    def records(self, tries_of: Callable[[MainWindow], int]) -> list[WindowRecord]:
        """What another life is to open again.  tries_of: how often a window's notebook was brought back in vain."""
        records = []
        for window, notebook in self._notebooks.items():
            path, store_id = (None, "") if notebook is None else (notebook.document.path, notebook.home.store_id)
            if path is not None or store_id:  # else nothing was typed yet
                written = "" if path is None else str(path)
                geometry, tries = window.save_state(), tries_of(window)
                records.append(WindowRecord(path=written, store_id=store_id, geometry=geometry, tries=tries))
        return records


def _same(one: Path, other: Path) -> bool:
    if one == other:
        return True
    with contextlib.suppress(OSError):
        return one.samefile(other)
    return False
