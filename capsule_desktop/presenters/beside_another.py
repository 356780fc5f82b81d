"""A start that another application of the session did not take: asks whether to open its files beside that one.

Called by app.py before the first window; a double click shows nobody what was printed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from capsule_desktop.widgets import messages
from capsule_desktop.widgets.fronting import bring_to_front
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog


async def is_wanted(why: str, files: Sequence[Path]) -> bool:
    """Whether windows of its own are to be opened.  why: as it was printed."""
    answered: asyncio.Future[Choice] = asyncio.get_running_loop().create_future()
    dialog = MessageDialog(messages.beside_another(why, [file.name for file in files]))
    dialog.chosen.connect(answered.set_result)
    dialog.open()
    bring_to_front(dialog)
    return await answered is Choice.OK
