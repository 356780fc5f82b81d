"""The manual page says all that the command line takes."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess

import pytest

from capsule_desktop import cli
from installers.linux.share import filled
from installers.project import read_project


def _page() -> str:
    return filled("capsule-desktop.1", read_project())


@pytest.mark.parametrize("parser", [cli._window_parser(), cli._run_parser()], ids=["windows", "run"])
def test_every_option_is_explained(parser: argparse.ArgumentParser) -> None:
    explained = set(re.findall(r"--?[a-z][a-z-]*", _page().replace("\\-", "-")))
    options = {word for action in parser._actions for word in action.option_strings}
    assert options - explained == set()


def test_no_option_is_explained_that_is_not_taken() -> None:
    parsers = (cli._window_parser(), cli._run_parser())
    taken = {word for parser in parsers for action in parser._actions for word in action.option_strings}
    assert set(re.findall(r"(?<![\w/])--[a-z][a-z-]*", _page().replace("\\-", "-"))) - taken == set()


def test_groff_has_nothing_to_say_against_it() -> None:
    if not shutil.which("groff"):
        pytest.skip("groff is not installed")
    command = ["groff", "-man", "-ww", "-Tutf8", "-z"]
    done = subprocess.run(command, input=_page(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
