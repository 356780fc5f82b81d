"""Which commands make an environment or put packages into one; pure: values in, a Plan or a Refusal out.

uv where it is there, else venv and pip.  Never sudo, never --break-system-packages: what a distribution looks after is
refused in words, and an environment of the user's own offered in its place.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from engine.environments.conda_names import conda_word
from engine.environments.known_packages import is_well_known
from engine.environments.plan import Plan, Refusal, Step
from engine.environments.requirements import (
    NotAPackage,
    Requirement,
    confirmed_address,
    names_in_words,
    requirement,
)
from engine.environments.tools import Tools
from engine.interpreters.distributions import normalised
from engine.interpreters.interpreter import Interpreter, Kind, Standing

# the distribution's is changed by others, too; a pyenv's and our own are used by more than one notebook
_SHARED = frozenset({Kind.SYSTEM, Kind.PYENV, Kind.OWN})
_KEEPERS = {Kind.SYSTEM: "this system's own package manager", Kind.UV: "uv"}
_INSTEAD = "Make an environment instead: it is a folder of your own, where you install what you like."
_PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input")


def install_plan(
    interpreter: Interpreter,
    packages: Sequence[str],
    tools: Tools,
    *,
    addresses: bool = False,
    by_pip: bool = False,
) -> Plan | Refusal:
    """Put packages into interpreter's environment.

    addresses: the user typed them himself and confirmed that one may be an address.  by_pip: into a conda environment
    by pip, since conda does not have every package.
    """
    refusal = _unchangeable(interpreter, tools)
    if refusal is not None:
        return refusal
    wanted = _wanted(packages, addresses=addresses)
    if isinstance(wanted, Refusal):
        return wanted
    if not wanted:
        return Refusal(words="No package was named.")
    steps = _install_steps(interpreter, wanted, tools, by_pip=by_pip)
    if isinstance(steps, Refusal):
        return steps
    return Plan(
        title=f"Install {names_in_words(wanted)} in {interpreter.name}",
        steps=steps,
        changes=_changes(interpreter, wanted),
        needs_consent=_is_shared(interpreter) or not all(is_well_known(each.key) for each in wanted),
        home=interpreter.home,
        python=interpreter.path,
        wanted=tuple(each.name for each in wanted),
    )


def create_plan(
    folder: Path, base: Interpreter, packages: Sequence[str], tools: Tools, *, addresses: bool = False
) -> Plan | Refusal:
    """Make a virtual environment in folder, of base, with packages."""
    if base.standing is not Standing.USABLE:
        return Refusal(words=f"{base.name} cannot make an environment: {base.reason or 'it is not there any more'}")
    wanted = _wanted(packages, addresses=addresses)
    if isinstance(wanted, Refusal):
        return wanted
    python = environment_python(folder)
    if tools.uv is not None:
        # with pip (--seed), which %pip in a cell takes: uv's environments have none otherwise
        making: tuple[str, ...] = (str(tools.uv), "venv", "--seed", "--python", str(base.path), str(folder))
    elif base.has_ensurepip:
        making = (str(base.path), "-m", "venv", str(folder))
    else:
        return Refusal(words=no_ensurepip(base))
    steps = [Step(command=making, words=f"Making an environment of {base.name}")]
    if wanted:
        steps.append(_pip_step(python, wanted, tools))
    return Plan(
        title=f"Make the environment {folder.name}",
        steps=tuple(steps),
        changes=_creation(folder, base, wanted),
        needs_consent=False,
        home=folder,
        python=python,
        makes=folder,
        wanted=tuple(each.name for each in wanted),
    )


def environment_python(folder: Path) -> Path:
    """What runs cells in the virtual environment in folder."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def no_ensurepip(base: Interpreter) -> str:
    """What to do where Python cannot make an environment with pip."""
    if base.kind is Kind.SYSTEM:
        minor = ".".join(base.version.split(".")[:2]) or "3"
        return (
            f"Debian and Ubuntu keep the part of Python that makes environments in the package python{minor}-venv, "
            f"which is not installed. Run this in a terminal, and try again:\nsudo apt install python{minor}-venv"
        )
    return (
        f"{base.name} was built without the part that installs pip (ensurepip). Choose another Python, or install uv, "
        "which needs no pip."
    )


def _is_shared(interpreter: Interpreter) -> bool:
    """Whether it is asked before: of a conda environment, since there conda or pip is a choice, with consequences."""
    return interpreter.is_conda or interpreter.kind in _SHARED


