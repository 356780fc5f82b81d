"""`?` help of a cell: a page beside the notebook, which is read and put away and never kept in it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets.full_output import FullOutput
from engine.events import Event, PageShown


class PagesPresenter:
    """One page at a time: that of a later run takes its place, several of one run are read as one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._page: FullOutput | None = None
        self._execution_id = ""
        self._text = ""

    def take(self, event: Event) -> None:
        match event:
            case PageShown(execution_id=execution_id, data={"text/plain": str() as text}):
                self._show(execution_id, text)
            case _:
                pass

    def _show(self, execution_id: str, text: str) -> None:
        goes_on = self._page is not None and execution_id == self._execution_id
        self._text = f"{self._text}\n\n{text}" if goes_on else text
        self._execution_id = execution_id
        if self._page is not None:
            self._page.close()
        page = FullOutput("Help", self._text, self._parts.window)
        page.finished.connect(lambda _result: self._forget(page))
        self._page = page
        page.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)  # the next key is for the notebook
        page.show()  # not open(): one writes on while one reads

    def _forget(self, page: FullOutput) -> None:
        if self._page is page:
            self._page = None
