"""Which Python the user chose for one notebook, and which one ran it last: in this window, in the file, in the store.

Owns the choice; asked and told by interpreters.py.  It is kept in the notebook's metadata by name once the user made
one, and in the store by path each time one was started.  Invariant: what cannot be started replaces no earlier choice,
and what the user did not pick out is nothing for other notebooks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from capsule_desktop.interpreter_choice import Wishes, minor
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.jupyter_kernel import jupyter_kernel
from capsule_desktop.notebook.named_interpreter import NamedInterpreter, named_interpreter, with_interpreter
from engine.commands import KeepInterpreter
from engine.interpreters.interpreter import Interpreter


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """As the user made it, or as it was found."""

    chosen: str
    recorded: str
    named: NamedInterpreter | None


class ChosenInterpreter:
    """keep: have the store record the path that it names."""

    def __init__(self, document: Document, keep: Callable[[KeepInterpreter], object]) -> None:
        self._document, self._keep = document, keep
        self._chosen = self._recorded = ""
        self._before: _Choice | None = None  # holds again where what was chosen since cannot be started
        self._picked = ""  # the path of what is for other notebooks, too, once it has started

    @property
    def wanted(self) -> tuple[str, str]:
        """The paths of what was chosen here and of what ran last, "" for none."""
        return self._chosen, self._recorded

    def wishes(self, recent: tuple[str, ...]) -> Wishes:
        """recent: the paths that other notebooks were run with."""
        named = named_interpreter(self._document.metadata)
        return Wishes(
            chosen=self._chosen,
            recorded=self._recorded,
            name="" if named is None else named.name,
            version="" if named is None else named.version,
            kernel=jupyter_kernel(self._document.metadata),
            recent=recent,
        )

    def found_recorded(self, path: str) -> None:
        """The store says so by itself."""
        self._recorded = path

    def choose(self, one: Interpreter, *, picked: bool) -> None:
        """The user said so: the notebook names it from now on.  picked: of all there are, not taken as proposed."""
        named = named_interpreter(self._document.metadata)
        self._before = self._before or _Choice(chosen=self._chosen, recorded=self._recorded, named=named)
        self._chosen = str(one.path)
        self._picked = self._chosen if picked else ""
        self._name(NamedInterpreter(name=one.name, version=minor(one.version)))
        self._record(self._chosen)

    def started(self, one: Interpreter) -> bool:
        """It is ready; another may have been chosen while it started.  Whether other notebooks are to run with it."""
        path = str(one.path)
        if self._chosen in ("", path):
            self._before = None
            self._record(path)
        if path != self._picked:
            return False
        self._picked = ""
        return True

    def take_back(self, failed: Interpreter) -> bool:
        """It cannot be started.  Whether it was what the user chose: what was chosen before it holds again."""
        before = self._before
        if before is None or str(failed.path) != self._chosen:
            return False
        self._before, self._chosen, self._picked = None, before.chosen, ""
        self._name(before.named)
        self._record(before.recorded)
        return True

    def _record(self, path: str) -> None:
        if path != self._recorded:
            self._recorded = path
            self._keep(KeepInterpreter(path=path))

    def _name(self, named: NamedInterpreter | None) -> None:
        if named_interpreter(self._document.metadata) != named:
            self._document.set_metadata(with_interpreter(self._document.metadata, named))
