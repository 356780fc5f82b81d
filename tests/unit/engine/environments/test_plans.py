from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.environments.plan import Plan, Refusal
from engine.environments.plans import create_plan, install_plan
from engine.environments.tools import Tools
from engine.interpreters.interpreter import Interpreter, Kind, Standing

HOME = Path("/data/analysis/.venv")
PYTHON = HOME / "bin/python"
VENV = Interpreter(
    path=PYTHON, name="analysis", kind=Kind.VENV, home=HOME, version="3.12.4", has_pip=True, has_ensurepip=True
)
UV = Path("/opt/uv")
CONDA = Path("/opt/conda/bin/mamba")
NO_TOOLS = Tools()


def _plan(found: Plan | Refusal) -> Plan:
    assert isinstance(found, Plan), found
    return found


def _refusal(found: Plan | Refusal) -> Refusal:
    assert isinstance(found, Refusal), found
    return found


def _of(kind: Kind, *, is_managed: bool = False) -> Interpreter:
    return replace(VENV, kind=kind, is_managed=is_managed)


def _conda(kind: Kind = Kind.CONDA) -> Interpreter:
    return replace(VENV, kind=kind, is_managed=True, is_conda=True)


def test_uv_installs_where_it_is_there() -> None:
    (step,) = _plan(install_plan(replace(VENV, has_pip=False), ["pandas"], Tools(uv=UV))).steps
    assert step.command == ("/opt/uv", "pip", "install", "--python", str(PYTHON), "--", "pandas")


def test_pip_of_the_environment_itself_installs_otherwise() -> None:
    (step,) = _plan(install_plan(VENV, ["pandas>=2, <3"], NO_TOOLS)).steps
    assert step.command[:4] == (str(PYTHON), "-m", "pip", "install")
    assert step.command[-2:] == ("--", "pandas>=2,<3")


def test_an_environment_without_pip_gets_it_first() -> None:
    first, second = _plan(install_plan(replace(VENV, has_pip=False), ["pandas"], NO_TOOLS)).steps
    assert first.command == (str(PYTHON), "-m", "ensurepip", "--default-pip")
    assert second.command[:3] == (str(PYTHON), "-m", "pip")


def test_a_missing_ensurepip_is_answered_with_debians_package() -> None:
    debian = Interpreter(
        path=Path("/usr/bin/python3"), name="Python 3.11", kind=Kind.SYSTEM, home=Path("/usr"), version="3.11.2"
    )
    words = _refusal(create_plan(Path("/data/new"), debian, [], NO_TOOLS)).words
    assert "sudo apt install python3.11-venv" in words
    bare = replace(VENV, has_pip=False, has_ensurepip=False)
    assert "uv" in _refusal(install_plan(bare, ["pandas"], NO_TOOLS)).words


def test_what_the_system_manages_is_refused_with_an_environment_offered() -> None:
    refusal = _refusal(install_plan(_of(Kind.SYSTEM, is_managed=True), ["pandas"], Tools(uv=UV)))
    assert refusal.offers_environment
    assert refusal.words == (
        "analysis is looked after by this system's own package manager. Packages that are installed in it by other "
        "means can break programs that need it. Make an environment instead: it is a folder of your own, where you "
        "install what you like."
    )


@pytest.mark.parametrize("one", [_of(Kind.SYSTEM), _conda()])
def test_what_the_user_may_not_write_is_refused_with_an_environment_offered(one: Interpreter) -> None:
    refusal = _refusal(install_plan(one, ["pandas"], Tools(uv=UV, conda=CONDA, may_write=False)))
    assert refusal.offers_environment
    assert refusal.words.startswith(f"Nothing can be installed in analysis: {HOME} is not yours to change.")
    _plan(create_plan(Path("/data/new"), one, [], Tools(uv=UV, may_write=False)))


def test_a_python_that_has_gone_is_not_installed_into() -> None:
    gone = replace(VENV, standing=Standing.MISSING, reason="its folder was removed.")
    assert "its folder was removed" in _refusal(install_plan(gone, ["pandas"], NO_TOOLS)).words


