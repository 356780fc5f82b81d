"""Which Python runs a notebook's cells, of those that were found: a pure decision, with why, or what is in the way.

The order is the same in a window and in a headless run; only who is asked differs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from pathlib import Path

from capsule_desktop.notebook.jupyter_kernel import JupyterKernel
from engine.interpreters.interpreter import Interpreter, Kind, Standing

_PLAIN = "Python "  # how one is called that has no name of its own


class Why(StrEnum):
    """What an interpreter was taken for; the first of these that gives one decides."""

    CHOSEN = auto()  # by the user, in this window
    RECORDED = auto()  # it ran the notebook last
    NAMED = auto()  # by the notebook's metadata
    KERNEL = auto()  # it is called as the Jupyter kernel is that the notebook names
    FOLDER = auto()  # the environment beside the notebook
    RECENT = auto()
    OWN = auto()
    BEST = auto()


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What is known of the notebook and of earlier ones.  name, version: of the one that its metadata names.

    kernel: what another tool ran it with.
    """

    chosen: str = ""
    recorded: str = ""
    name: str = ""
    version: str = ""
    kernel: JupyterKernel | None = None
    recent: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Taken:
    """passed_over: the environment beside the notebook that would have been taken, if cells could be run with it.

    unmet: the Jupyter kernel that the notebook names, where nothing here is called so; "" else.
    """

    interpreter: Interpreter
    why: Why
    passed_over: Interpreter | None = None
    unmet: str = ""


@dataclass(frozen=True, kw_only=True)
class Gone:
    """The one that was chosen once cannot be used.  reason: why, where it is still there; nearest: instead of it.

    name: what people call it; "" where only its path is known.
    """

    name: str
    version: str
    path: str = ""
    reason: str = ""
    nearest: Interpreter | None = None


@dataclass(frozen=True, kw_only=True)
class NonePresent:
    """No Python was found that can run cells."""


type Decision = Taken | Gone | NonePresent
type Nearest = Callable[[str, str, Sequence[Interpreter]], Interpreter | None]
type Default = Callable[[Sequence[Interpreter]], Interpreter | None]


def decide(wishes: Wishes, among: Sequence[Interpreter], nearest: Nearest, default: Default) -> Decision:
    """among: all that were found, those that wishes name by path included."""
    usable = tuple(one for one in among if one.standing is Standing.USABLE)
    by_path = {str(one.path): one for one in usable}
    if wishes.chosen:
        found = by_path.get(wishes.chosen)
        return _gone(wishes, among, nearest) if found is None else Taken(interpreter=found, why=Why.CHOSEN)
    if wishes.recorded in by_path:
        return Taken(interpreter=by_path[wishes.recorded], why=Why.RECORDED)
    if wishes.name and (found := named(wishes.name, wishes.version, usable)) is not None:
        return Taken(interpreter=found, why=Why.NAMED)
    if wishes.recorded or wishes.name:
        return _gone(wishes, among, nearest)
    if wishes.kernel is not None and (found := _of_kernel(wishes.kernel, usable)) is not None:
        return Taken(interpreter=found, why=Why.KERNEL)
    taken = _by_default(wishes, usable, default)
    return NonePresent() if taken is None else _with_what_is_missed(taken, wishes, among)


def named(name: str, version: str, among: Iterable[Interpreter]) -> Interpreter | None:
    """The folder's own before others of that name, then one of the same minor version; None where it is unclear.

    Many projects have a ".venv": one of another project is not what this notebook names.  A plain Python is called by
    its version ("Python 3.12.1"), and any of the same minor version is meant.
    """
    if name.startswith(_PLAIN):
        return next((one for one in among if one.name.startswith(_PLAIN) and minor(one.version) == version), None)
    return _meant([one for one in among if one.name == name], version)


def minor(version: str) -> str:
    """ "3.12" of "3.12.1"."""
    return ".".join(version.split(".")[:2])


def label_of(one: Interpreter) -> str:
    """ "Python 3.12 · .venv"; the distribution's has no name of its own."""
    python = f"Python {minor(one.version)}".strip()
    if one.kind is Kind.OWN:
        return f"{python} · Capsule’s own"
    return python if not one.name or one.name.startswith(_PLAIN) else f"{python} · {one.name}"


