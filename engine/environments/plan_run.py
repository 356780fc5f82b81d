"""A plan being carried out: its commands one after the other, what they say as it comes, and how it ended, in words.

Keeps that nothing half made is left: what a plan made goes again unless the plan came to its end.  No command's
working folder is a notebook's, where a file called pip.py or uv.toml would be found.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum, auto
from pathlib import Path
from typing import assert_never

from engine.environments.failures import failure_words, last_lines
from engine.environments.made_folder import MadeFolder, is_in_use
from engine.environments.plan import Plan, Step
from engine.environments.progress_words import brought, progress_words
from engine.interpreters.child_environment import child_environment
from engine.interpreters.running import run

LINES_KEPT = 2000  # of all commands together: the first ones go, and the log says so
_LEFT_IN_PLACE = "Your notebook and its variables are as they were."
GRACE_S = 3.0  # an interrupted installer takes back what it began
# they put packages elsewhere than the plan says
_ELSEWHERE = frozenset({"PIP_PREFIX", "PIP_ROOT", "PIP_TARGET"})
# no questions, no colours, no news of their own, nothing fetched but packages, and no settings of whatever folder
_QUIET = {
    "PIP_NO_INPUT": "1",
    "PIP_USER": "0",  # nor below the home folder, where pip goes by itself when it may not write
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_PROGRESS_BAR": "off",
    "PYTHONUNBUFFERED": "1",
    "PYTHONSAFEPATH": "1",
    "UV_NO_PROGRESS": "1",
    "UV_PYTHON_DOWNLOADS": "never",
    "NO_COLOR": "1",
    "TERM": "dumb",
    "CONDA_ALWAYS_YES": "true",
    "MAMBA_NO_BANNER": "1",
}


class Ended(StrEnum):
    DONE = auto()
    FAILED = auto()
    STOPPED = auto()


@dataclass(frozen=True, kw_only=True)
class Progress:
    """words: what is being done; step counts from 1; line: what a command just printed, "" for none."""

    step: int
    steps: int
    words: str
    line: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """words: what happened, what is left of it, and what to do next.  log: what the commands printed, its end.

    versions: of the packages that were asked for, as far as the installer said them.
    """

    ended: Ended
    words: str
    log: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


class PlanRun:
    """One carrying out of a plan; run() once.  stop() ends it with an Outcome, cancelling run() without one."""

    def __init__(
        self,
        plan: Plan,
        *,
        environment: Mapping[str, str],
        bundle: Path | None,
        on_progress: Callable[[Progress], None],
        python_words: str = "",
    ) -> None:
        self._plan = plan
        self._environment = {
            name: value
            for name, value in {**child_environment(environment, bundle=bundle), **_QUIET}.items()
            if name not in _ELSEWHERE
        }
        self._on_progress = on_progress
        self._python_words = python_words
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._words = ""
        self._is_stopped = False
        self._working: asyncio.Task[str] | None = None

    def stop(self) -> None:
        """End the command that runs, and come to an Outcome."""
        self._is_stopped = True
        if self._working is not None:
            self._working.cancel()

    async def run(self) -> Outcome:
        """Carry it out.  Cancelling kills what runs, and takes away a folder that is half made."""
        makes = self._plan.makes
        if makes is not None and await asyncio.to_thread(is_in_use, makes):
            words = f"{makes} is there already, and nothing was changed. Choose another folder."
            return Outcome(ended=Ended.FAILED, words=words)
        made = None if makes is None else await asyncio.to_thread(MadeFolder.before, makes)
        ended, failure, left = Ended.FAILED, "", _LEFT_IN_PLACE
        try:
            ended, failure = await self._carried_out()
        except OSError as error:
            failure = failure_words(str(error), python="") or f"It could not be begun: {error.strerror or error}."
        finally:
            if made is not None and ended is not Ended.DONE:
                left = made.left_words(is_gone=await asyncio.shield(asyncio.to_thread(made.take_away)))
        return self._outcome(ended, failure, left)

    async def _carried_out(self) -> tuple[Ended, str]:
        """How it ended, and what went wrong.  Raises OSError where there is no place to work in."""
        folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="capsule-")
        try:
            for number, step in enumerate(self._plan.steps, start=1):
                failure = "" if self._is_stopped else await self._step(number, step, Path(folder))
                if self._is_stopped:
                    return Ended.STOPPED, ""
                if failure:
                    return Ended.FAILED, failure
            return Ended.DONE, ""
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    async def _step(self, number: int, step: Step, folder: Path) -> str:
        """What went wrong, "" for nothing; "" as well where it was stopped."""
        self._words = step.words
        self._lines.append(f"$ {step.line}")
        self._tell(number, f"$ {step.line}")
        self._working = asyncio.create_task(self._command(number, step, folder), name=f"plan step {number}")
        await _ended(self._working)
        return "" if self._working.cancelled() else self._working.result()

    async def _command(self, number: int, step: Step, folder: Path) -> str:
        try:
            finished = await run(
                step.command,
                environment=self._environment,
                working_directory=folder,
                grace_s=GRACE_S,
                on_line=lambda line: self._take(number, line),
            )
        except OSError as error:
            return f"{step.command[0]} cannot be started: {error.strerror or error}."
        if finished.code == 0:
            return ""
        said = f"{finished.out}\n{finished.err}"
        known = failure_words(said, python=self._python_words)
        return known or last_lines(finished.err) or last_lines(finished.out) or _code_words(finished.code)

    def _take(self, number: int, line: str) -> None:
        self._lines.append(line)
        self._words = progress_words(line) or self._words
        self._tell(number, line)

    def _tell(self, number: int, line: str) -> None:
        progress = Progress(step=number, steps=len(self._plan.steps), words=self._words, line=line)
        self._on_progress(progress)

    def _outcome(self, ended: Ended, failure: str, left: str) -> Outcome:
        lines = list(self._lines)
        if len(lines) == LINES_KEPT:
            lines[0] = "… (what came before is not kept)"
        versions = brought(lines, self._plan.wanted)
        match ended:
            case Ended.DONE:
                words = _done_words(self._plan, versions)
            case Ended.FAILED:
                words = f"{failure}\n\n{left}"
            case Ended.STOPPED:
                words = _stayed_words(self._plan) if self._plan.makes is None else left
            case _:
                assert_never(ended)
        return Outcome(ended=ended, words=words, log="\n".join(lines), versions=versions)


async def _ended(work: asyncio.Task[str]) -> None:
    """Wait for the end of work, however often this is cancelled: work is as often, and a second time ends it at once.

    What it changes must not be touched before.
    """
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait((work,))
        except asyncio.CancelledError as error:
            cancelled = error
            work.cancel()
    if cancelled is not None:
        raise cancelled


def cancel_words(plan: Plan) -> str:
    """What Cancel would mean now, to be said beside the button."""
    if plan.makes is not None:
        return f"Cancel takes what is made in {plan.makes} away again."
    return "If you cancel, packages that were put in until then stay."


def _stayed_words(plan: Plan) -> str:
    return f"Packages that were put into {plan.home} until then may have stayed there."


def _done_words(plan: Plan, versions: Mapping[str, str]) -> str:
    said = [f"{name} {versions[name]}" if name in versions else name for name in plan.wanted]
    names = " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]]))
    if plan.makes is not None:
        return f"{plan.makes} was made" + (f", with {names}." if names else ".")
    return f"{names} {'was' if len(said) == 1 else 'were'} installed."


def _code_words(code: int | None) -> str:
    if code is not None and code < 0:
        return "It was ended from outside, perhaps because memory ran out."
    return f"It failed with exit code {code} and said nothing."
