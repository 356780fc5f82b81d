"""input() and getpass(): an Input frame in the log, then waiting for the application's answer.

Owns the questions that wait and their numbers.  Any thread may ask; the main thread waits in a way that
SIGINT breaks.  The reader thread brings the answers (main.py).  Whoever attaches while a question waits
finds it at the end of the log.
"""

from __future__ import annotations

import builtins
import getpass
import threading
import warnings
from typing import Any

from ..protocol.messages import BACKGROUND, Input, InputResponse
from .outlet import Outlet
from .owners import OWNER

_REMEMBERED = 1000  # executions whose numbers of questions are known: a thread of an old one may ask again


class StdinNotImplementedError(NotImplementedError):
    """Nobody can be asked; named as IPython's."""


class _Question:
    def __init__(self) -> None:
        self.answered = threading.Event()
        self.answer = InputResponse(execution_id="", input_number=0, eof=True)


class Prompts:
    """What cells ask of whoever sits before the notebook."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._lock = threading.Lock()
        self._waiting: dict[tuple[str, int], _Question] = {}
        self._asked: dict[str, int] = {}  # questions so far, by execution
        self.allowed = True
        self.refusal: type[Exception] = StdinNotImplementedError  # the shell's, once there is one

    def begin(self) -> None:
        """A cell begins: what an earlier one made of input() is undone, as in Jupyter."""
        builtins.input = self.input
        getpass.getpass = self.getpass

    def answer(self, response: InputResponse) -> None:
        """From the reader thread.  An answer to what nobody asks any more is dropped."""
        with self._lock:
            question = self._waiting.pop((response.execution_id, response.input_number), None)
        if question is not None:
            question.answer = response
            question.answered.set()

    def input(self, prompt: object = "", /) -> str:
        """Read a line from the user, in the notebook."""
        if not self.allowed:
            raise self.refusal("raw_input was called, but this frontend does not support input requests.")
        return self._ask(str(prompt), password=False)

    def getpass(self, prompt: str = "Password: ", stream: Any = None, *, echo_char: str | None = None) -> str:
        """Read a line from the user without showing it."""
        if not self.allowed:
            raise self.refusal("getpass was called, but this frontend does not support input requests.")
        for name, value in (("stream", stream), ("echo_char", echo_char)):
            if value is not None:
                warnings.warn(
                    f"The `{name}` parameter of `getpass.getpass` will have no effect in a notebook",
                    UserWarning,
                    stacklevel=2,
                )
        return self._ask(prompt, password=True)

    def _ask(self, prompt: str, *, password: bool) -> str:
        execution_id = OWNER.get() or self._outlet.running or BACKGROUND
        question = _Question()
        with self._lock:
            number = self._asked.pop(execution_id, 0) + 1
            self._asked[execution_id] = number  # now the youngest
            if len(self._asked) > _REMEMBERED:
                del self._asked[next(iter(self._asked))]
            key = (execution_id, number)
            self._waiting[key] = question
        try:
            self._outlet.emit(Input(execution_id=key[0], input_number=key[1], prompt=prompt, password=password))
            question.answered.wait()
        except KeyboardInterrupt:
            raise KeyboardInterrupt("Interrupted by user") from None  # ipykernel's words
        finally:
            with self._lock:
                self._waiting.pop(key, None)
        if question.answer.eof:
            raise EOFError
        return question.answer.data
