"""display() and what goes with it, and the value of a cell: bundles of formatting.py as frames of the log.

display, update_display and clear_output are builtins while the plain shell runs, with the arguments that
IPython's have; HTML is shown by an object with a _repr_html_ method, or by display(..., raw=True).
"""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ...protocol.messages import ClearOutput, Display, DisplayUpdate
from ..displays import emit, owner, plain
from ..outlet import Outlet
from .formatting import Bundle, Wanted, bundle_of
from .history import History


class Displays:
    """Everything that cells show beside text.  complain: shows the exception that is handled now."""

    def __init__(self, outlet: Outlet, history: History, complain: Callable[[], None]) -> None:
        self.is_displaying = False  # the value of a cell is being formatted
        self._outlet = outlet
        self._history = history
        self._complain = complain
        self._caught: list[Bundle] | None = None

    # --- what cells call ----------------------------------------------------------------------------------

    def display(
        self,
        *objs: Any,
        include: Iterable[str] | None = None,
        exclude: Iterable[str] | None = None,
        metadata: dict[str, Any] | None = None,
        display_id: str | bool | None = None,
        raw: bool = False,
        clear: bool = False,
        **others: Any,
    ) -> DisplayHandle | None:
        """Show objects.  display_id: True for one of its own, which update_display() and the handle know it by.

        raw: objs are bundles, by MIME type.  clear: in the place of what this cell has shown so far.
        """
        update = bool(others.pop("update", False))
        if others.keys() - {"transient"}:
            raise TypeError(f"display() got an unexpected keyword argument {min(others.keys() - {'transient'})!r}")
        if update and display_id is None:
            raise TypeError("display_id required for update_display")
        name = os.urandom(16).hex() if display_id is True else str(display_id or "")
        if clear:
            self.clear_output(wait=True)
        for each in objs:
            if raw:
                bundle = Bundle(dict(each), {})
            else:
                wanted = Wanted(None if include is None else set(include), set(exclude or ()))
                bundle = bundle_of(each, wanted, self._complain)
            bundle.metadata.update(metadata or {})
            if bundle.data:
                self.publish(bundle, name, update=update)
        return DisplayHandle(name) if name else None

    def update_display(self, obj: Any, *, display_id: str, **options: Any) -> None:
        """Show obj in every place that display_id has."""
        self.display(obj, display_id=display_id, update=True, **options)

    def clear_output(self, wait: bool = False) -> None:
        """Clear what this cell has shown; wait: as soon as it shows something new."""
        emit(self._outlet, ClearOutput(execution_id=owner(self._outlet), wait=bool(wait)))

    # --- what the shell calls -----------------------------------------------------------------------------

    def publish(self, bundle: Bundle, display_id: str = "", *, update: bool = False) -> None:
        """Write a display, or keep it for who captures."""
        if self._caught is not None and not update:
            self._caught.append(bundle)
            return
        kind = DisplayUpdate if update else Display
        message = kind(
            execution_id=owner(self._outlet),
            data=plain(bundle.data),
            metadata=plain(bundle.metadata),
            display_id=display_id,
        )
        emit(self._outlet, message)

    def show_value(self, value: Any, number: int) -> None:
        """The value of cell number `number`: shown, and remembered."""
        self.is_displaying = True
        try:
            bundle = bundle_of(value, Wanted(), self._complain)
        finally:
            self.is_displaying = False
        self._history.keep(value, number)
        if not bundle.data:
            return
        if self._caught is not None:
            self._caught.append(bundle)
            return
        data, metadata = plain(bundle.data), plain(bundle.metadata)
        message = Display(execution_id=owner(self._outlet), data=data, metadata=metadata, execution_count=number)
        emit(self._outlet, message)

    @contextmanager
    def capturing(self) -> Iterator[list[Bundle]]:
        """What is displayed meanwhile is in the list, and nowhere else."""
        before, self._caught = self._caught, []
        try:
            yield self._caught
        finally:
            self._caught = before


class DisplayHandle:
    """A display that can be shown anew.  It holds nothing of the shell: checkpoints save it with the variables."""

    def __init__(self, display_id: str) -> None:
        self.display_id = display_id

    def __repr__(self) -> str:
        return f"<DisplayHandle display_id={self.display_id}>"

    def display(self, obj: Any, **options: Any) -> None:
        """Show obj once more, under this id."""
        display_of_session()(obj, display_id=self.display_id, **options)

    def update(self, obj: Any, **options: Any) -> None:
        """Show obj in its place."""
        display_of_session()(obj, display_id=self.display_id, update=True, **options)


def display_of_session() -> Callable[..., Any]:
    """The builtin, whichever shell runs: a handle may come back where there is IPython."""
    display: Callable[..., Any] = vars(builtins)["display"]
    return display
