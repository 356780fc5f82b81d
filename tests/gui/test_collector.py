"""Qt's objects are destroyed on the main thread only, whatever thread makes a collection due."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from capsule_desktop.collector import MainThreadCollector, collect_if_due


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[MainThreadCollector]:
    made = MainThreadCollector()
    yield made
    made.close()


def allocate(kept: list[list[int]]) -> None:
    """More containers that stay than any threshold allows without a collection."""
    kept.extend([] for _ in range(200 * gc.get_threshold()[0]))


def test_garbage_goes_on_the_main_thread(collector: MainThreadCollector) -> None:
    gone_on: list[threading.Thread] = []
    cycle = QObject()
    cycle.me = cycle  # type: ignore[attr-defined]
    weakref.finalize(cycle, lambda: gone_on.append(threading.current_thread()))
    del cycle
    kept: list[list[int]] = []
    other = threading.Thread(target=allocate, args=(kept,))
    other.start()
    other.join()
    assert gone_on == []
    collect_if_due()
    assert gone_on == [threading.main_thread()]


def test_a_collection_happens_when_it_is_due(collector: MainThreadCollector) -> None:
    gc.collect()
    allocated: list[list[int]] = [[] for _ in range(2 * gc.get_threshold()[0])]
    before = gc.get_stats()[0]["collections"]
    collect_if_due()
    assert gc.get_stats()[0]["collections"] == before + 1
    collect_if_due()
    assert gc.get_stats()[0]["collections"] == before + 1
    assert allocated


def test_python_collects_again_after_it_is_closed(qtbot: QtBot) -> None:
    MainThreadCollector().close()
    assert gc.isenabled()
