"""Our own frames in the tracebacks of the user's code: they are taken out before one is shown."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

_OURS = str(Path(__file__).resolve().parent) + os.sep


def hide_ours(error: BaseException | None) -> None:
    """Take our own frames out of the tracebacks of an exception and of those behind it."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        error.__traceback__ = _without_ours(error.__traceback__)
        error = error.__cause__ or error.__context__


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(_OURS):
        traceback = traceback.tb_next
    entry = traceback
    while entry is not None and entry.tb_next is not None:
        if entry.tb_next.tb_frame.f_code.co_filename.startswith(_OURS):
            entry.tb_next = entry.tb_next.tb_next
        else:
            entry = entry.tb_next
    return traceback
