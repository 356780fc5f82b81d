"""The end of a process is told on the loop, however it is learnt."""

from __future__ import annotations

import asyncio
import os
import subprocess

import pytest

from engine.exit_watch import ExitWatch


def waiting() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["cat"], stdin=subprocess.PIPE)


def ended() -> subprocess.Popen[bytes]:
    """And reaped."""
    child = subprocess.Popen(["true"])
    child.wait()
    return child


@pytest.mark.parametrize("has_pidfds", [True, False])
async def test_the_end_of_a_child_is_told_where_pidfds_are_and_where_not(
    monkeypatch: pytest.MonkeyPatch, has_pidfds: bool
) -> None:
    if not has_pidfds:
        monkeypatch.delattr(os, "pidfd_open")
    told = asyncio.Event()
    with waiting() as child:
        watch = ExitWatch(child.pid, child, told.set)
        assert watch.is_told
        assert child.stdin is not None
        child.stdin.close()
        await told.wait()
        watch.stop()
    assert child.returncode == 0


async def test_a_child_that_was_reaped_before_is_told_of() -> None:
    told = asyncio.Event()
    child = ended()
    watch = ExitWatch(child.pid, child, told.set)
    await told.wait()
    watch.stop()


async def test_what_is_no_child_and_has_gone_is_said_at_once() -> None:
    with pytest.raises(ProcessLookupError):
        ExitWatch(ended().pid, None, lambda: None)


async def test_what_is_no_child_is_not_told_of_without_pidfds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    watch = ExitWatch(os.getpid(), None, lambda: None)
    assert not watch.is_told
    watch.stop()
