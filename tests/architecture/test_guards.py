"""The guards of conftest.py themselves: each leak and each unnamed warning fails the test that made it."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from tests.support.sources import CHECKOUT

HEADER = """
import asyncio, logging, subprocess, threading, warnings
import pytest
from PySide6.QtCore import QTimer, qWarning
kept = []
"""

LEAKS = {
    "task": "async def test_it():\n    asyncio.create_task(asyncio.sleep(100))\n    await asyncio.sleep(0)",
    "loop timer": "async def test_it():\n    asyncio.get_running_loop().call_later(50, print)",
    "task on Qt's loop": (
        "@pytest.mark.qt_loop\nasync def test_it():\n"
        "    asyncio.create_task(asyncio.sleep(9))\n    await asyncio.sleep(0)"
    ),
    "Qt timer": "def test_it(qtbot):\n    kept.append(QTimer())\n    kept[0].start(1000)",
    "thread": "def test_it():\n    threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "process": "def test_it():\n    kept.append(subprocess.Popen(['sleep', '100']))",
    "orphan": "def test_it():\n    subprocess.run(['sh', '-c', 'setsid sleep 99 & true'], stdin=subprocess.DEVNULL)",
    "log": "def test_it():\n    logging.getLogger('capsule.link').warning('hi')",
    "absent log": "def test_it(expected_logs):\n    expected_logs.expect('capsule.link', 'hi')",
    "warning": "def test_it():\n    warnings.warn('hi')",
    "Qt warning": "def test_it(qtbot):\n    qWarning('hi')",
    "hang": "@pytest.mark.time_limit(0.1)\nasync def test_it():\n    await asyncio.Event().wait()",
    "hang on Qt's loop": (
        "@pytest.mark.qt_loop\n@pytest.mark.time_limit(0.1)\nasync def test_it():\n    await asyncio.Event().wait()"
    ),
}

SOUND = {
    "coroutine": "async def test_it():\n    await asyncio.sleep(0)",
    "Qt's loop": (
        "@pytest.mark.qt_loop\nasync def test_it():\n    await asyncio.to_thread(print)\n"
        "    assert await (await asyncio.create_subprocess_exec('true')).wait() == 0"
    ),
    "named log": (
        "def test_it(expected_logs):\n    expected_logs.expect('capsule.link', 'hi')\n"
        "    logging.getLogger('capsule.link').warning('hi')"
    ),
    "process that ended": "def test_it():\n    subprocess.run(['true'])",
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    """Whether each of the tests above passed, all run by one pytest of their own under this checkout's conftest.py."""
    folder = tmp_path_factory.mktemp("guards")
    for name, body in (LEAKS | SOUND).items():
        (folder / f"test_{name.replace(' ', '_')}.py").write_text(HEADER + body)
    (folder / "conftest.py").write_text("from tests.conftest import *\nfrom tests.conftest import _guards\n")
    options = ["-c", CHECKOUT / "pyproject.toml", "--rootdir", folder, "-p", "no:cacheprovider"]
    report = folder / "report.xml"
    command = [
        sys.executable,
        "-m",
        "pytest",
        *options,
        "-o",
        f"pythonpath={CHECKOUT}",
        f"--junit-xml={report}",
        folder,
    ]
    subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=60)
    passed: dict[str, bool] = {}
    for case in ET.parse(report).iter("testcase"):
        name = case.get("classname", "").rpartition(".")[2].removeprefix("test_").replace("_", " ")
        passed[name] = passed.get(name, True) and case.find("failure") is None and case.find("error") is None
    return passed


@pytest.mark.parametrize("name", LEAKS)
def test_guard_fails_the_test_that_leaves(name: str, outcomes: dict[str, bool]) -> None:
    assert not outcomes[name]


@pytest.mark.parametrize("name", SOUND)
def test_guard_passes_a_sound(name: str, outcomes: dict[str, bool]) -> None:
    assert outcomes[name]
