"""Runs one cell in the shell, as ipykernel's do_execute does, and says how it ended.

Owns the span in which interrupts break in, and the split between code that runs to its end at once and
code with a top-level await, which becomes a task of the one loop.  Called by main.py, one cell at a time.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
from dataclasses import dataclass
from typing import Any, Coroutine

from ..protocol.messages import Execute, Traceback
from .interrupts import InterruptibleCoroutine, Interrupts
from .outlet import Outlet
from .owners import OWNER
from .prompts import Prompts
from .shell import ZMQInteractiveShell


@dataclass(frozen=True)
class Ending:
    """How a cell ended; failure is None for a good end, and was shown already."""

    count: int
    failure: Traceback | None


class Cells:
    """The shell's execution of code."""

    def __init__(self, shell: ZMQInteractiveShell, outlet: Outlet, interrupts: Interrupts, prompts: Prompts) -> None:
        self._shell = shell
        self._outlet = outlet
        self._interrupts = interrupts
        self._prompts = prompts
        self._pid = os.getpid()
        # IPython 8 has had it since 8.0 only in some releases
        self._takes_cell_id = "cell_id" in inspect.signature(shell.run_cell).parameters

    async def run(self, request: Execute) -> Ending:
        """Run it to its end; whatever it raises is shown and in the ending."""
        OWNER.set(request.execution_id)
        self._prompts.begin()
        self._shell.shown = self._shell.shown_while_displaying = None
        error: BaseException | None = None
        try:
            with self._interrupts.cell():
                error = _error_of(await self._run_in_shell(request))
        except (KeyboardInterrupt, SystemExit) as broke_out:
            # an interrupt before the first line or after the last, or a task of the user's that exits
            error = broke_out
            self._shell.showtraceback()
        except Exception as broke_out:  # noqa: BLE001  # running a cell: IPython itself or a hook of the user's failed
            error = broke_out
            self._shell.showtraceback()
        if os.getpid() != self._pid:
            self._end_child(error)
        return Ending(count=self._shell.execution_count - 1, failure=self._failure(request.execution_id, error))

    async def _run_in_shell(self, request: Execute) -> Any:
        shell, code = self._shell, request.code
        options: dict[str, Any] = {"store_history": request.store_history, "silent": False}
        if self._takes_cell_id and request.cell_id:
            options["cell_id"] = request.cell_id
        failed_transform = None
        try:
            transformed = shell.transform_cell(code)
        except Exception:  # noqa: BLE001  # running a cell: any input transformer of the user's
            transformed, failed_transform = code, sys.exc_info()
        awaits = shell.should_run_async(code, transformed_cell=transformed, preprocessing_exc_tuple=failed_transform)
        cell = shell.run_cell_async(
            code, transformed_cell=transformed, preprocessing_exc_tuple=failed_transform, **options
        )
        result = None
        try:
            result = await self._as_task(InterruptibleCoroutine(cell)) if awaits else _at_once(cell)
        finally:
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
        return result

    async def _as_task(self, coroutine: InterruptibleCoroutine) -> Any:
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
            message=_text_of(error),
            traceback=shown.traceback if shown is not None else [],
        )

    def _end_child(self, error: BaseException | None) -> None:
        """A forked child came to the end of the cell: it ends here, as a script's would."""
        sys.stdout.flush()
        sys.stderr.flush()
        code = error.code if isinstance(error, SystemExit) else int(error is not None)
        os._exit(code if isinstance(code, int) else int(code is not None))


def _at_once(cell: Coroutine[Any, Any, Any]) -> Any:
    """What run_cell does with code that awaits nothing; it would transform it once more."""
    try:
        cell.send(None)
    except StopIteration as ended:
        return ended.value
    cell.close()
    raise RuntimeError("a cell that awaits nothing did not come to its end")


def _error_of(result: Any) -> BaseException | None:
    error: BaseException | None = result.error_before_exec or result.error_in_exec
    return error


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  # running a cell: an exception class of the user's
        return ""
