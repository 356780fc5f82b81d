"""The command line's own answers, and that it imports Qt for windows only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from capsule_desktop import app, cli


def test_the_version_names_what_it_stands_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    words = capsys.readouterr().out
    assert words.startswith("capsule-desktop ")
    assert f"Python {sys.version.split()[0]}" in words
    assert "PySide6" in words


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"]])
def test_help_names_the_options(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 0
    assert ("--allow-errors" if "run" in arguments else "FILE") in capsys.readouterr().out


def test_files_are_opened_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []

    def main(files: list[Path]) -> int:
        opened.extend(files)
        return 7

    monkeypatch.setattr(app, "main", main)
    assert cli.main(["a.ipynb", "./run"]) == 7
    assert opened == [Path("a.ipynb"), Path("run")]


@pytest.mark.parametrize("arguments", [["--version"], ["run", "--help"], ["run", "missing.ipynb"]])
def test_without_a_window_qt_is_never_imported(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom capsule_desktop.cli import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        "print([name for name in sys.modules if name.startswith(('PySide6', 'qasync'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.splitlines()[-1] == "[]"
