from __future__ import annotations

import logging

from engine.protocol.messages import Message, Shutdown
from engine.session.interceptors import INTERCEPTOR_BUDGET_S, Interceptors
from tests.support.logs import ExpectedLogs

log = logging.getLogger("capsule.link")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_slow_interceptor_gets_one_warning(expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.link", r"took 10\.0 ms on Shutdown, over its budget of 5 ms")
    clock = Clock()
    interceptors = Interceptors(log, clock, lambda: 0)

    def slow(_message: Message) -> None:
        clock.now += 2 * INTERCEPTOR_BUDGET_S

    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]  # the shortest handler there is
    log.addHandler(handler)
    interceptors.add(slow)
    for _ in range(3):
        interceptors.observe(Shutdown())
    log.removeHandler(handler)
    assert len(records) == 1


def test_one_within_its_budget_gets_none() -> None:
    clock = Clock()
    interceptors = Interceptors(log, clock)

    def quick(_message: Message) -> None:
        clock.now += INTERCEPTOR_BUDGET_S / 2

    interceptors.add(quick)
    interceptors.observe(Shutdown())


def test_one_that_raises_keeps_its_registration_and_disturbs_no_other(expected_logs: ExpectedLogs) -> None:
    expected_logs.expect("capsule.link", "raised on Shutdown")
    interceptors = Interceptors(log)
    calls: list[str] = []

    def broken(_message: Message) -> None:
        calls.append("broken")
        raise ValueError("mine")

    interceptors.add(broken)
    interceptors.add(lambda _message: calls.append("other"))
    interceptors.observe(Shutdown())
    interceptors.observe(Shutdown())
    assert calls == ["broken", "other"] * 2


def test_one_that_removes_itself_leaves_the_others_their_message() -> None:
    interceptors = Interceptors(log)
    calls: list[str] = []

    def once(_message: Message) -> None:
        calls.append("once")
        interceptors.remove(once)

    interceptors.add(once)
    interceptors.add(lambda _message: calls.append("always"))
    interceptors.observe(Shutdown())
    interceptors.observe(Shutdown())
    assert calls == ["once", "always", "always"]


def test_removing_what_is_not_there_does_nothing() -> None:
    Interceptors(log).remove(lambda _message: None)


def test_one_that_the_system_interrupted_for_another_process_gets_none() -> None:
    clock = Clock()
    preempted = iter((0, 1))
    interceptors = Interceptors(log, clock, lambda: next(preempted))

    def held_up(_message: Message) -> None:
        clock.now += 2 * INTERCEPTOR_BUDGET_S

    interceptors.add(held_up)
    interceptors.observe(Shutdown())
