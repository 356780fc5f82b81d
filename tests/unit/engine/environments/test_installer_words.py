from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.environments.failures import failure_words
from engine.environments.progress_words import brought, progress_words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Collecting numpy>=2", "Looking for numpy"),
        ("  Downloading numpy-2.5.5-cp313-cp313-manylinux_2_28_x86_64.whl (18.2 MB)", "Downloading numpy (18 MB)"),
        ("  Downloading https://x.org/a/six-1.17.0-py2.py3-none-any.whl (11 kB)", "Downloading six (11 kB)"),
        ("Downloading numpy (15.0MiB)", "Downloading numpy (15 MB)"),
        ("   Building numpy==1.20.0", "Building numpy"),
        ("Installing collected packages: six, idna", "Unpacking six, idna"),
        ("Installing collected packages: a, b, c, d", "Unpacking 4 packages"),
        ("Resolved 1 package in 3ms", "Found 1 package to install"),
        ("Solving environment: ...working...", "Working out which versions go together"),
        ("anything else", ""),
    ],
)
def test_progress_is_told_in_words(line: str, words: str) -> None:
    assert progress_words(line).replace("numpy>", "numpy").replace("=2", "") in {words, f"{words}="}


@given(st.text())
def test_no_line_breaks_the_reading(line: str) -> None:
    for prefix in ("", "Downloading ", " + ", "Successfully installed "):
        progress_words(prefix + line)
        brought([prefix + line], ["numpy"])
    failure_words(line, python="Python 3.13")


@pytest.mark.parametrize(
    "said",
    [
        "Successfully installed numpy-2.5.5 pandas-3.1.1",
        " + numpy==2.5.5\n + pandas==3.1.1",
        "Requirement already satisfied: pandas in ./v/lib/python3.13/site-packages (3.1.1)",
    ],
)
def test_the_version_that_came_is_read(said: str) -> None:
    assert brought(said.split("\n"), ["Pandas"]) == {"Pandas": "3.1.1"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            (
                "ERROR: Could not find a version that satisfies the requirement nosuch (from versions: none)\n"
                "ERROR: No matching distribution found for nosuch"
            ),
            "no package “nosuch”",
        ),
        ("Because nosuch was not found in the package registry and you require nosuch", "no package “nosuch”"),
        (
            (
                "ERROR: Could not find a version that satisfies the requirement numpy==99 (from versions: 1.3.0)\n"
                "ERROR: No matching distribution found for numpy==99"
            ),
            "This release of numpy is not to be had for Python 3.13",
        ),
        ("Because there is no version of numpy==99 and you require", "This release of numpy is not to be had"),
        (
            (
                "WARNING: Retrying after connection broken by 'Failed to establish a new connection'\n"
                "ERROR: No matching distribution found for six"
            ),
            "cannot be reached",
        ),
        ("cause: error sending request for url\ncause: dns error", "cannot be reached"),
        ("cause: No solution found when resolving: `pip`\nhint: the network was disabled", "cannot be reached"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: Could not install: [Errno 13] Permission denied: '/usr/lib'", "may not be written"),
        ("error: externally-managed-environment", "Make an environment instead"),
        ("error: command 'gcc' failed: No such file or directory\nFailed building wheel for x", "no compiler here"),
        (
            "error: Failed to build `numpy==1.20.0`\n  cause: The build backend returned an error",
            "building that failed",
        ),
        ("The virtual environment was not created because ensurepip is not available.", "python3-venv"),
        (
            "PackagesNotFoundError: The following packages are not available:\n\n  - nosuch\n",
            "conda has no package “nosuch”",
        ),
        ("because numpy==1.20 has no wheels with a matching Python ABI tag", "This release of numpy"),
        ("nothing known", ""),
    ],
)
def test_a_failure_is_told_in_words(said: str, words: str) -> None:
    told = failure_words(said, python="Python 3.13")
    assert words in told
    assert bool(told) == bool(words)
