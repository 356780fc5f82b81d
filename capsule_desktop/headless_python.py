"""Which Python a headless run starts: nobody can be asked.

One that is named on the command line is run once before, so that what is wrong with it is said in words.  Where none is
named: the notebook's own choice, what is called as its Jupyter kernel, the environment beside it (to run a notebook is
to trust its folder), the application's own, the best there is.  What the window used last is nothing for a script that
is to do the same every day.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import assert_never

from capsule_desktop.finding import Finding, load
from capsule_desktop.interpreter_choice import (
    Gone,
    NonePresent,
    Taken,
    Wishes,
    decide,
    label_of,
    passed_over_words,
    unmet_words,
)
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.jupyter_kernel import jupyter_kernel
from capsule_desktop.notebook.named_interpreter import named_interpreter
from engine.errors import WorkerStartError
from engine.interpreters.interpreter import Interpreter, Kind, Standing
from engine.session.default_python import named_python


async def python_of(
    document: Document, folder: Path, say: Callable[[str], None], load: Callable[[], Finding] = load
) -> str:
    """The path of the one to start; say tells which, where it is not the application's own, and what is missed.

    Raises WorkerStartError, with what can be named on the command line instead.
    """
    finding = await asyncio.to_thread(load)
    among = await asyncio.to_thread(finding.finder.find, folder)
    named = named_interpreter(document.metadata)
    kernel = jupyter_kernel(document.metadata)
    wishes = Wishes(kernel=kernel) if named is None else Wishes(name=named.name, version=named.version)
    decision = decide(wishes, among, finding.nearest, finding.default)
    match decision:
        case Taken(interpreter=one):
            _tell(decision, say)
            return str(one.path)
        case Gone():
            raise WorkerStartError(_gone_words(decision))
        case NonePresent():
            raise WorkerStartError(
                "No Python was found on this computer that can run cells. Install Python 3.10 or later, or name one "
                "with --kernel-python."
            )
        case _:
            assert_never(decision)


async def named_one(named: str, load: Callable[[], Finding] = load) -> str:
    """The path of what a command line names: a program, by path or by a name on PATH, or an environment's folder.

    Raises WorkerStartError, with why it cannot run cells.
    """
    finding = await asyncio.to_thread(load)
    is_path = os.sep in named and await asyncio.to_thread(os.path.lexists, named)
    path = Path(named if is_path else await named_python(named))
    one = await asyncio.to_thread(finding.finder.describe, path)
    program = await asyncio.to_thread(shutil.which, str(path))
    if one.standing is Standing.MISSING and program is not None:
        # it is there under a name that is no Python's: whoever names it on a command line means it
        one = Interpreter(path=one.path, name=path.name, kind=Kind.SYSTEM, home=one.path.parent.parent)
    async for told in finding.probe([one], True):
        one = told
    if one.standing is not Standing.USABLE:
        raise WorkerStartError(f"{named} cannot run cells: name another one with --kernel-python. {one.reason}")
    return str(one.path)


def _tell(taken: Taken, say: Callable[[str], None]) -> None:
    one = taken.interpreter
    if taken.passed_over is not None:
        say(passed_over_words(taken.passed_over, one))
    if taken.unmet or one.kind is not Kind.OWN:
        unmet = f"{unmet_words(taken.unmet)} " if taken.unmet else ""
        say(f"{unmet}Its cells run in {label_of(one)}: {one.path}")


def _gone_words(gone: Gone) -> str:
    version = f" (Python {gone.version})" if gone.version else ""
    why = f"cannot run cells: {gone.reason}" if gone.reason else "is not on this computer."
    return f"The environment “{gone.name}”{version}, which the notebook names, {why} {_instead(gone.nearest)}"


def _instead(nearest: Interpreter | None) -> str:
    if nearest is None:
        return "Name another one with --kernel-python."
    return f"The nearest is {label_of(nearest)}: to use it, say --kernel-python {nearest.path}"
