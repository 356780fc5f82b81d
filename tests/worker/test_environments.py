"""Environments made and changed by real programs, without a network: packages come from a wheel made here."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from engine.environments.plan import Plan, Refusal, Step
from engine.environments.plan_run import Ended, Outcome, PlanRun, Progress
from engine.environments.plans import create_plan, install_plan
from engine.environments.tools import Tools
from engine.interpreters.interpreter import Interpreter, Kind
from tests.support.logs import ExpectedLogs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups are not there")

NO_TOOLS = Tools()
MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
BASE = Interpreter(
    path=Path(sys.base_prefix) / f"bin/python{MINOR}",
    name=f"Python {MINOR}",
    kind=Kind.PYENV,
    home=Path(sys.base_prefix),
    version=platform.python_version(),
    has_pip=True,
    has_ensurepip=True,
)
needs_base = pytest.mark.skipif(not BASE.path.exists(), reason=f"there is no {BASE.path}")
needs_ensurepip = pytest.mark.skipif(find_spec("ensurepip") is None, reason="this Python has no ensurepip")


def _wheel(folder: Path, name: str = "capsule_test_words", version: str = "1.5") -> Path:
    """The smallest wheel that pip takes."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "word = 'here'\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return folder


def _environment(wheels: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))},
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
    }


def _run(plan: Plan | Refusal, environment: dict[str, str], told: list[Progress] | None = None) -> PlanRun:
    assert isinstance(plan, Plan), plan
    tell = (lambda _: None) if told is None else told.append
    return PlanRun(plan, environment=environment, bundle=None, on_progress=tell, python_words=BASE.name)


def _shell(script: str, tmp_path: Path, *, makes: bool = False) -> Plan:
    """A plan whose program is a script that waits or fails as an installer might."""
    home = tmp_path / "made"
    step = Step(command=("/bin/sh", "-c", script.replace("HOME", str(home))), words="Installing it")
    return Plan(
        title="Install it",
        steps=(step,),
        changes="",
        needs_consent=False,
        home=home,
        python=home / "bin/python",
        makes=home if makes else None,
        wanted=("it",),
    )


@needs_base
@needs_ensurepip
@pytest.mark.time_limit(60)
async def test_an_environment_is_made_and_a_package_put_into_it_with_words_all_along(tmp_path: Path) -> None:
    elsewhere = {"PIP_USER": "1", "PIP_TARGET": str(tmp_path / "else"), "PIP_PREFIX": str(tmp_path / "else")}
    environment = {**_environment(_wheel(tmp_path / "wheels")), **elsewhere}  # what a shell may have set for all pips
    told: list[Progress] = []
    plan = create_plan(tmp_path / "new", BASE, ["capsule-test-words"], NO_TOOLS)
    outcome = await _run(plan, environment, told).run()
    assert (outcome.ended, outcome.versions) == (Ended.DONE, {"capsule-test-words": "1.5"}), outcome
    assert outcome.words == f"{tmp_path / 'new'} was made, with capsule-test-words 1.5."
    assert told[0].words == f"Making an environment of {BASE.name}"
    assert "Unpacking capsule-test-words" in {each.words for each in told}
    assert list((tmp_path / "new").glob("lib/python3*/site-packages/capsule_test_words.py"))

    made = Interpreter(
        path=tmp_path / "new/bin/python", name="new", kind=Kind.VENV, home=tmp_path / "new", has_pip=True
    )
    again = await _run(install_plan(made, ["capsule-nowhere"], NO_TOOLS), environment).run()
    assert (again.ended, "no package “capsule-nowhere”" in again.words) == (Ended.FAILED, True)
    assert "variables are as they were" in again.words


@needs_base
async def test_a_file_called_pip_beside_the_notebook_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    await _run(install_plan(BASE, ["capsule-nowhere"], NO_TOOLS), _environment(tmp_path)).run()
    assert not (tmp_path / "ran").exists()


async def _under_way(plan: Plan) -> tuple[PlanRun, asyncio.Task[Outcome]]:
    """A run that has said "Collecting it"."""
    begun = asyncio.Event()
    running = PlanRun(
        plan,
        environment=os.environ,
        bundle=None,
        on_progress=lambda p: begun.set() if p.line == "Collecting it" else None,
    )
    work = asyncio.create_task(running.run())
    await begun.wait()
    return running, work


async def test_cancelling_takes_away_the_folder_that_was_half_made(tmp_path: Path) -> None:
    plan = _shell("mkdir HOME; touch HOME/half; echo Collecting it; exec sleep 60", tmp_path, makes=True)
    running, work = await _under_way(plan)
    assert (tmp_path / "made").exists()
    running.stop()
    outcome = await work
    assert outcome.ended is Ended.STOPPED
    assert "was taken away again" in outcome.words
    assert not (tmp_path / "made").exists()


