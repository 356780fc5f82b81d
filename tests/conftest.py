"""What every test runs under: its own home, a fresh loop for coroutines, and guards against what is left behind.

The environment is set before anything of ours is imported, so that no test can touch the user's
files.  A test fails by an unexpected log record at WARNING or above, a Qt warning (pytest-qt's own
check, set in pyproject.toml), and by a task, timer, thread or child process that outlives it.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import surroundings

surroundings.isolate()

from tests.support import collecting, coroutines, leaks, profiles  # noqa: E402  # the environment comes first
from tests.support.logs import ExpectedLogs  # noqa: E402

profiles.load()


def pytest_configure() -> None:
    leaks.adopt_orphans()


def pytest_unconfigure() -> None:
    surroundings.remove()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run an `async def` test to its end on a loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    limit = pyfuncitem.get_closest_marker("time_limit")
    names = inspect.signature(pyfuncitem.obj).parameters
    coroutines.run(
        lambda: pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}),
        limit_s=limit.args[0] if limit else coroutines.LIMIT_S,
        loop_factory=_qt_loop if pyfuncitem.get_closest_marker("qt_loop") else asyncio.new_event_loop,
    )
    return True


def _qt_loop() -> asyncio.AbstractEventLoop:
    import qasync

    loop: asyncio.AbstractEventLoop = qasync.QEventLoop()
    return loop


def _empty_clipboard() -> None:
    """Nothing copied reaches the next test.

    Offscreen, Qt's clipboard is a C++ static: an object of Python's in it is destroyed after Python is
    gone, which ends the process with a segmentation fault although every test passed.
    """
    from PySide6.QtGui import QGuiApplication

    QGuiApplication.clipboard().clear()


@pytest.fixture(scope="session")
def real_home() -> Path:
    """The user's own home, for finding other interpreters; nothing may be written there."""
    return surroundings.REAL_HOME


@pytest.fixture
def expected_logs() -> ExpectedLogs:
    """Names the warnings of a test: `expected_logs.expect("capsule.link", r"interceptor .* raised")`."""
    return ExpectedLogs()


@pytest.fixture(autouse=True)
def _guards(request: pytest.FixtureRequest, expected_logs: ExpectedLogs) -> Iterator[None]:
    """First set up, so last torn down: what is left after every other fixture was."""
    if request.node.get_closest_marker("qt_loop"):
        request.getfixturevalue("qapp")
    collecting.begin()
    watch = leaks.Watch()
    with expected_logs.captured():
        yield
        qt = "qapp" in request.fixturenames or "qapp" in (request.node.funcargs or ())  # None after Ctrl+C
        if qt:
            _empty_clipboard()
        left = watch.what_is_left(qt=qt)
        collecting.between_tests()
    problems = [*expected_logs.problems(), *left]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)
