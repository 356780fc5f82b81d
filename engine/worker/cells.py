"""Runs one cell in the shell, and says how it ended.

Owns the span in which interrupts break in, and the task of the one loop that code with a top-level
await becomes.  Called by main.py, one cell at a time.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import Any, Coroutine

from ..protocol.messages import Execute, Traceback
from .failures import text_of
from .interrupts import InterruptibleCoroutine, Interrupts
from .outlet import Outlet
from .owners import OWNER
from .prompts import Prompts
from .shell import Shell


@dataclass(frozen=True)
class Ending:
    """How a cell ended; failure is None for a good end, and was shown already."""

    count: int
    failure: Traceback | None


class Cells:
    """The shell's execution of code."""

    def __init__(self, shell: Shell, outlet: Outlet, interrupts: Interrupts, prompts: Prompts) -> None:
        self._shell = shell
        self._outlet = outlet
        self._interrupts = interrupts
        self._prompts = prompts
        self._pid = os.getpid()

    async def run(self, request: Execute) -> Ending:
        """Run it to its end; whatever it raises is shown and in the ending."""
        OWNER.set(request.execution_id)
        self._prompts.begin()
        self._shell.shown = self._shell.shown_while_displaying = None
        error: BaseException | None = None
        try:
            try:
                self._interrupts.begin_cell()
                error = await self._shell.run(request, self._as_task)
            finally:
                self._interrupts.end_cell()
        except (KeyboardInterrupt, SystemExit) as broke_out:
            # an interrupt before the first line or after the last, or a task of the user's that exits
            self._interrupts.end_cell()  # a second one may have kept it from that; a third would end the worker
            error = broke_out
            self._shell.show_error()
        except Exception as broke_out:  # noqa: BLE001  # running a cell: the shell or a hook of the user's failed
            error = broke_out
            self._shell.show_error()
        if os.getpid() != self._pid:
            self._end_child(error)
        return Ending(count=self._shell.count, failure=self._failure(request.execution_id, error))

    async def _as_task(self, cell: Coroutine[Any, Any, Any]) -> Any:
        coroutine = InterruptibleCoroutine(cell)
        task = asyncio.get_running_loop().create_task(coroutine)
        with self._interrupts.awaiting(coroutine, task):
            return await coroutine.result(task)

    def _failure(self, execution_id: str, error: BaseException | None) -> Traceback | None:
        if error is None:
            return self._shell.shown_while_displaying
        shown = self._shell.shown
        return Traceback(
            execution_id=execution_id,
            error_type=type(error).__name__,
            message=text_of(error),
            traceback=shown.traceback if shown is not None else [],
        )

    def _end_child(self, error: BaseException | None) -> None:
        """A forked child came to the end of the cell: it ends here, as a script's would."""
        sys.stdout.flush()
        sys.stderr.flush()
        code = error.code if isinstance(error, SystemExit) else int(error is not None)
        os._exit(code if isinstance(code, int) else int(code is not None))
