"""The files of crash reports: none after a normal end, each crash's offered once, and bounds."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from capsule_desktop.crash_reports import KEPT, LIMIT_BYTES, PRIVACY, LivingReport, kept, read, take_over


def crashed(folder: Path, heading: str = "") -> LivingReport:
    report = LivingReport.begin(folder, "about")
    if heading:
        report.add(heading, "details\n")
    return report


def died(report: LivingReport) -> None:
    """The kernel closes what a process had open."""
    os.close(report.descriptor)


def test_a_normal_end_leaves_no_file(tmp_path: Path) -> None:
    report = LivingReport.begin(tmp_path, "about")
    report.note("its windows are open")
    report.end()
    assert not list(tmp_path.iterdir())


def test_a_report_begins_with_who_gets_it_and_is_for_the_user_alone(tmp_path: Path) -> None:
    report = crashed(tmp_path, "a task failed")
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(tmp_path.stat().st_mode) & 0o700 == 0o700
    died(report)
    (left,) = take_over(tmp_path)
    text = read(left)
    assert text.startswith(PRIVACY)
    assert "kept on this computer only" in text.splitlines()[0]
    assert "a task failed" in text


def test_what_went_wrong_and_did_not_end_it_is_kept_and_not_offered(tmp_path: Path) -> None:
    crashed(tmp_path, "a task failed").end()
    assert take_over(tmp_path) == ()
    (report,) = kept(tmp_path)
    assert "ended in order" in read(report)


def test_a_crash_is_offered_once(tmp_path: Path) -> None:
    report = LivingReport.begin(tmp_path, "about")
    with open(report.descriptor, "w", closefd=False) as file:
        file.write("Fatal Python error: Segmentation fault\n")
    assert take_over(tmp_path) == ()  # it lives
    died(report)
    assert [path.suffix for path in take_over(tmp_path)] == [".txt"]
    assert take_over(tmp_path) == ()
    assert len(kept(tmp_path)) == 1


def test_of_a_killed_process_nothing_is_left(tmp_path: Path) -> None:
    died(LivingReport.begin(tmp_path, "about"))
    assert take_over(tmp_path) == ()
    assert not list(tmp_path.iterdir())


def test_without_a_folder_there_is_nothing(tmp_path: Path) -> None:
    assert take_over(tmp_path / "missing") == ()
    assert kept(tmp_path / "missing") == []


def test_the_oldest_go(tmp_path: Path) -> None:
    for number in range(KEPT + 3):
        (tmp_path / f"2026-01-{number + 1:02}-000000-1.txt").write_text("x")
    take_over(tmp_path)
    assert [path.name[8:10] for path in kept(tmp_path)] == [f"{day:02}" for day in range(KEPT + 3, 3, -1)]


def test_a_report_has_a_bound_and_says_where_it_was_reached(tmp_path: Path) -> None:
    report = LivingReport.begin(tmp_path, "about")
    assert report.add("first", "x\n")
    assert not report.add("second", "\N{BULLET}" * LIMIT_BYTES)
    assert not report.add("third", "y\n")
    died(report)
    text = read(take_over(tmp_path)[0])
    assert ("first" in text, "second" in text, "third" in text) == (True, False, False)
    assert "the report is full" in text
    assert len(text) < LIMIT_BYTES