@pytest.mark.parametrize("one", [_conda(), _of(Kind.SYSTEM), _of(Kind.PYENV), _of(Kind.OWN)])
def test_what_others_use_too_is_changed_after_consent_only(one: Interpreter) -> None:
    assert _plan(install_plan(one, ["pandas"], NO_TOOLS)).needs_consent


@pytest.mark.parametrize("kind", [Kind.FOLDER, Kind.VENV, Kind.UV])
def test_pressing_install_is_consent_for_an_environment_of_ones_own(kind: Kind) -> None:
    plan = _plan(install_plan(_of(kind), ["pandas"], NO_TOOLS))
    assert not plan.needs_consent
    assert str(HOME) in plan.changes


def test_a_name_that_nobody_knows_is_looked_at_once_more() -> None:
    plan = _plan(install_plan(VENV, ["pnadas"], NO_TOOLS))
    assert plan.needs_consent
    assert "Check the spelling: pnadas" in plan.changes


@pytest.mark.parametrize("kind", [Kind.CONDA, Kind.FOLDER])
def test_conda_changes_a_conda_environment_wherever_it_is_and_what_runs_is_shown(kind: Kind) -> None:
    plan = _plan(install_plan(_conda(kind), ["opencv-python>=4"], Tools(conda=CONDA, uv=UV)))
    assert "another version" in plan.changes
    assert plan.needs_consent
    assert plan.shown == f"/opt/conda/bin/mamba install --yes --prefix {HOME} 'opencv>=4'"


@pytest.mark.parametrize(("packages", "by_pip"), [(["dask[complete]"], False), (["pandas"], True)])
def test_pip_changes_a_conda_environment_where_conda_cannot_or_is_not_to(packages: list[str], by_pip: bool) -> None:
    plan = _plan(install_plan(_conda(), packages, Tools(conda=CONDA), by_pip=by_pip))
    assert plan.steps[0].command[:3] == (str(PYTHON), "-m", "pip")
    assert plan.needs_consent


@pytest.mark.parametrize(
    "hostile", ["--index-url=http://x", "-e.", "http://x/y.whl", "a @ file:///x", "a b", "a;b", ""]
)
def test_nothing_but_a_name_reaches_an_installer(hostile: str) -> None:
    _refusal(install_plan(VENV, [hostile], Tools(uv=UV)))
    _refusal(create_plan(Path("/data/new"), VENV, [hostile], Tools(uv=UV)))


def test_an_address_goes_through_only_where_the_user_confirmed_it() -> None:
    address = "git+https://example.org/it"
    plan = _plan(install_plan(VENV, [address], NO_TOOLS, addresses=True))
    assert plan.steps[0].command[-1] == address
    assert plan.needs_consent
    _refusal(install_plan(VENV, ["--pre"], NO_TOOLS, addresses=True))


def test_each_package_is_named_once() -> None:
    plan = _plan(install_plan(VENV, ["numpy", "NumPy", "pandas"], NO_TOOLS))
    assert plan.wanted == ("numpy", "pandas")


def test_an_environment_is_made_by_uv_or_by_venv() -> None:
    folder = Path("/data/new/.venv")
    first, second = _plan(create_plan(folder, replace(VENV, has_ensurepip=False), ["numpy"], Tools(uv=UV))).steps
    assert first.command == ("/opt/uv", "venv", "--seed", "--python", str(PYTHON), str(folder))
    assert second.command[-4:] == ("--python", str(folder / "bin/python"), "--", "numpy")
    plan = _plan(create_plan(folder, VENV, [], NO_TOOLS))
    assert plan.steps[0].command == (str(PYTHON), "-m", "venv", str(folder))
    assert (plan.makes, plan.python) == (folder, folder / "bin/python")


def test_a_broken_base_makes_no_environment() -> None:
    broken = replace(VENV, standing=Standing.PARTIAL, reason="it is older than 3.10.")
    assert "older than 3.10" in _refusal(create_plan(Path("/data/new"), broken, [], NO_TOOLS)).words
