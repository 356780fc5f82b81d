"""A start that another application of the session did not take: asks whether to open its files beside that one.

Called by app.py before the first window; a double click shows nobody what was printed.  What was made for a start that
the user has closed meanwhile is let go of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from capsule_desktop.single_instance import Start
from capsule_desktop.widgets import messages
from capsule_desktop.widgets.beside_dialog import Beside, BesideDialog
from capsule_desktop.widgets.fronting import bring_to_front


async def decided(start: Start, files: Sequence[Path], again: Callable[[], Start]) -> Start | None:
    """How it goes on: start itself or what became of `again`, which asks anew and blocks; None: with nothing more."""
    names = [file.name for file in files]
    answers = asyncio.Queue[Beside]()
    dialog = BesideDialog(messages.beside_another(start.why, names))
    dialog.answered.connect(answers.put_nowait)
    dialog.open()
    bring_to_front(dialog)
    while (answer := await answers.get()) is Beside.AGAIN:
        dialog.show_asking()
        start = await asyncio.to_thread(again)
        if not answers.empty():  # it was closed, and is gone
            _let_go(start)
            return None
        if not start.is_beside:
            dialog.dismiss()
            return None if start.is_handed_over else start
        dialog.show_view(messages.beside_another(start.why, names, is_again=True))
    return start if answer is Beside.SEPARATELY else None


def _let_go(start: Start) -> None:
    if start.instance is not None:
        start.instance.release()
