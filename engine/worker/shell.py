"""The seam between the worker and what runs its cells: IPython's shell, or the plain one where there is no IPython.

errands.py opens one of the two (opening.py) and hands it to cells.py and introspect.py; nobody else knows which
one it is.  A shell owns the namespace dict, which is never replaced (invariant 7), and shows what a cell raises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Awaitable, Callable, Coroutine, Protocol

from ..protocol.messages import Execute, Traceback

RunCoroutine = Callable[[Coroutine[Any, Any, Any]], Awaitable[Any]]  # as a task of the loop that can be interrupted


@dataclass(frozen=True)
class Match:
    """One completion: what to put into the code from start to end.

    kind: what it is ("function", "module", …), None where nobody knows.
    """

    text: str
    kind: str | None
    start: int
    end: int


class Shell(Protocol):
    """What the worker needs of a shell."""

    shown: Traceback | None  # the last one of the cell that runs
    shown_while_displaying: Traceback | None  # one from a value's own repr: the cell has failed by it too

    @property
    def ipython_version(self) -> str:
        """\"\" for the plain one."""

    @property
    def code_folder(self) -> str:
        """Where its code lies: frames of it are between the worker and the cell's."""

    @property
    def stdin_refusal(self) -> type[Exception]:
        """What input() raises where nobody can be asked."""

    @property
    def namespace(self) -> dict[str, Any]:
        """The variables, __main__'s own dict."""

    @property
    def count(self) -> int:
        """The number of the cell that runs, or ran last."""

    @property
    def wants_exit(self) -> bool:
        """Whether a cell called exit or quit."""

    async def run(self, request: Execute, run_coroutine: RunCoroutine) -> BaseException | None:
        """Run a cell; what it raised, which was shown.  Code without a top-level await runs to its end at once."""

    def show_error(self) -> None:
        """Show the exception that is handled now."""

    def hides(self, name: str) -> bool:
        """Whether what the name stands for is the shell's own and no variable of the user's."""

    def complete(self, code: str, cursor: int) -> list[Match]:
        """What may stand at the cursor (a character's index)."""

    def inspect(self, code: str, cursor: int, detail: int) -> dict[str, str] | None:
        """What is known of the name at the cursor, by MIME type; detail 1 with its source.  None for no such name."""

    def is_complete(self, code: str) -> tuple[str, int]:
        """ "complete", "incomplete" or "invalid", and by how much a next line is indented."""
