"""The real application in a process of its own, for whoever drives it over a pipe and may kill it at any moment.

Takes JSON lines on stdin, each the name of something to do and its arguments, and tells JSON lines on stdout; it ends
when stdin does.  Each line is ONE os.write, made within the call that tells it: what was read was told before whatever
killed the process then.  application_pipe.py is the driver's end.
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import qasync
from PySide6.QtWidgets import QApplication

from capsule_desktop.app import Application

Take = Callable[..., None]  # does what a line asks for, by its name and its arguments


def tell(value: Any) -> None:
    os.write(1, json.dumps(value).encode() + b"\n")


def watch(owner: type, name: str, then: Callable[..., None]) -> None:
    """Have a method of a widget call then, with the same arguments, once it has done what it does."""
    method = getattr(owner, name)

    @functools.wraps(method)
    def wrapper(*arguments: Any, **named: Any) -> Any:
        result = method(*arguments, **named)
        then(*arguments, **named)
        return result

    setattr(owner, name, wrapper)


def serve(begin: Callable[[Application], Take]) -> None:
    """Run the application on sys.argv: FOLDER [FILE…].  begin: called with it, before it opens anything."""
    folder, *files = [Path(word) for word in sys.argv[1:]]
    app = QApplication(["capsule-desktop"])
    with qasync.QEventLoop(app) as loop:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(_serve(app, folder, files, begin))


async def _serve(app: QApplication, folder: Path, files: list[Path], begin: Callable[[Application], Take]) -> None:
    application = Application(app, folder / "state", folder / "config", folder / "checkpoints")
    take, waiting = begin(application), bytearray()

    def read() -> None:
        data = os.read(0, 65536)
        waiting.extend(data)
        while b"\n" in waiting:
            line, _, rest = bytes(waiting).partition(b"\n")
            waiting[:] = rest
            take(*json.loads(line))
        if not data:
            os._exit(0)

    asyncio.get_running_loop().add_reader(0, read)
    await application.run(files)
