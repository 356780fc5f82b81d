"""The application as its command starts it, which dies, or has something fail, when its first window stands.

Run as a process: HOW [FILE…].  HOW: segfault, abort, slot, callback, task, thread, qt, end.  Those that do not
end it close its windows afterwards.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QTimer, qCritical

from capsule_desktop import app, cli

_run = app.Application.run


def _fail(given: str = "print('of the user')") -> None:
    raise ValueError(f"invalid syntax: {given}")


async def _failing() -> None:
    _fail()


def _thread() -> None:
    failing = threading.Thread(target=_fail)
    failing.start()
    failing.join()


async def _watched(application: app.Application, files: Sequence[Path]) -> None:
    ways: dict[str, Callable[[], object]] = {
        "segfault": lambda: ctypes.string_at(0),
        "abort": os.abort,
        "slot": lambda: QTimer.singleShot(0, _fail),
        "callback": lambda: asyncio.get_running_loop().call_soon(_fail, "print('of the user')"),
        "task": lambda: application._tasks.spawn(_failing(), name="failing"),
        "thread": _thread,
        "qt": lambda: qCritical("Qt says so"),
        "end": lambda: None,
    }

    async def die() -> None:
        await application.warmed.wait()
        ways[sys.argv[1]]()
        QTimer.singleShot(0, lambda: [application.windows.discard(w) for w in application.windows.windows])

    dying = asyncio.create_task(die())
    await _run(application, files)
    await dying


if __name__ == "__main__":
    app.Application.run = _watched  # type: ignore[method-assign]  # the one place where its beginning can be waited for
    sys.exit(cli.main(sys.argv[2:]))
