from __future__ import annotations

from engine.session.log_queue import MAX_ANNOUNCED, Announcement, LogQueue


def drained(queue: LogQueue) -> list[Announcement]:
    return list(iter(queue.take, None))


def test_announcements_of_one_log_merge_into_the_furthest() -> None:
    queue = LogQueue()
    for end in (10, 30, 20):
        queue.add(Announcement("a", end))
    assert drained(queue) == [Announcement("a", 30)]


def test_the_order_between_logs_is_the_order_of_announcement() -> None:
    queue = LogQueue()
    said = [Announcement("a", 10), Announcement("background", 5), Announcement("a", 20)]
    for one in said:
        queue.add(one)
    assert drained(queue) == said


def test_a_full_queue_merges_and_loses_nothing() -> None:
    queue = LogQueue()
    for n in range(MAX_ANNOUNCED * 3):
        queue.add(Announcement(("a", "background")[n % 2], n + 1))
    assert len(queue) <= MAX_ANNOUNCED
    taken = drained(queue)
    assert max(one.end_offset for one in taken if one.log_id == "a") == MAX_ANNOUNCED * 3 - 1
    assert max(one.end_offset for one in taken if one.log_id == "background") == MAX_ANNOUNCED * 3
