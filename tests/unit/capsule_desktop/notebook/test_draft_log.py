"""The file of a draft: what was appended is there, what was torn is cut off, what is damaged is told."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from capsule_desktop.notebook import draft_log
from capsule_desktop.notebook.cell import CellId
from capsule_desktop.notebook.draft_log import DraftLog, compact, framed, scan
from capsule_desktop.notebook.draft_records import Base, CellDraft, Edit, Intent, OfRun, Record
from tests.support.draft_logs import HEADER, as_log

A, B = CellId("a"), CellId("b")
BASE = Base(path="/home/me/a.ipynb", state=(1, 2, 3), order=(A,), last_runs={A: "e1"})
TYPED = Edit(number=1, cells={A: CellDraft(source="x = 1")})
RAN = Edit(number=2, cells={A: CellDraft(shown=OfRun("e2"), count=7, last_run="e2")}, order=(B, A))
INTENT = Intent(since=2, base=BASE)


@pytest.fixture
def log(tmp_path: Path) -> DraftLog:
    log = DraftLog(tmp_path)
    log.restart(BASE)
    return log


def records(log: DraftLog) -> tuple[Record, ...]:
    scanned = scan(log.path.read_bytes())
    assert not scanned.damaged
    return scanned.records


def test_what_was_appended_is_read_back(log: DraftLog) -> None:
    for record in (TYPED, RAN, INTENT):
        log.append(record)
    assert records(log) == (BASE, TYPED, RAN, INTENT)
    log.close()


def test_only_its_user_may_read_it(log: DraftLog) -> None:
    log.append(TYPED)
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    log.restart(BASE)
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    log.close()


def test_each_record_is_flushed_to_the_disk_before_it_counts(log: DraftLog, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_size)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    log.append(TYPED)
    assert flushed == [log.path.stat().st_size]
    log.close()


def test_a_log_started_anew_says_nothing_of_before(log: DraftLog) -> None:
    log.append(TYPED)
    log.restart(BASE, RAN)
    log.append(TYPED)
    assert records(log) == (BASE, RAN, TYPED)
    assert [path.name for path in log.path.parent.iterdir()] == [draft_log.NAME]
    log.close()


def test_a_restart_that_fails_leaves_what_was_there(log: DraftLog, monkeypatch: pytest.MonkeyPatch) -> None:
    log.append(TYPED)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", _full)
        with pytest.raises(OSError, match="No space left"):
            log.restart(BASE)
    log.append(RAN)
    assert records(log) == (BASE, TYPED, RAN)
    assert [path.name for path in log.path.parent.iterdir()] == [draft_log.NAME]
    log.close()


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_failed_append_leaves_no_trace_and_the_next_one_counts(
    log: DraftLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite

    def torn(descriptor: int, data: memoryview, place: int) -> int:
        real(descriptor, data[:5], place)
        _full()
        return 0

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", torn)
        with pytest.raises(OSError, match="No space left"):
            log.append(RAN)
    log.append(TYPED)
    assert records(log) == (BASE, TYPED)
    log.close()


def test_short_writes_are_gone_on_with(log: DraftLog, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda descriptor, data, place: real(descriptor, data[:3], place))
    log.append(TYPED)
    assert records(log) == (BASE, TYPED)
    log.close()


def test_a_log_that_grows_is_written_anew_with_the_same_state(log: DraftLog) -> None:
    for number in range(1, 400):
        log.append(Edit(number=number, cells={A: CellDraft(source="x" * 1000 + str(number))}))
    assert log.path.stat().st_size < draft_log.COMPACT_FROM_BYTES + 2000
    whole = records(log)
    assert compact(whole) == (BASE, Edit(number=399, cells={A: CellDraft(source="x" * 1000 + "399")}))
    log.close()


def test_a_log_with_a_save_under_way_is_not_written_anew() -> None:
    assert compact((BASE, TYPED, RAN, INTENT)) == (BASE, TYPED, RAN, INTENT)


def test_of_cells_that_are_gone_a_log_that_is_written_anew_says_only_that_they_were_here() -> None:
    gone = Edit(number=3, order=(B,))
    assert compact((BASE, TYPED, gone)) == (BASE, Edit(number=3, cells={A: CellDraft(last_run="")}, order=(B,)))
    assert compact((BASE, RAN, gone)) == (BASE, Edit(number=3, cells={A: CellDraft(last_run="e2")}, order=(B,)))


@pytest.mark.parametrize("cut", range(len(framed(RAN))))
def test_a_torn_end_is_cut_off(cut: int) -> None:
    scanned = scan(as_log(BASE, TYPED) + framed(RAN)[:cut])
    assert (scanned.records, scanned.damaged) == ((BASE, TYPED), False)


def test_a_torn_header_is_no_damage() -> None:
    for cut in range(len(HEADER) + 1):
        scanned = scan(HEADER[:cut])
        assert (scanned.records, scanned.damaged) == ((), False)


def test_garbage_at_the_end_is_cut_off() -> None:
    data = as_log(BASE, TYPED)
    assert scan(data + b"\0" * 4096 + os.urandom(100)).records == (BASE, TYPED)
    assert not scan(data + b"\0" * 4096).damaged


def test_garbage_in_the_middle_is_told_and_what_is_behind_it_counts() -> None:
    scanned = scan(as_log(BASE) + b"garbage" + framed(TYPED)[:20] + framed(RAN))
    assert (scanned.records, scanned.damaged) == ((BASE, RAN), True)


def test_one_wrong_byte_costs_one_record() -> None:
    data = bytearray(as_log(BASE, TYPED, RAN))
    data[len(as_log(BASE)) + 14] ^= 1
    scanned = scan(bytes(data))
    assert (scanned.records, scanned.damaged) == ((BASE, RAN), True)


def test_what_is_no_log_at_all_is_damage() -> None:
    assert scan(b"something else").damaged
