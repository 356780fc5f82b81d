"""IPython's shell behind the worker's seam (../shell.py): runs a cell as ipykernel's do_execute does.

Made by ../opening.py, where IPython can be imported.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any, Coroutine

import IPython
from IPython.core.completer import provisionalcompleter, rectify_completions
from IPython.core.error import StdinNotImplementedError
from IPython.utils.tokenutil import token_at_cursor

from ...protocol.messages import Execute, Traceback
from ..outlet import Outlet
from ..shell import Match, RunCoroutine
from .profile import open_shell

OLDEST = 8


class IPythonShell:
    """A Shell.  Raises ImportError where IPython is older than OLDEST."""

    ipython_version = IPython.__version__
    code_folder = str(Path(IPython.__file__).resolve().parent)
    stdin_refusal: type[Exception] = StdinNotImplementedError

    def __init__(self, outlet: Outlet) -> None:
        if IPython.version_info[0] < OLDEST:
            raise ImportError(f"IPython {IPython.__version__} is too old: {OLDEST}.0 or later is needed")
        self._shell = open_shell(outlet)
        # IPython 8 has had it since 8.0 only in some releases
        self._takes_cell_id = "cell_id" in inspect.signature(self._shell.run_cell).parameters

    @property
    def shown(self) -> Traceback | None:
        return self._shell.shown

    @shown.setter
    def shown(self, shown: Traceback | None) -> None:
        self._shell.shown = shown

    @property
    def shown_while_displaying(self) -> Traceback | None:
        return self._shell.shown_while_displaying

    @shown_while_displaying.setter
    def shown_while_displaying(self, shown: Traceback | None) -> None:
        self._shell.shown_while_displaying = shown

    @property
    def namespace(self) -> dict[str, Any]:
        namespace: dict[str, Any] = self._shell.user_ns
        return namespace

    @property
    def count(self) -> int:
        return int(self._shell.execution_count) - 1

    @property
    def wants_exit(self) -> bool:
        return bool(self._shell.exit_now)

    # --- cells ------------------------------------------------------------------------------------------

    async def run(self, request: Execute, run_coroutine: RunCoroutine) -> BaseException | None:
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
            result = await run_coroutine(cell) if awaits else _at_once(cell)
        finally:
            shell.events.trigger("post_execute")
            shell.events.trigger("post_run_cell", result)
        return _error_of(result)

    def show_error(self) -> None:
        self._shell.showtraceback()

    # --- looking ----------------------------------------------------------------------------------------

    def hides(self, name: str) -> bool:
        hidden = self._shell.user_ns_hidden
        return name in hidden and hidden[name] is self._shell.user_ns.get(name)

    def complete(self, code: str, cursor: int) -> list[Match]:
        with provisionalcompleter():
            found = list(rectify_completions(code, self._shell.Completer.completions(code, cursor)))
        return [Match(text=each.text, kind=each.type, start=each.start, end=each.end) for each in found]

    def inspect(self, code: str, cursor: int, detail: int) -> dict[str, str] | None:
        try:
            data = self._shell.object_inspect_mime(token_at_cursor(code, cursor), detail_level=detail)
        except KeyError:
            return None
        return {str(mime): str(text) for mime, text in data.items()}

    def is_complete(self, code: str) -> tuple[str, int]:
        status, indent = self._shell.input_transformer_manager.check_complete(code)
        return status, indent or 0


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
