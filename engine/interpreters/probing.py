"""Completing what files told of an interpreter by running it once; what it says replaces what was read.

Keeps invariant 11: one of a notebook's own folder is run only where its caller says that the folder is trusted.  What a
run told is remembered in memory for as long as the interpreter's files are the same.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

from engine.errors import BrokenInvariant
from engine.interpreters.child_environment import child_environment, frozen_bundle
from engine.interpreters.interpreter import Interpreter, Kind, Standing, release, too_old
from engine.interpreters.prefix import site_folders
from engine.interpreters.probe_script import FLAGS, SCRIPT, Answer, read_answer
from engine.interpreters.reading import is_environment, printable, python_name, sight_of
from engine.interpreters.running import Finished, run
from engine.interpreters.untrusted_files import real

LIMIT_S = 10.0  # a conda environment on a cold disk takes one or two
_SAFE_FOLDER = Path("/")  # nobody but root can have put a module there
_REMEMBERED = 256
_WORDS_LIMIT = 300  # characters of what a failing one said last
_SYSTEM_REASONS = {
    errno.ENOEXEC: "is made for another kind of processor or system",
    errno.EACCES: "is no program that may be run",
    errno.ENOENT: "is gone, or the system lacks what it was built for",
    errno.ELOOP: "is a link that leads to itself",
}

Stamp = tuple[object, ...]


class Answers:
    """What runs told, by path, for as long as their stamp() is the same."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Stamp, Interpreter]] = {}

    def get(self, interpreter: Interpreter) -> Interpreter | None:
        """The known answer, with what only its caller knows (kind, name) as it is now."""
        kept, known = self._known.get(interpreter.path, ((), None))
        if known is None or kept != stamp(interpreter):
            return None
        is_nameless = interpreter.name == python_name("")
        return replace(known, kind=interpreter.kind, name=known.name if is_nameless else interpreter.name)

    def keep(self, before: Stamp, told: Interpreter) -> None:
        self._known.pop(told.path, None)
        while len(self._known) >= _REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[told.path] = (before, told)


_ANSWERS = Answers()


async def probe(
    interpreter: Interpreter, *, limit_s: float = LIMIT_S, trusted: bool = False, answers: Answers = _ANSWERS
) -> Interpreter:
    """interpreter with what running it tells.  One of which files say already that it runs no cells is left as it is.

    Raises BrokenInvariant for one of a notebook's folder that is not trusted.
    """
    if interpreter.kind is Kind.FOLDER and not trusted:
        raise BrokenInvariant(f"{interpreter.path} is a notebook folder's own and was not trusted: it is not run")
    if interpreter.standing is not Standing.USABLE:
        return interpreter
    if (known := answers.get(interpreter)) is not None:
        return known
    before = stamp(interpreter)  # before it runs: what is installed meanwhile is asked for again
    told = await _asked(interpreter, limit_s)
    if told.is_probed:
        answers.keep(before, told)
    return told


async def probe_all(
    interpreters: Iterable[Interpreter], *, at_once: int = 4, limit_s: float = LIMIT_S, trusted: bool = False
) -> AsyncIterator[Interpreter]:
    """Each as it completes; those of a notebook's folder are left out unless trusted.  Closing it ends what runs."""
    wanted = [one for one in interpreters if trusted or one.kind is not Kind.FOLDER]
    places = asyncio.Semaphore(at_once)

    async def one_of_them(one: Interpreter) -> Interpreter:
        async with places:
            return await probe(one, limit_s=limit_s, trusted=trusted)

    tasks = [asyncio.ensure_future(one_of_them(one)) for one in wanted]
    try:
        for done in asyncio.as_completed(tasks):
            yield await done
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def _asked(interpreter: Interpreter, limit_s: float) -> Interpreter:
    command = [str(interpreter.path), *FLAGS, SCRIPT]
    environment = child_environment(os.environ, bundle=frozen_bundle())
    try:
        done = await run(command, environment=environment, working_directory=_SAFE_FOLDER, limit_s=limit_s)
    except OSError as error:
        why = _SYSTEM_REASONS.get(error.errno or 0, f"cannot be started ({error.strerror or error})")
        return _failed(interpreter, f"{interpreter.path} {why}.")
    answer = read_answer(done.out)
    if answer is not None:
        return _completed(interpreter, answer)
    is_late = done.code is None  # it is there, and may be faster the next time
    return _failed(interpreter, _failure(done, limit_s), Standing.PARTIAL if is_late else Standing.MISSING)


def _completed(interpreter: Interpreter, answer: Answer) -> Interpreter:
    reason = _trouble(answer)
    home = Path(answer.prefix) if answer.prefix and not is_environment(interpreter.home) else interpreter.home
    is_nameless = interpreter.name == python_name("")
    return replace(
        interpreter,
        name=python_name(answer.version) if is_nameless else interpreter.name,
        home=home,
        version=printable(answer.version),
        standing=Standing.PARTIAL if reason else Standing.USABLE,
        reason=reason,
        packages={name: printable(version) for name, version in answer.packages.items()},
        is_managed=answer.is_managed,
        has_pip=answer.has_pip,
        has_venv=answer.has_venv,
        has_ensurepip=answer.has_ensurepip,
        is_probed=True,
    )


def _trouble(answer: Answer) -> str:
    """Why cells cannot be run with it as it is; "" where they can."""
    if answer.implementation != "CPython":
        return f"This is {printable(answer.implementation)}; cells need CPython, the usual Python."
    if not release(answer.version):
        return "It does not say which version it is."
    if reason := too_old(printable(answer.version)):
        return reason
    if answer.lacks:
        named = printable(", ".join(answer.lacks[:5]))
        return f"A part of its standard library is not installed ({named}); cells need all of it."
    return ""


def _failure(done: Finished, limit_s: float) -> str:
    """What happened instead of an answer, with its own last words."""
    lines = [line.strip() for line in (done.err or done.out).splitlines() if line.strip()]
    said = f" It said: {printable(lines[-1])[:_WORDS_LIMIT]}" if lines else ""
    if done.code is None:
        return f"It did not answer within {limit_s:g} s.{said}"
    if done.code < 0:
        return f"It does not start: it was ended by signal {-done.code}.{said}"
    if done.code > 0:
        return f"It does not start.{said}"
    return f"It does not answer as a Python does.{said}"


def _failed(interpreter: Interpreter, reason: str, standing: Standing = Standing.MISSING) -> Interpreter:
    return replace(interpreter, standing=standing, reason=reason)


def stamp(interpreter: Interpreter) -> Stamp:
    """Another once something was installed for it, or taken away: when what decides on its imports was last changed.

    Its python, its pyvenv.cfg and every folder that it may have packages in: its own, its base's, where an environment
    sees those, and the user's.  Some 30 looks at the disk; of whom only the path is known, Finder.describe it first.
    """
    home, version = interpreter.home, interpreter.version
    base = real(interpreter.path).parent.parent
    folders = [*site_folders(home, version), *sight_of(Path.home(), os.environ).user_site(version)]
    if base != home:
        folders += site_folders(base, version)
    return tuple(map(_changed_ns, (interpreter.path, home / "pyvenv.cfg", *folders)))


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except (OSError, ValueError):
        return 0
