"""What the benchmarks reckon with: percentiles, completeness of a log, and when a line was made."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from engine.protocol.codec import encode
from engine.protocol.messages import Output
from tests.benchmarks.output_log import counted_lines, printed
from tests.benchmarks.production import Production
from tests.benchmarks.samples import percentile_ms


def test_percentile_is_the_nearest_rank_in_milliseconds() -> None:
    samples = [number / 1000 for number in range(100, 0, -1)]
    assert (percentile_ms(samples, 50), percentile_ms(samples, 99), percentile_ms(samples, 100)) == (50, 99, 100)


@pytest.mark.parametrize("text", ["", "0\n1\n2\n", "0\n1\n2", "0\n1\n"])
def test_a_whole_flood_is_counted_even_where_stop_cut_its_last_line(text: str) -> None:
    assert counted_lines(text) == text.count("\n")


@pytest.mark.parametrize("text", ["0\n2\n", "0\n1\n1\n", "1\n", "0\n1\n7", "0\n\n"])
def test_a_missing_or_repeated_byte_of_a_flood_is_found(text: str) -> None:
    with pytest.raises(RuntimeError):
        counted_lines(text)


def test_a_log_that_ends_within_a_frame_is_no_complete_one(tmp_path: Path) -> None:
    frames = encode(Output(execution_id="e", stream="stdout", text="0\n"))
    log = tmp_path / "e.log"
    log.write_bytes(frames * 2)
    assert printed(log) == "0\n0\n"
    log.write_bytes(frames + frames[:-1])
    with pytest.raises(RuntimeError):
        printed(log)


def test_a_line_was_made_by_the_first_note_that_counts_as_far() -> None:
    notes = b"".join(struct.pack("<dq", time, line) for time, line in [(1.0, 0), (2.0, 10), (3.0, 30), (4.0, 30)])
    production = Production(notes + b"torn")
    assert (production.made_at(5), production.made_at(10), production.made_at(11)) == (2.0, 2.0, 3.0)
    assert production.seconds == 1.0
