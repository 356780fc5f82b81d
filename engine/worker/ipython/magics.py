"""The magics that a notebook has beyond a terminal's, by the names and words of ipykernel.

edit, clear, less, more, man and autosave work as there; connect_info, qtconsole and subshell say that
there is nothing of the kind here.  Registered by shell.py.
"""

from __future__ import annotations

from pathlib import Path

from IPython.core import page
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_magic, magics_class
from IPython.display import Javascript, display
from IPython.utils import openpy


@magics_class
class NotebookMagics(Magics):
    """Line magics of notebooks."""

    shell: InteractiveShell

    @line_magic
    def edit(self, parameter_s: str = "") -> None:
        """Put a file's text, or lines of the history, into a new cell."""
        self.shell.run_line_magic("load", parameter_s)

    @line_magic
    def clear(self, arg_s: str) -> None:
        """Clear the terminal."""
        self.shell.system("clear")

    @line_magic
    def less(self, arg_s: str) -> None:
        """Show a file through the pager; Python files are highlighted."""
        if not arg_s:
            raise UsageError("Missing filename.")
        if arg_s.endswith(".py"):
            page.page(self.shell.pycolorize(openpy.read_py_file(arg_s, skip_encoding_cookie=False)))
        else:
            page.page(Path(arg_s).read_text(encoding="utf-8"))

    @line_magic
    def more(self, arg_s: str) -> None:
        """Show a file through the pager; Python files are highlighted."""
        self.shell.run_line_magic("less", arg_s)

    @line_magic
    def man(self, arg_s: str) -> None:
        """Find a manual page and show it in the pager."""
        page.page(self.shell.getoutput(f"man {arg_s} | col -b", split=False))

    @line_magic
    def autosave(self, arg_s: str) -> None:
        """Set the autosave interval in seconds, for front ends that have one."""
        try:
            interval = int(arg_s)
        except ValueError as error:
            raise UsageError(f"%autosave requires an integer, got {arg_s!r}") from error
        script = f"IPython.notebook.set_autosave_interval({1000 * interval})"
        display(Javascript(script), include=["application/javascript"])
        print(f"Autosaving every {interval} seconds" if interval else "Autosave disabled")

    @line_magic
    def connect_info(self, arg_s: str) -> None:
        """Jupyter's connection file, which there is none of here."""
        raise UsageError("This notebook's kernel has no Jupyter connection file.")

    @line_magic
    def qtconsole(self, arg_s: str) -> None:
        """A second front end, which this kernel does not take."""
        raise UsageError("No Qt console can be connected to this notebook's kernel.")

    @line_magic
    def subshell(self, arg_s: str) -> None:
        """Subshells, which this kernel has none of."""
        print("Kernel does not support subshells")
