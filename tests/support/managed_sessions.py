"""A real session manager above worker processes that are no Python shells (fake_worker.py), ended with the test."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from engine.session.manager import SessionManager
from engine.session.session import Session
from engine.session.transport import WorkerAddress
from tests.support import fake_worker


def fake_command(python: str, address: WorkerAddress) -> list[str]:
    arguments = ["--socket", str(address.socket), "--token-file", str(address.token), "--parent-pid", str(os.getpid())]
    return [python, fake_worker.__file__, *arguments]


@asynccontextmanager
async def managing(short: Path, **options: object) -> AsyncIterator[SessionManager]:
    (short / "logs").mkdir(exist_ok=True)
    options = {"command": fake_command, **options}
    manager = SessionManager(runtime_directory=short / "run", **options)  # type: ignore[arg-type]  # a test's shorthand
    try:
        yield manager
    finally:
        await manager.close()


async def start(manager: SessionManager, short: Path, notebook: str = "nb", **options: object) -> Session:
    place = {
        "working_directory": short,
        "log_directory": short / "logs",
        "outlives": False,
        "python": sys.executable,
        **options,
    }
    return await manager.start(notebook, **place)  # type: ignore[arg-type]  # a test's shorthand
