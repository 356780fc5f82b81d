"""Which of the actions on Python can be asked for: none that would do nothing."""

from __future__ import annotations

import pytest

from capsule_desktop.presenters.running import RunningPresenter
from capsule_desktop.widgets.actions import Action
from engine.events import KernelAttached, KernelEnded, KernelReady, KernelStarting
from tests.gui.presenters.conftest import Scripted

READY = KernelReady(pid=1, python_version="3.12.1", ipython_version="9", executable="/usr/bin/python3")
ENDED = KernelEnded(expected=True, reason="you ended it")
RESTARTS = {Action.RESTART, Action.RESTART_CLEAR}


@pytest.fixture
def running(scripted: Scripted) -> RunningPresenter:
    return RunningPresenter(scripted(["1"]).parts, has_kernel=lambda: False)


def test_before_a_python_was_started_there_is_none_to_restart_or_to_end(running: RunningPresenter) -> None:
    assert running.withheld == {*RESTARTS, Action.SHUT_DOWN}


def test_one_that_starts_or_lived_on_can_be_restarted_and_ended(running: RunningPresenter) -> None:
    for event in (KernelStarting(), KernelAttached(running="")):
        running.take(ENDED)
        running.take(event)
        assert running.withheld == set()


def test_one_that_has_ended_can_be_started_again_only(running: RunningPresenter) -> None:
    for event in (KernelStarting(), READY, ENDED):
        running.take(event)
    assert running.withheld == {Action.SHUT_DOWN}


def test_one_that_took_the_place_of_another_can_be_ended(running: RunningPresenter) -> None:
    for event in (KernelStarting(), READY, KernelStarting(), ENDED, READY):
        running.take(event)
    assert running.withheld == set()