async def test_a_cancelled_install_says_that_packages_may_have_stayed(tmp_path: Path) -> None:
    running = _run(_shell("exec sleep 60", tmp_path), dict(os.environ))
    work = asyncio.create_task(running.run())
    await asyncio.sleep(0)
    running.stop()
    outcome = await work
    assert (outcome.ended, "may have stayed" in outcome.words) == (Ended.STOPPED, True)


async def test_the_applications_end_kills_what_runs_and_leaves_nothing_half_made(tmp_path: Path) -> None:
    plan = _shell("mkdir HOME; echo Collecting it; exec sleep 60", tmp_path, makes=True)
    _, work = await _under_way(plan)
    work.cancel()
    await asyncio.wait((work,))
    assert work.cancelled()
    assert not (tmp_path / "made").exists()


async def test_cancelled_twice_the_command_has_ended_before_its_folder_is_taken_away(tmp_path: Path) -> None:
    script = "trap 'echo interrupted' INT; mkdir HOME; echo pid $$; sleep 60 & while :; do wait; done"
    lines: asyncio.Queue[str] = asyncio.Queue()
    plan = _shell(script, tmp_path, makes=True)
    running = PlanRun(plan, environment=os.environ, bundle=None, on_progress=lambda p: lines.put_nowait(p.line))
    work = asyncio.create_task(running.run())
    while not (line := await lines.get()).startswith("pid "):
        pass
    work.cancel()
    while await lines.get() != "interrupted":
        pass
    work.cancel()  # while it has its time to tidy up
    await asyncio.wait((work,))
    with pytest.raises(ProcessLookupError):
        os.kill(int(line.removeprefix("pid ")), 0)
    assert (work.cancelled(), (tmp_path / "made").exists()) == (True, False)


async def test_a_folder_that_is_there_already_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine").write_text("kept")
    outcome = await _run(_shell("rm -r HOME", tmp_path, makes=True), dict(os.environ)).run()
    assert (outcome.ended, "is there already" in outcome.words) == (Ended.FAILED, True)
    assert (tmp_path / "made" / "mine").read_text() == "kept"


@pytest.mark.parametrize("is_link", [False, True])
async def test_an_empty_folder_that_was_there_is_empty_again_and_stays(tmp_path: Path, is_link: bool) -> None:
    folder = tmp_path / "made"
    mine = tmp_path / "elsewhere" if is_link else folder
    mine.mkdir()
    if is_link:
        folder.symlink_to(mine)
    script = "mkdir HOME/bin; touch HOME/cfg; ln -s bin HOME/lib; exit 3"
    outcome = await _run(_shell(script, tmp_path, makes=True), dict(os.environ)).run()
    assert outcome.words.endswith(f"The folder {folder} is empty again; nothing else was changed.")
    assert (folder.is_symlink(), list(mine.iterdir())) == (is_link, [])


async def test_what_could_not_be_taken_away_is_not_said_to_be_gone(tmp_path: Path, expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.environments", "was not taken away")
    script = "mkdir HOME-2; ln -s HOME-2 HOME; exit 3"  # a link is not removed as a folder
    outcome = await _run(_shell(script, tmp_path, makes=True), dict(os.environ)).run()
    assert f"What was half made in {tmp_path / 'made'} could not be taken away" in outcome.words
    assert "nothing else was changed" not in outcome.words


async def test_where_there_is_no_place_to_work_in_it_ends_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    outcome = await _run(_shell("exit 0", tmp_path), dict(os.environ)).run()
    assert outcome.ended is Ended.FAILED
    assert outcome.words.startswith("It could not be begun: No such file or directory.")


async def test_an_unknown_failure_shows_the_last_lines(tmp_path: Path) -> None:
    outcome = await _run(_shell("echo first; echo something odd >&2; exit 3", tmp_path), dict(os.environ)).run()
    assert (outcome.ended, outcome.words.splitlines()[0]) == (Ended.FAILED, "something odd")
    assert "first" in outcome.log


async def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    gone = Interpreter(path=tmp_path / "gone", name="gone", kind=Kind.VENV, home=tmp_path, has_pip=True)
    outcome = await _run(install_plan(gone, ["pandas"], NO_TOOLS), dict(os.environ)).run()
    assert (outcome.ended, str(tmp_path / "gone") in outcome.words) == (Ended.FAILED, True)
