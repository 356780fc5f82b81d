"""The plain shell: runs cells where there is no IPython (a Shell, ../shell.py).

Puts its rooms together and owns the order of a cell: its lines that are no Python, compiling, running, its value,
its figures.  What users know of IPython works the same here or says that it needs IPython; there is no get_ipython,
by which libraries would take it for IPython.  Everything is imported with this module, before the first cell.
"""

from __future__ import annotations

import builtins
import codeop
import contextlib
import inspect
import os
import re
import sys
from pathlib import Path
from typing import Any, Iterator

from ...protocol.messages import Execute, Page, Traceback
from ..displays import emit, owner
from ..failures import text_of
from ..frames import hide_ours
from ..outlet import Outlet
from ..prompts import StdinNotImplementedError
from ..shell import Match, RunCoroutine
from .calls import Calls
from .compiling import CellCode, Compiler
from .completion import Completer
from .displaying import Displays
from .errors import UsageError
from .exiter import Exiter
from .figures import Figures
from .formatting import Wanted, bundle_of
from .history import History
from .inspection import Unknown, describe, find
from .magics import Magics
from .main_module import fresh_main
from .programs import Programs
from .tracebacks import Tracebacks
from .transform import CALLEE, ends_with_semicolon, transform

_WORD = re.compile(r"[^\W\d][\w.]*")
_INDENT = 4


