"""What holds for every journey: real workers and real windows on a machine that others use, too."""

from __future__ import annotations

import pytest

from tests.support.logs import ExpectedLogs


@pytest.fixture(autouse=True)
def _machine_is_shared(expected_logs: ExpectedLogs) -> None:
    """Whether routing a message took 5 ms is for the tests of the link: here others compete for the processor."""
    expected_logs.allow("capsule.link", "over its budget")
