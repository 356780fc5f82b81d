"""What the main thread does for the application: run a cell, answer a question, save and restore.

Owns the shell, one thing at a time, between and inside the loop's other work.  Keeps invariant 3's end
of a cell: the drain, then exactly one Result or Error, with its execution_time.  Called by main.py.
"""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import sys
import time
from pathlib import Path
from typing import Callable, Union

from ..protocol.messages import (
    LOG_ERROR,
    OUTPUT_DRAIN_TIMEOUT,
    OUTPUT_DRAIN_TIMEOUT_MESSAGE,
    Checkpoint,
    CheckpointReport,
    Error,
    Execute,
    Message,
    Query,
    QueryReply,
    Ready,
    Restore,
    RestoreReport,
    Result,
)
from . import snapshot
from .cells import Cells, Ending
from .interrupts import Interrupts
from .introspect import Introspection
from .opening import open_shell
from .outlet import DrainTimeout, Outlet
from .prompts import Prompts
from .shell import Shell

_logger = logging.getLogger("capsule.worker")

Errand = Union[Query, Checkpoint, Restore]


class Errands:
    """The main thread's work."""

    def __init__(
        self, outlet: Outlet, interrupts: Interrupts, prompts: Prompts, send: Callable[[Message], None]
    ) -> None:
        self._outlet = outlet
        self._interrupts = interrupts
        self._prompts = prompts
        self._send = send
        self._requests: asyncio.Queue[Execute | None] = asyncio.Queue()
        self._shell: Shell
        self._cells: Cells
        self._introspection: Introspection
        self._has_begun = False

    def open_shell(self) -> None:
        """Make the shell: what takes a worker's start."""
        self._shell = open_shell(self._outlet)
        self._prompts.refusal = self._shell.stdin_refusal
        self._interrupts.shell_folder = self._shell.code_folder
        self._cells = Cells(self._shell, self._outlet, self._interrupts, self._prompts)
        self._introspection = Introspection(self._shell)

    def ready(self) -> Ready:
        return Ready(
            pid=os.getpid(),
            python_version=platform.python_version(),
            ipython_version=self._shell.ipython_version,
            executable=sys.executable,
        )

    @property
    def wants_exit(self) -> bool:
        """Whether a cell called exit or quit."""
        return self._shell.wants_exit

    @property
    def namespace(self) -> dict[str, object]:
        return self._shell.namespace

    def count_variables(self) -> int:
        return self._introspection.count_variables()

    # --- cells ------------------------------------------------------------------------------------------

    def add(self, request: Execute | None) -> None:
        """The next cell to run; None to run no more."""
        self._requests.put_nowait(request)

    async def next_execute(self) -> Execute | None:
        return await self._requests.get()

    async def execute(self, request: Execute, ended: Callable[[], None]) -> None:
        """Run a cell to its last frame; ended is called right before that one is written."""
        started = time.perf_counter()
        try:
            self._outlet.begin(request.execution_id)
        except OSError as error:
            ended()
            self._send(_error(request, LOG_ERROR, f"No output log can be made: {error}", 0.0, request_id=request.id))
            return
        self._start_directory_history()
        ending = await self._cells.run(request)
        elapsed = time.perf_counter() - started

        def last() -> Result | Error:
            ended()
            return _last(request, ending, elapsed)

        try:
            if not self._outlet.finish(last):
                raise DrainTimeout
        except DrainTimeout:
            _logger.warning("execution %s: its output could not be drained", request.execution_id)
            ended()
            late = _error(request, OUTPUT_DRAIN_TIMEOUT, OUTPUT_DRAIN_TIMEOUT_MESSAGE, elapsed, count=ending.count)
            if not self._outlet.give_up(late):
                self._send(late)

    def _start_directory_history(self) -> None:
        """Before the first cell: a spare was made elsewhere, and _dh[0] is how cells find their notebook's folder."""
        if not self._has_begun:
            self._has_begun = True
            history = self._shell.namespace["_dh"]
            history[:] = [type(history[0])(os.getcwd())]

    # --- the rest ---------------------------------------------------------------------------------------

    def refuse(self, errand: Errand) -> None:
        """A cell runs: nothing else can be done on the main thread."""
        if isinstance(errand, Query):
            self._send(QueryReply(request_id=errand.id, reply={}, error="busy"))
        else:
            self._send(_report(errand, error="a cell is running"))

    def do(self, errand: Errand) -> bool:
        """Answer it, whatever comes of it; whether it was done."""
        if isinstance(errand, Query):
            self._send(self._answer(errand))
            return True
        try:
            self._send(self._save(errand) if isinstance(errand, Checkpoint) else self._load(errand))
        except snapshot.SnapshotError as error:
            self._send(_report(errand, error=str(error)))
        except Exception as error:  # worker dispatch: pickling runs the user's code
            _logger.exception("%s failed", type(errand).__name__)
            self._send(_report(errand, error=f"{type(error).__name__}: {error}"))
        else:
            return True
        return False

    def _answer(self, query: Query) -> QueryReply:
        try:
            return QueryReply(request_id=query.id, reply=self._introspection.answer(query.kind, query.arguments))
        except Exception as error:  # noqa: BLE001  # worker dispatch: looking at objects runs the user's code
            return QueryReply(request_id=query.id, reply={}, error=f"{type(error).__name__}: {error}")

    def _save(self, errand: Checkpoint) -> CheckpointReport:
        variables, size = snapshot.save(
            namespace=self._shell.namespace, path=Path(errand.path), name=errand.name, notebook=errand.notebook
        )
        return CheckpointReport(request_id=errand.id, path=errand.path, size_bytes=size, variables=variables)

    def _load(self, errand: Restore) -> RestoreReport:
        variables, surroundings = snapshot.load(
            namespace=self._shell.namespace,
            path=Path(errand.path),
            sha256=errand.sha256,
            payload_bytes=errand.payload_bytes,
            clear_existing=errand.clear_existing,
        )
        return RestoreReport(request_id=errand.id, variables=variables, surroundings=surroundings)


def _report(errand: Checkpoint | Restore, *, error: str) -> CheckpointReport | RestoreReport:
    if isinstance(errand, Checkpoint):
        return CheckpointReport(request_id=errand.id, path=errand.path, size_bytes=0, variables=[], error=error)
    return RestoreReport(request_id=errand.id, variables=[], surroundings=[], error=error)


def _last(request: Execute, ending: Ending, elapsed: float) -> Result | Error:
    if ending.failure is None:
        return Result(execution_id=request.execution_id, execution_count=ending.count, execution_time=elapsed)
    return Error(
        execution_id=request.execution_id,
        error_type=ending.failure.error_type,
        message=ending.failure.message,
        traceback=ending.failure.traceback,
        execution_time=elapsed,
        execution_count=ending.count,
        displayed=True,
    )


def _error(
    request: Execute, error_type: str, words: str, elapsed: float, *, count: int | None = None, request_id: str = ""
) -> Error:
    return Error(
        execution_id=request.execution_id,
        error_type=error_type,
        message=words,
        traceback=[],
        execution_time=elapsed,
        execution_count=count,
        request_id=request_id,
    )
