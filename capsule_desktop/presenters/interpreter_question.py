"""What is asked before a start where no Python can be taken for the notebook: use the nearest, choose, or none.

Owns the question and what waits for its answer; asked by interpreters.py.  Invariant: there is one question at a time,
which all starts that wait are answered by, and which goes with the start that asked it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import assert_never

from capsule_desktop.interpreter_choice import Gone, NonePresent
from capsule_desktop.presenters.chooser import Chooser
from capsule_desktop.presenters.interpreter_views import gone_view
from capsule_desktop.presenters.parts import Parts
from capsule_desktop.widgets.message_dialog import Choice, MessageDialog
from engine.interpreters.interpreter import Interpreter


class InterpreterQuestion:
    """on_nearest: the user takes the one that was proposed."""

    def __init__(self, parts: Parts, chooser: Chooser, on_nearest: Callable[[Interpreter], None]) -> None:
        self._parts, self._chooser, self._on_nearest = parts, chooser, on_nearest
        self._answer: asyncio.Future[Interpreter | None] | None = None
        self._dialog: MessageDialog | None = None

    @property
    def is_waited_for(self) -> bool:
        """Whether a start waits for the answer."""
        return self._answer is not None and not self._answer.done()

    async def ask(self, decision: Gone | NonePresent) -> Interpreter | None:
        """None: the user wants none.  Cancelling takes the question off the screen and answers all with None."""
        if self._answer is None or self._answer.done():
            self._answer = asyncio.get_running_loop().create_future()
            self._show(decision)
        try:
            return await asyncio.shield(self._answer)
        except asyncio.CancelledError:
            self._withdraw()
            raise

    def settle(self, one: Interpreter | None) -> None:
        """Answer what waits, if anything does."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(one)

    def chooser_closed(self) -> None:
        """Without an answer, where nothing was chosen there and the question does not stand any more."""
        if self._dialog is None:
            self.settle(None)  # nothing where one was chosen

    def let_go(self) -> None:
        """The window goes: nobody answers any more.  A start that waits is given up by the kernel's own end."""
        self._answer = None
        self._withdraw()

    def _show(self, decision: Gone | NonePresent) -> None:
        match decision:
            case Gone():
                self._dialog = self._parts.ask(gone_view(decision), partial(self._on_answered, decision))
            case NonePresent():
                self._chooser.open()
            case _:
                assert_never(decision)

    def _on_answered(self, gone: Gone, choice: Choice) -> None:
        self._dialog = None
        match choice:
            case Choice.OK if gone.nearest is not None:
                self._on_nearest(gone.nearest)
                self.settle(gone.nearest)
            case Choice.CHOOSE:
                self._chooser.open()
            case _:
                self.settle(None)

    def _withdraw(self) -> None:
        self.settle(None)
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.dismiss()
        self._chooser.dismiss()
