"""What apt and pip say about a newer version, captured from them, and what is made of it."""

from __future__ import annotations

import pytest

from capsule_desktop.update_check import (
    Available,
    Finding,
    Newest,
    NotKnown,
    lookup_command,
    nobody_to_ask,
    read_lookup,
)
from capsule_desktop.versions import Installed

PYTHON = "/home/me/my env/bin/python"
APT = """capsule-desktop:
  Installed: 0.1.0-1
  Candidate: {candidate}
  Version table:
{others} *** 0.1.0-1 100
{own}        100 /var/lib/dpkg/status
"""
NEWER = "     0.2.0-1 500\n        500 http://example.org bookworm/main amd64 Packages\n"
SOURCE = "        500 http://example.org bookworm/main amd64 Packages\n"
PIP = "capsule-desktop (0.10.0)\nAvailable versions: 0.10.0, 0.9.0\n  INSTALLED: 0.9.0\n  LATEST:    0.10.0\n"
EXPERIMENTAL = (
    "WARNING: pip index is currently an experimental command. It may be removed/changed in a future release.\n"
)
NOTHING = f"{EXPERIMENTAL}ERROR: No matching distribution found for capsule-desktop\n"
RETRYING = "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\n"


def found(kind: Installed, output: str = "", errors: str = "", *, code: int = 0, own: str = "0.9.0") -> Finding:
    return read_lookup(kind, PYTHON, code, output, errors, own_version=own)


def why(finding: Finding) -> str:
    assert isinstance(finding, NotKnown)
    return finding.why


def test_apt_offers_a_newer_one() -> None:
    finding = found(Installed.DEB, APT.format(candidate="0.2.0-1", others=NEWER, own=""))
    assert isinstance(finding, Available)
    assert (finding.version, "apt install capsule-desktop" in finding.command) == ("0.2.0-1", True)


def test_apt_has_what_is_installed() -> None:
    finding = found(Installed.DEB, APT.format(candidate="0.1.0-1", others="", own=SOURCE))
    assert isinstance(finding, Newest)
    assert finding.version == "0.1.0-1"
    assert "list of packages" in finding.note


def test_a_package_that_was_installed_from_a_file_is_not_said_to_be_the_newest() -> None:
    assert "from a file" in why(found(Installed.DEB, APT.format(candidate="0.1.0-1", others="", own="")))


@pytest.mark.parametrize(("output", "code"), [("", 0), ("capsule-desktop:\n  Candidate: (none)\n", 0), ("x", 100)])
def test_a_package_that_apt_does_not_know_is_said(output: str, code: int) -> None:
    assert "No place" in why(found(Installed.DEB, output, code=code))


@pytest.mark.parametrize("own", ["0.10.0", "0.10", "0.11.0", "1.0.0rc1"])
def test_pip_has_nothing_newer(own: str) -> None:
    assert found(Installed.PACKAGE, PIP, EXPERIMENTAL, own=own) == Newest(version=own)


@pytest.mark.parametrize("own", ["0.9.0", "0.9.10", "unknown", ""])
def test_pip_offers_a_newer_one_with_the_command_of_that_python(own: str) -> None:
    finding = found(Installed.PACKAGE, PIP, own=own)
    assert finding == Available(
        version="0.10.0", command="'/home/me/my env/bin/python' -m pip install --upgrade capsule-desktop"
    )


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Installed.CHECKOUT, "git pull"),
        (Installed.PORTABLE, "where you got that"),
        (Installed.PACKAGE_FILE, "where you got that"),
    ],
)
def test_what_no_index_gave_is_not_looked_up_by_its_name(kind: Installed, words: str) -> None:
    assert lookup_command(kind, PYTHON) == ()
    assert words in why(nobody_to_ask(kind))


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        (NOTHING, "No place"),
        (RETRYING + NOTHING, "no network"),
        ("/usr/bin/python3: No module named pip\n", "has no pip"),
        ("ERROR: something odd\n", "something odd"),
        ("", "said nothing"),
    ],
)
def test_why_it_could_not_be_looked_up_is_said(errors: str, words: str) -> None:
    assert words in why(found(Installed.PACKAGE, "", errors, code=1))


@pytest.mark.parametrize("output", ["", "garbage", "other (1.0)", "capsule-desktop"])
def test_what_pip_never_says_tells_no_version(output: str) -> None:
    assert "said nothing" in why(found(Installed.PACKAGE, output))


def test_looking_up_changes_nothing() -> None:
    assert lookup_command(Installed.DEB, PYTHON) == ("apt-cache", "policy", "capsule-desktop")
    assert lookup_command(Installed.PACKAGE, PYTHON)[:5] == (PYTHON, "-m", "pip", "index", "versions")