def passed_over_words(broken: Interpreter, taken: Interpreter) -> str:
    """Why the environment beside the notebook is not used, and what is used instead of it."""
    return f"The environment “{broken.name}” of this folder is not used. {broken.reason} Instead: {label_of(taken)}."


def unmet_words(kernel: str) -> str:
    """What the notebook names is not there; what runs its cells is to be said after it."""
    return f"This notebook names the kernel “{kernel}”, which was not found here."


def missed_words(taken: Taken) -> str:
    """What would have been taken rather, and what is taken instead; "" where nothing is missed."""
    unmet = unmet_words(taken.unmet) if taken.unmet else ""
    if taken.passed_over is not None:
        return f"{unmet} {passed_over_words(taken.passed_over, taken.interpreter)}".strip()
    return f"{unmet} Its cells run in {label_of(taken.interpreter)}." if unmet else ""


def _meant(same: Sequence[Interpreter], version: str) -> Interpreter | None:
    """Of those of one name."""
    own = next((one for one in same if one.kind is Kind.FOLDER), None)
    elsewhere = [one for one in same if not one.name.startswith(".")]
    alike = (one for one in elsewhere if minor(one.version) == version)
    return own or next(alike, elsewhere[0] if elsewhere else None)


def _of_kernel(kernel: JupyterKernel, among: Iterable[Interpreter]) -> Interpreter | None:
    return _meant([one for one in among if one.name.casefold() in kernel.names], kernel.version)


def _gone(wishes: Wishes, among: Sequence[Interpreter], nearest: Nearest) -> Gone:
    """A broken one of that path or name says why by itself; one that is gone is known by no more than its path."""
    path = wishes.chosen or wishes.recorded
    broken = next((one for one in among if str(one.path) == path), None)
    if broken is None and not wishes.name.startswith("."):
        broken = next((one for one in among if one.name == wishes.name), None)
    has_name_of_its_own = broken is not None and broken.name != broken.path.name  # one that is gone has its program's
    if broken is None or broken.standing is Standing.USABLE or not has_name_of_its_own:
        broken = None
    name = wishes.name or ("" if broken is None else broken.name)
    version = wishes.version or ("" if broken is None else minor(broken.version))
    like = name or (Path(path).parent.parent.name if path else "")
    reason = "" if broken is None else broken.reason
    return Gone(name=name, version=version, path=path, reason=reason, nearest=nearest(like, version, among))


def _by_default(wishes: Wishes, usable: Sequence[Interpreter], default: Default) -> Taken | None:
    """The folder's own; else, where the notebook names a kernel, one of its minor version before others."""
    beside = next((one for one in usable if one.kind is Kind.FOLDER), None)
    if beside is not None:
        return Taken(interpreter=beside, why=Why.FOLDER)
    version = "" if wishes.kernel is None else wishes.kernel.version
    alike = [one for one in usable if version and minor(one.version) == version]
    return _of_anybody(wishes.recent, alike, default) or _of_anybody(wishes.recent, usable, default)


def _of_anybody(recent: Iterable[str], among: Sequence[Interpreter], default: Default) -> Taken | None:
    by_path = {str(one.path): one for one in among}
    last = next((by_path[path] for path in recent if path in by_path), None)
    own = next((one for one in among if one.kind is Kind.OWN), None)
    for found, why in ((last, Why.RECENT), (own, Why.OWN), (default(among), Why.BEST)):
        if found is not None:
            return Taken(interpreter=found, why=why)
    return None


def _with_what_is_missed(taken: Taken, wishes: Wishes, among: Sequence[Interpreter]) -> Taken:
    unmet = "" if wishes.kernel is None else wishes.kernel.shown
    if taken.why is Why.FOLDER:
        return replace(taken, unmet=unmet)
    broken = next((one for one in among if one.kind is Kind.FOLDER and one.standing is not Standing.USABLE), None)
    return replace(taken, passed_over=broken, unmet=unmet)
