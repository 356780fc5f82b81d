"""The shell that runs the cells: IPython's, with a notebook's outputs.

Owns its set-up as ipykernel has it: the user's profile, extensions and start-up files, the environment
for programs, file names for cells, the inline backend.  Outputs must be those of ipykernel, cell by cell,
so two names are borrowed on purpose: the class is called ZMQInteractiveShell and its configuration has an
IPKernelApp section, because pandas, rich, tqdm and others tell a notebook by them.  There is no
`kernel` attribute: what needs one needs Jupyter's messages.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any, Iterator

from IPython.core import page
from IPython.core.autocall import ZMQExitAutocall
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell, InteractiveShellABC
from IPython.utils.process import system  # type: ignore[attr-defined]  # its home differs by system
from traitlets import Any as AnyTrait
from traitlets import CBool, Instance, Type, default

from ...protocol.messages import NextInput, Page, Traceback
from ..displays import owner, plain
from ..frames import hide_ours
from ..outlet import Outlet
from .displays import LogDisplayHook, LogDisplayPublisher
from .magics import NotebookMagics


class ZMQInteractiveShell(InteractiveShell):
    """A notebook's InteractiveShell."""

    outlet: Outlet = AnyTrait()  # type: ignore[assignment]  # a trait
    display_pub: LogDisplayPublisher
    displayhook: LogDisplayHook
    displayhook_class = Type(LogDisplayHook)
    display_pub_class = Type(LogDisplayPublisher)
    readline_use = CBool(False)
    autoindent = CBool(False)
    exiter = Instance(ZMQExitAutocall)
    keepkernel_on_exit: bool | None = None
    shown: Traceback | None = None  # the last one of the cell that runs
    shown_while_displaying: Traceback | None = None  # one from a value's own repr: the cell has failed by it too

    @default("exiter")
    def _default_exiter(self) -> ZMQExitAutocall:
        return ZMQExitAutocall(self)

    def init_environment(self) -> None:
        """What programs need to know of a notebook: colours, no pagers."""
        os.environ.update(
            TERM="xterm-color", CLICOLOR="1", FORCE_COLOR="1", CLICOLOR_FORCE="1", PAGER="cat", GIT_PAGER="cat"
        )

    def init_display_pub(self) -> None:
        super().init_display_pub()
        self.display_pub.outlet = self.outlet

    def init_displayhook(self) -> None:
        super().init_displayhook()
        self.displayhook.outlet = self.outlet

    def init_hooks(self) -> None:
        super().init_hooks()
        self.set_hook("show_in_pager", page.as_hook(self._show_page), 99)

    def init_magics(self) -> None:
        super().init_magics()
        self.register_magics(NotebookMagics)
        self.magics_manager.register_alias("ed", "edit")

    def init_virtualenv(self) -> None:
        """Nothing, as in ipykernel: the interpreter that runs is the one that was chosen."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Only "no event loop": asyncio has the main thread."""
        if gui not in (None, "inline", "asyncio"):
            raise UsageError(f"The event loop of {gui!r} cannot run in this notebook; try %matplotlib inline")

    def system(self, cmd: str) -> None:
        """`!cmd`: on a terminal of its own, what it prints shown as it comes; its status in _exit_code."""
        if cmd.rstrip().endswith("&"):
            raise OSError("Background processes not supported.")
        self.user_ns["_exit_code"] = system(self.var_expand(cmd, depth=1))

    system_piped = system

    @contextlib.contextmanager
    def _tee(self, channel: str) -> Iterator[None]:
        """Not IPython 9's, which keeps every printed text in memory for %notebook and triples its cost."""
        yield

    def ask_exit(self) -> None:
        """`exit` and `quit`: the kernel goes when the cell has ended."""
        self.exit_now = not self.keepkernel_on_exit

    def set_next_input(self, s: str, replace: bool = False) -> None:
        self.outlet.emit(NextInput(execution_id=owner(self.outlet), text=s, replace=replace))

    def _show_page(self, text: Any, start: int = 0, screen_lines: int = 0, pager_cmd: str | None = None) -> None:
        data = text if isinstance(text, dict) else {"text/plain": text}
        self.outlet.emit(Page(execution_id=owner(self.outlet), data=plain(data)))

    def _get_exc_info(self, exc_tuple: Any = None) -> Any:
        kind, value, traceback = super()._get_exc_info(exc_tuple)
        hide_ours(value)
        return kind, value, value.__traceback__ if value.__traceback__ is not None else traceback

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        if etype is GeneratorExit:
            return  # the cell's coroutine is closed by force (interrupts.py), which is shown otherwise
        if self.outlet.in_child:
            print(self.InteractiveTB.stb2text(stb), file=sys.stderr)
            return
        self.shown = Traceback(
            execution_id=owner(self.outlet), error_type=etype.__name__, message=str(evalue), traceback=list(stb)
        )
        if self.displayhook.is_displaying:
            self.shown_while_displaying = self.shown
        self.outlet.emit(self.shown)


InteractiveShellABC.register(ZMQInteractiveShell)
