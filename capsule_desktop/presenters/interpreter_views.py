"""Interpreters as the chooser shows them: section, words for kind and standing, badges, and what a choice does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from capsule_desktop.interpreter_choice import Gone, label_of, minor
from capsule_desktop.widgets.interpreter_rows import InterpreterRow, Section
from capsule_desktop.widgets.message_dialog import Choice, MessageButton, MessageView
from engine.interpreters.interpreter import Interpreter, Kind, Standing

BADGES = {"numpy": "numpy", "pandas": "pandas", "ipython": "IPython"}  # by the names they are installed under
_SECTIONS: Mapping[Kind, Section] = {
    Kind.FOLDER: Section.FOLDER,
    Kind.VENV: Section.ENVIRONMENTS,
    Kind.UV: Section.ENVIRONMENTS,
    Kind.CONDA: Section.ENVIRONMENTS,
    Kind.PYENV: Section.PYENV,
    Kind.SYSTEM: Section.SYSTEM,
    Kind.OWN: Section.OWN,
}
_KINDS: Mapping[Kind, str] = {
    Kind.FOLDER: "environment of this folder",
    Kind.VENV: "virtual environment",
    Kind.UV: "made by uv",
    Kind.CONDA: "conda environment",
    Kind.PYENV: "pyenv",
    Kind.SYSTEM: "system",
    Kind.OWN: "runs this application, too",
}
_STANDINGS: Mapping[Standing, str] = {
    Standing.USABLE: "",
    Standing.PARTIAL: "Cannot run cells",
    Standing.MISSING: "Missing",
}
_CANCEL = MessageButton(label="Cancel", choice=Choice.CANCEL)
_CHOOSE = MessageButton(label="Choose…", choice=Choice.CHOOSE)


def rows_of(
    among: Sequence[Interpreter],
    *,
    current: str,
    is_running: bool = False,
    recent: Collection[str],
    added: Collection[Path] = (),
    running_version: str,
) -> tuple[InterpreterRow, ...]:
    """current: the path of the one that runs cells now (is_running), or will.

    running_version: whose variables could be restored.  added: were not found, but browsed for, or used once.
    One that was found under two paths is shown once, under the current path if that is one of them.
    """
    shown: dict[tuple[Path, str, Kind], InterpreterRow] = {}
    for one in among:
        key = (one.home, one.version, one.kind)
        if key not in shown or str(one.path) == current:
            shown[key] = _row(
                one,
                current=current,
                is_running=is_running,
                recent=recent,
                is_added=one.path in added,
                running_version=running_version,
            )
    return tuple(shown.values())


def _row(
    one: Interpreter,
    *,
    current: str,
    is_running: bool,
    recent: Collection[str],
    is_added: bool,
    running_version: str,
) -> InterpreterRow:
    path = str(one.path)
    is_of_nobody = is_added and one.kind is Kind.SYSTEM  # it is what nothing else is known of
    is_recent = path in recent and one.kind is not Kind.FOLDER
    return InterpreterRow(
        path=path,
        name=one.name,
        section=Section.RECENT if is_recent or is_of_nobody else _SECTIONS[one.kind],
        version=one.version,
        kind=_added_kind(one) if is_of_nobody else _KINDS[one.kind],
        place=shown_path(path),
        packages=tuple(
            f"{shown} {minor(one.packages[name])}" for name, shown in BADGES.items() if name in one.packages
        ),
        standing=_STANDINGS[one.standing],
        reason=one.reason,
        is_current=path == current,
        is_running=is_running and path == current,
        is_recent=is_recent,
        is_restorable=bool(running_version) and minor(one.version) == minor(running_version),
    )


def _added_kind(one: Interpreter) -> str:
    return "used before" if one.standing is Standing.MISSING else "chosen by you"


def consequence(after: str, *, is_running: bool, only: str = "") -> str:
    """What a choice does while Python has variables.  after: of the last checkpoint, "cell 5"; "" for none.

    only: the version that the checkpoint can be restored in, where that is another: code does not load in any other.
    """
    stopped = "; the running cell is stopped, and" if is_running else ";"
    ends = f"Python will be restarted{stopped} the variables of the running one end with it."
    if not after:
        return f"{ends} There is no checkpoint of them: save one first if you need them."
    which = f"which only Python {only} can restore in full" if only else "which can be restored"
    return f"{ends} They are in the last checkpoint (after {after}), {which}."


def what_to_do(*, has_uv: bool) -> str:
    """Where no Python was found."""
    safe = "The notebook can be read and edited, but its cells need a Python to run."
    if has_uv:
        return f"{safe} “uv python install” in a terminal fetches one; then open this again."
    return (
        f"{safe} On Debian and Ubuntu “sudo apt install python3 python3-venv” installs one, on Fedora “sudo dnf "
        "install python3”; elsewhere see python.org. Then open this again; Browse finds one in an unusual place."
    )


def gone_view(gone: Gone) -> MessageView:
    """The one that the notebook names, or that ran it last, cannot be used: asked once, before the first cell runs."""
    what = f"The environment “{gone.name}”" if gone.name else f"The Python that ran it last, {shown_path(gone.path)},"
    version = f" (Python {gone.version})" if gone.version else ""
    why = f"cannot run cells: {gone.reason}" if gone.reason else "is not here any more."
    nearest = "" if gone.nearest is None else f" Nearest: {_described(gone.nearest)}."
    use_it = () if gone.nearest is None else (MessageButton(label="Use it", choice=Choice.OK),)
    return MessageView(
        heading="Which Python is to run this notebook?",
        text=f"{what}{version} {why}{nearest} The cell waits; the notebook and its outputs are as they were.",
        buttons=(_CANCEL, _CHOOSE, *use_it),
        escape=Choice.CANCEL,
    )


def details_of(one: Interpreter) -> str:
    """For the tool tip of the title bar."""
    hint = "" if "ipython" in one.packages else " · no IPython"
    return f"{one.path}{hint}"


def _described(one: Interpreter) -> str:
    """ "“.venv”, Python 3.12, with numpy and pandas"."""
    named = label_of(one) if one.name.startswith("Python") else f"“{one.name}”, Python {minor(one.version)}"
    there = [shown for name, shown in BADGES.items() if name in one.packages]
    words = there if len(there) < 2 else [", ".join(there[:-1]) + f" and {there[-1]}"]
    return f"{named}, with {words[0]}" if words else named


def shown_path(path: str) -> str:
    """Short, for reading."""
    home = Path.home()
    return f"~/{Path(path).relative_to(home)}" if Path(path).is_relative_to(home) else path
