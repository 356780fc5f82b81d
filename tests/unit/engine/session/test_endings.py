from __future__ import annotations

import pytest

from engine.session.endings import MemoryAtEnd, ProcessExit, exit_words, last_words, signal_name

CRASH = """\
chatter
Fatal Python error: Segmentation fault

Thread 0x1111 (most recent call first):
  File "ours", line 9 in wait

Current thread 0x0000 (most recent call first):
  File "cell", line 1 in <module>

Extension modules: many (total: 99)
"""


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        (ProcessExit(exit_code=3), "ended itself with exit code 3"),
        (ProcessExit(signal_number=11), "SIGSEGV (a crash in compiled code)"),
        (ProcessExit(signal_number=9), "SIGKILL (killed, often because memory ran out)"),
        (ProcessExit(signal_number=10), "SIGUSR1."),
        (ProcessExit(), "why is not known"),
    ],
)
def test_every_way_to_end_has_words(ended: ProcessExit, words: str) -> None:
    assert words in exit_words(ended)


def test_of_a_faulthandler_report_the_crashed_thread_is_quoted() -> None:
    assert last_words(CRASH).splitlines() == [
        "Fatal Python error: Segmentation fault",
        "Current thread 0x0000 (most recent call first):",
        '  File "cell", line 1 in <module>',
    ]
    assert 'File "cell", line 1' in exit_words(ProcessExit(signal_number=11), CRASH)


def test_a_fatal_error_without_its_thread_is_quoted_alone() -> None:
    assert last_words("x\nFatal Python error: Aborted\n") == "Fatal Python error: Aborted"


def test_only_the_last_lines_of_long_stderr_are_quoted() -> None:
    said = last_words("\n".join(f"line {n}" for n in range(1000)))
    assert said.endswith("line 999")
    assert len(said.splitlines()) < 20


def test_return_codes_of_subprocess_are_understood() -> None:
    assert ProcessExit.from_return_code(-11) == ProcessExit(signal_number=11)
    assert ProcessExit.from_return_code(0) == ProcessExit(exit_code=0)
    assert ProcessExit.from_return_code(None) == ProcessExit()


def test_an_unnamed_signal_has_its_number() -> None:
    assert signal_name(200) == "signal 200"


GB = 1024**3
KILLED = ProcessExit(signal_number=9)


@pytest.mark.parametrize(
    ("memory", "words"),
    [
        (
            MemoryAtEnd(used_bytes=int(14.2 * GB), limit_bytes=16 * GB, ran_out=True),
            "SIGKILL (killed by the system because memory ran out: it used 14.2 of 16 GB).",
        ),
        (MemoryAtEnd(ran_out=True), "SIGKILL (killed by the system because memory ran out)."),
        (
            MemoryAtEnd(used_bytes=int(14.2 * GB), limit_bytes=16 * GB, ran_out=False),
            "SIGKILL (killed by the system, most likely because memory ran out: it used 14.2 of 16 GB).",
        ),
        (
            MemoryAtEnd(used_bytes=GB, limit_bytes=16 * GB, ran_out=False),
            "SIGKILL (killed by another program or by somebody; memory had not run out).",
        ),
        (MemoryAtEnd(used_bytes=GB, limit_bytes=16 * GB), "SIGKILL (killed, often because memory ran out)."),
        (MemoryAtEnd(used_bytes=GB), "SIGKILL (killed, often because memory ran out)."),
    ],
)
def test_a_kill_is_told_with_the_memory_that_was_used(memory: MemoryAtEnd, words: str) -> None:
    assert exit_words(KILLED, memory=memory).endswith(words)


def test_memory_that_ran_short_is_no_cause_of_an_end_by_itself() -> None:
    high = MemoryAtEnd(used_bytes=15 * GB, limit_bytes=16 * GB, ran_out=True)
    assert exit_words(ProcessExit(exit_code=3), memory=high) == "Python ended itself with exit code 3."


def test_the_end_of_a_worker_that_is_no_child_is_told_by_what_it_left() -> None:
    assert exit_words(ProcessExit(), CRASH).startswith("Python crashed.\nFatal Python error: Segmentation fault")
    high = MemoryAtEnd(used_bytes=15 * GB, limit_bytes=16 * GB)
    assert exit_words(ProcessExit(), memory=high).startswith("Python ended (killed by the system, most likely")
