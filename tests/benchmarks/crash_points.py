"""The numbered places at which the crash benchmark kills a process, put around the production code from outside.

Each is a moment before or after something that must not be torn: a write of the store, of a draft, of an output
log, a rename, a message sent or received.  A process is armed by its environment with one place and a count: the
count-th time that it is reached the process ends by SIGKILL, as if the power had gone for it alone.
"""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable, Coroutine
from types import ModuleType
from typing import Any

VARIABLE = "CRASH_POINT"
_MOMENTS = ("before", "after")
_OF_APPLICATION = ("store write", "draft write", "rename", "socket send", "socket receive")
_OF_WORKER = ("log write", "worker's socket send", "worker's socket receive", "worker's rename")
APPLICATION_POINTS = tuple(f"{moment} {what}" for what in _OF_APPLICATION for moment in _MOMENTS)
WORKER_POINTS = tuple(f"{moment} {what}" for what in _OF_WORKER for moment in _MOMENTS)

_armed: list[tuple[str, int]] = []


def arm() -> None:
    """From the environment: "before rename:3"."""
    place, _, count = os.environ.get(VARIABLE, "").rpartition(":")
    if place:
        _armed[:] = [(place, int(count))]


def _reached(place: str) -> None:
    if _armed and _armed[0][0] == place:
        left = _armed[0][1] - 1
        _armed[0] = (place, left)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _around(what: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*arguments: Any, **named: Any) -> Any:
        _reached(f"before {what}")
        result = function(*arguments, **named)
        _reached(f"after {what}")
        return result

    return wrapper


def _around_async(what: str, function: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(*arguments: Any, **named: Any) -> Any:
        _reached(f"before {what}")
        result = await function(*arguments, **named)
        _reached(f"after {what}")
        return result

    return wrapper


def put_into_application() -> None:
    from pathlib import Path

    from capsule_desktop.notebook.draft_log import DraftLog
    from engine.session.transport import UnixConnection
    from engine.store.writer import Writer

    _replace(Writer, "_attempt", _around("store write", Writer._attempt))
    _replace(DraftLog, "append", _around("draft write", DraftLog.append))
    _replace(DraftLog, "restart", _around("draft write", DraftLog.restart))
    _replace(Path, "replace", _around("rename", Path.replace))
    _replace(UnixConnection, "send", _around_async("socket send", UnixConnection.send))
    _replace(UnixConnection, "receive", _around_async("socket receive", UnixConnection.receive))


def put_into_worker(log: ModuleType, channel: ModuleType) -> None:
    """log, channel: the worker's own modules, which are loaded under a private name."""
    _replace(log.Log, "append", _around("log write", log.Log.append))
    _replace(channel.Channel, "_send_waiting", _around("worker's socket send", channel.Channel._send_waiting))
    _replace(channel.Channel, "_serve", _around("worker's socket receive", channel.Channel._serve))
    _replace(os, "replace", _around("worker's rename", os.replace))


def _replace(owner: object, name: str, wrapper: object) -> None:
    setattr(owner, name, wrapper)