class PlainShell:
    """The shell of this process; made once."""

    ipython_version = ""
    code_folder = str(Path(__file__).resolve().parent)
    stdin_refusal: type[Exception] = StdinNotImplementedError

    def __init__(self, outlet: Outlet) -> None:
        self.shown: Traceback | None = None
        self.shown_while_displaying: Traceback | None = None
        self._outlet = outlet
        self._number = 1
        self._is_quiet = False  # the cell ends in `;`
        self.namespace = fresh_main()
        self._history = History(self.namespace)
        self._compiler = Compiler()
        self._tracebacks = Tracebacks(self._compiler.numbers)
        self._displays = Displays(outlet, self._history, self.show_error)
        self._figures = Figures(self._show_figure)
        self._exits = (Exiter("exit"), Exiter("quit"))
        programs = Programs(self.namespace)
        self._magics = Magics(
            self.namespace,
            self._history,
            self._compiler,
            self._displays,
            self._figures,
            programs,
            self._run_source,
        )
        self._completer = Completer(self.namespace, self._magics.lines, self._magics.cells)
        self._install(Calls(self._magics, programs, self._show_page))

    def _install(self, calls: Calls) -> None:
        """What Python itself and the cells find of it."""
        shown = self._displays
        for name, value in (
            (CALLEE, calls),
            ("display", shown.display),
            ("update_display", shown.update_display),
            ("clear_output", shown.clear_output),
        ):
            setattr(builtins, name, value)
        self.namespace.update({"exit": self._exits[0], "quit": self._exits[1]})
        sys.displayhook = self._on_value
        sys.ps1, sys.ps2 = ">>> ", "... "
        sys.argv = [""]
        if "" not in sys.path:
            sys.path.insert(0, "")
        os.environ.update(
            TERM="xterm-color", CLICOLOR="1", FORCE_COLOR="1", CLICOLOR_FORCE="1", PAGER="cat", GIT_PAGER="cat"
        )
        self._figures.follow()

    @property
    def wants_exit(self) -> bool:
        return any(each.wants_exit for each in self._exits)

    @property
    def count(self) -> int:
        return self._number - 1

    # --- cells ------------------------------------------------------------------------------------------

    async def run(self, request: Execute, run_coroutine: RunCoroutine) -> BaseException | None:
        if not request.code.strip():
            return None
        self._compiler.number = self._number
        if request.store_history:
            self._history.begin(request.code, self._number)
        try:
            cell = self._prepared(request.code)
            if isinstance(cell, BaseException):
                return cell
            if cell.awaits:
                error: BaseException | None = await run_coroutine(self._run_awaiting(cell))
            else:
                error = self._run(cell)
            return self._flush_figures() or error
        finally:
            self._number += request.store_history

    def _prepared(self, code: str) -> CellCode | BaseException:
        """Compiled, or why it is not, which was shown: nothing of it has run then."""
        try:
            source = self._magics.python(code)
            self._is_quiet = ends_with_semicolon(source)
            return self._compiler.compile(source, code)
        except Exception as error:  # noqa: BLE001  # running a cell: compiling it, whatever that says
            error.__traceback__ = None
            self._show(error)
            return error

    def _run(self, cell: CellCode) -> BaseException | None:
        try:
            exec(cell.body, self.namespace)  # what this program is for
            if cell.value is not None:
                sys.displayhook(eval(cell.value, self.namespace))  # likewise
        except BaseException as error:  # noqa: BLE001  # running a cell
            self._show(error)
            return error
        return None

    async def _run_awaiting(self, cell: CellCode) -> BaseException | None:
        """Its errors are caught in here: out of a task, KeyboardInterrupt would end the loop."""
        try:
            body = eval(cell.body, self.namespace)  # as above
            if body is not None:
                await body
            if cell.value is not None:
                value = eval(cell.value, self.namespace)  # as above
                sys.displayhook(await value if cell.value.co_flags & inspect.CO_COROUTINE else value)
        except GeneratorExit:
            raise  # it is closed by force (interrupts.py)
        except BaseException as error:  # noqa: BLE001  # running a cell
            self._show(error)
            return error
        return None

    def _run_source(self, source: str) -> None:
        """The body of a cell magic; what it raises comes through."""
        python = self._magics.python(source)
        cell = self._compiler.compile(python, source)
        if cell.awaits:
            raise UsageError("A cell magic takes no await at the top level without IPython.")
        with self._quiet(ends_with_semicolon(python)):
            exec(cell.body, self.namespace)  # as above
            if cell.value is not None:
                sys.displayhook(eval(cell.value, self.namespace))  # as above

    @contextlib.contextmanager
    def _quiet(self, is_quiet: bool) -> Iterator[None]:
        before, self._is_quiet = self._is_quiet, is_quiet
        try:
            yield
        finally:
            self._is_quiet = before

    def _on_value(self, value: Any) -> None:
        """sys.displayhook."""
        if isinstance(value, Exiter):
            value()
        elif value is not None and not self._is_quiet:
            self._displays.show_value(value, self._number)

    def _flush_figures(self) -> BaseException | None:
        try:
            self._figures.flush()
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # running a cell: drawing what it made
            self._show(error)
            return error
        return None

    def _show_figure(self, figure: Any, metadata: dict[str, Any]) -> None:
        bundle = bundle_of(figure, Wanted(), self.show_error)
        bundle.metadata.update(metadata)
        if bundle.data:
            self._displays.publish(bundle)

    # --- errors -----------------------------------------------------------------------------------------

    def show_error(self) -> None:
        error = sys.exc_info()[1]
        assert error is not None  # by contract: called where one is handled
        self._show(error)

    def _show(self, error: BaseException) -> None:
        hide_ours(error)
        lines = self._tracebacks.of(error)
        if self._outlet.in_child:
            print("\n".join(lines), file=sys.stderr)
            return
        self.shown = Traceback(
            execution_id=owner(self._outlet),
            error_type=type(error).__name__,
            message=text_of(error),
            traceback=lines,
        )
        if self._displays.is_displaying:
            self.shown_while_displaying = self.shown
        self._outlet.emit(self.shown)

    def _show_page(self, text: str) -> None:
        """Beside the outputs."""
        emit(self._outlet, Page(execution_id=owner(self._outlet), data={"text/plain": text}))

    # --- looking ----------------------------------------------------------------------------------------

    def hides(self, name: str) -> bool:
        return False

    def complete(self, code: str, cursor: int) -> list[Match]:
        return self._completer.complete(code, cursor)

    def inspect(self, code: str, cursor: int, detail: int) -> dict[str, str] | None:
        name = _name_at(code, cursor)
        try:
            return {"text/plain": describe(find(name, self.namespace), name, detail)} if name else None
        except Unknown:
            return None

    def is_complete(self, code: str) -> tuple[str, int]:
        source = transform(code).source
        try:
            if codeop.compile_command(source + "\n", symbol="exec") is not None:
                return "complete", 0
        except (SyntaxError, ValueError, OverflowError):
            return "invalid", 0
        last = code.rstrip().rpartition("\n")[2]
        indent = len(last) - len(last.lstrip())
        return "incomplete", indent + (_INDENT if last.endswith(":") else 0)


def _name_at(code: str, cursor: int) -> str:
    """The dotted name that the cursor is in or right behind; behind a bracket, the function's."""
    before = code[:cursor].rpartition("\n")[2]
    start = max((found.start() for found in re.finditer(r"(?<![\w.])[^\W\d][\w.]*\Z", before)), default=None)
    if start is None:
        called = re.search(r"([^\W\d][\w.]*)\([^()]*\Z", before)
        return "" if called is None else called[1]
    rest = re.match(r"\w*", code[cursor:])
    return before[start:] + (rest[0] if rest is not None else "")
