"""The command line's own answers, and that it imports Qt for windows only."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from capsule_desktop import app, cli
from capsule_desktop.hand_over import HandOver
from capsule_desktop.single_instance import Start
from engine.interpreters.child_environment import START_TOKENS


def test_the_version_names_what_it_stands_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    words = capsys.readouterr().out
    assert words.startswith("Capsule Desktop ")
    assert f"Python {sys.version.split()[0]}" in words
    for name in ("PySide6", "Qt", "qasync", "resonate-sdk", "msgpack", "cloudpickle", "IPython", "Platform"):
        assert f"\n{name} " in words


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"]])
def test_help_names_the_options(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 0
    assert ("--allow-errors" if "run" in arguments else "FILE") in capsys.readouterr().out


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What windows were opened for; the command ends with 7 then."""
    files: list[Path] = []

    def main(paths: list[Path], start: Start, _again: Callable[[], Start]) -> int:
        files.extend(paths)
        assert not start.is_beside
        if start.instance is not None:
            start.instance.release()
        return 7

    monkeypatch.setattr(app, "main", main)
    return files


def test_files_are_opened_in_windows_by_their_absolute_paths(opened: list[Path]) -> None:
    assert cli.main(["a.ipynb", "./run"]) == 7
    assert opened == [Path.cwd() / "a.ipynb", Path.cwd() / "run"]


def test_what_a_desktop_calls_a_file_is_opened(opened: list[Path]) -> None:
    assert cli.main(["file:///tmp/a%20%FF.ipynb", "file://localhost/b.ipynb", "file://elsewhere/c.ipynb"]) == 7
    assert opened == [
        Path(os.fsdecode(b"/tmp/a \xff.ipynb")),
        Path("/b.ipynb"),
        Path.cwd() / "file:" / "elsewhere" / "c.ipynb",
    ]


def test_a_separate_start_asks_nobody(
    opened: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "begin", lambda *_: pytest.fail("it has asked"))
    assert cli.main(["--separate", "/a.ipynb"]) == 7
    assert (opened, capsys.readouterr().err) == ([Path("/a.ipynb")], "")


def test_a_start_that_handed_its_files_over_opens_nothing(opened: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "begin", lambda *_: Start(is_handed_over=True))
    assert cli.main(["/a.ipynb"]) == 0
    assert opened == []


def test_why_nothing_could_be_handed_over_is_said(
    opened: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "begin", lambda *_: Start(why="It hangs."))
    assert cli.main(["/a.ipynb"]) == 7
    assert capsys.readouterr().err == "capsule-desktop: It hangs. This start opens windows of its own.\n"
    assert opened == [Path("/a.ipynb")]


def test_whether_to_open_beside_another_is_asked_in_a_window_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[list[Path], Start, Start]] = []
    hangs, taken = Start(why="It hangs.", is_beside=True), Start(is_handed_over=True)
    answers = iter((hangs, taken))

    def main(files: list[Path], start: Start, again: Callable[[], Start]) -> int:
        asked.append((files, start, again()))
        return 0

    monkeypatch.setattr(app, "main", main)
    monkeypatch.setattr(cli, "begin", lambda *_: next(answers))
    assert cli.main(["/a.ipynb"]) == 0
    assert asked == [([Path("/a.ipynb")], hangs, taken)]
    assert capsys.readouterr().err == "capsule-desktop: It hangs. This start asks in a window what to do.\n"


@pytest.mark.parametrize(
    ("environment", "token"),
    [
        ({"XDG_ACTIVATION_TOKEN": "wayland", "DESKTOP_STARTUP_ID": "x11_TIME1"}, "wayland"),
        ({"XDG_ACTIVATION_TOKEN": "", "DESKTOP_STARTUP_ID": "x11_TIME1"}, "x11_TIME1"),
        ({}, ""),
    ],
)
def test_what_the_desktop_gave_a_start_is_handed_on(
    environment: dict[str, str], token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[HandOver] = []

    def begin(request: HandOver, *_: object) -> Start:
        handed.append(request)
        return Start(is_handed_over=True)

    for name in START_TOKENS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(cli, "begin", begin)
    cli.main(["/a.ipynb"])
    assert [request.activation_token for request in handed] == [token]


def test_asking_the_one_that_runs_imports_neither_qt_nor_the_engine() -> None:
    """Python itself takes longer than the rest of such a start."""
    code = "import sys\nfrom capsule_desktop import cli\ncli.begin = lambda *_: cli.Start(is_handed_over=True)\n"
    code += "cli.main(['a.ipynb'])\nprint([n for n in sys.modules if n.split('.')[0] in "
    code += "('PySide6', 'qasync', 'asyncio', 'nbformat', 'resonate', 'logging', 'subprocess')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "[]\n"


@pytest.mark.parametrize("arguments", [["--version"], ["run", "--help"], ["run", "missing.ipynb"]])
def test_without_a_window_qt_is_never_imported(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom capsule_desktop.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        "print([name for name in sys.modules if name.startswith(('PySide6', 'qasync'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.splitlines()[-1] == "[]"