def _unchangeable(interpreter: Interpreter, tools: Tools) -> Refusal | None:
    if interpreter.standing is Standing.MISSING:
        words = interpreter.reason or "it is not there any more."
        return Refusal(words=f"Nothing can be installed in {interpreter.name}: {words}", offers_environment=True)
    if interpreter.is_managed and not interpreter.is_conda:
        return Refusal(
            words=(
                f"{interpreter.name} is looked after by {_KEEPERS.get(interpreter.kind, 'others')}. Packages that are "
                f"installed in it by other means can break programs that need it. {_INSTEAD}"
            ),
            offers_environment=True,
        )
    if not tools.may_write:
        words = f"Nothing can be installed in {interpreter.name}: {interpreter.home} is not yours to change. {_INSTEAD}"
        return Refusal(words=words, offers_environment=True)
    return None


def _wanted(packages: Sequence[str], *, addresses: bool) -> tuple[Requirement, ...] | Refusal:
    """Each once, as it was named first."""
    wanted: dict[str, Requirement] = {}
    for package in packages:
        found = confirmed_address(package) if addresses else requirement(package)
        if isinstance(found, NotAPackage):
            return Refusal(words=found.words)
        wanted.setdefault(normalised(found.word), found)
    return tuple(wanted.values())


def _install_steps(
    interpreter: Interpreter, wanted: tuple[Requirement, ...], tools: Tools, *, by_pip: bool
) -> tuple[Step, ...] | Refusal:
    if interpreter.is_conda and tools.conda is not None and not by_pip:
        words = [conda_word(each) for each in wanted]
        if None not in words:
            return (_conda_step(interpreter, tools.conda, [word for word in words if word is not None], wanted),)
    install = _pip_step(interpreter.path, wanted, tools)
    if tools.uv is not None or interpreter.has_pip:
        return (install,)
    if not interpreter.has_ensurepip:
        return Refusal(words=no_ensurepip(interpreter))
    ensure = (str(interpreter.path), "-m", "ensurepip", "--default-pip")
    return Step(command=ensure, words="Installing pip, which is not there yet"), install


def _conda_step(interpreter: Interpreter, conda: Path, words: list[str], wanted: tuple[Requirement, ...]) -> Step:
    command = (str(conda), "install", "--yes", "--prefix", str(interpreter.home), *words)
    return Step(command=command, words=f"Installing {names_in_words(wanted)}")


def _pip_step(python: Path, wanted: tuple[Requirement, ...], tools: Tools) -> Step:
    """“--” last: what follows is never taken for an option, whatever it is."""
    words = [each.word for each in wanted]
    if tools.uv is not None:
        command = (str(tools.uv), "pip", "install", "--python", str(python), "--", *words)
    else:
        command = (str(python), *_PIP, "--", *words)
    return Step(command=command, words=f"Installing {names_in_words(wanted)}")


def _changes(interpreter: Interpreter, wanted: tuple[Requirement, ...]) -> str:
    what = f"{names_in_words(wanted)}, and what {'it needs' if len(wanted) == 1 else 'they need'}, will be downloaded"
    sentences = [f"{what} and put into {interpreter.home}."]
    if interpreter.is_conda:
        sentences.append("Other packages of this conda environment may be brought to another version for it.")
    match interpreter.kind:
        case Kind.CONDA:
            pass
        case Kind.SYSTEM | Kind.PYENV:
            sentences.append("Everything that uses this Python will find them.")
        case Kind.OWN:
            sentences.append("That is the environment this application itself runs in.")
        case Kind.FOLDER | Kind.VENV | Kind.UV:
            sentences.append("Nothing outside this folder is changed.")
    unknown = [each for each in wanted if not each.is_address and not is_well_known(each.key)]
    if unknown:
        sentences.append(
            f"Check the spelling: {names_in_words(unknown)} is none of the packages that are known here, and anybody "
            "can publish one under any name that is free."
        )
    if any(each.is_address for each in wanted):
        sentences.append("What is at an address is run while it is installed: be sure that you trust it.")
    return " ".join(sentences)


def _creation(folder: Path, base: Interpreter, wanted: tuple[Requirement, ...]) -> str:
    version = f"Python {base.version}" if base.version else base.name
    made = f"The folder {folder} will be made, with {version} from {base.path}."
    packages = f" {names_in_words(wanted)} will be downloaded and put into it." if wanted else ""
    return f"{made}{packages} Nothing else is changed."
