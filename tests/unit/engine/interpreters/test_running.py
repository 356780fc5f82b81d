"""Commands of other programs, as real processes: their outputs, limits, groups and ends."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from engine.interpreters import running
from engine.interpreters.running import Finished, Lines, run
from tests.support.clock import Clock

LONG_S = 60.0  # no machine is as slow


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def of_python(code: str, folder: Path, **options: object) -> Finished:
    command = [sys.executable, "-I", "-S", "-c", code]
    return await run(command, environment=os.environ, working_directory=folder, **options)  # type: ignore[arg-type]


async def test_output_and_code_come_back(tmp_path: Path) -> None:
    code = "import sys; print('out', sys.stdin.read()); print('err', file=sys.stderr); sys.exit(3)"
    assert await of_python(code, tmp_path) == Finished(code=3, out="out \n", err="err\n")


@pytest.mark.qt_loop
async def test_works_on_the_loop_of_the_window(tmp_path: Path) -> None:
    assert await of_python("print(1)", tmp_path) == Finished(code=0, out="1\n", err="")


async def test_works_without_pidfds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    assert await of_python("print(1)", tmp_path) == Finished(code=0, out="1\n", err="")


async def test_a_program_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await run([str(tmp_path / "none")], environment={}, working_directory=tmp_path)


async def test_much_output_keeps_its_end(tmp_path: Path) -> None:
    done = await of_python("print('x' * 5_000_000 + 'end')", tmp_path)
    assert len(done.out) == running.KEPT_BYTES
    assert done.out.endswith("end\n")


async def test_lines_come_as_they_are_written(tmp_path: Path) -> None:
    """The child waits for what the first line brings about."""
    go_on = tmp_path / "go-on"
    os.mkfifo(go_on)
    holder = os.open(go_on, os.O_RDWR)
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        os.write(holder, b"x")

    code = f"print('first', flush=True); open({str(go_on)!r}).read(1); print('10 %\\r20 %\\rlast', end='')"
    try:
        await of_python(code, tmp_path, on_line=on_line)
    finally:
        os.close(holder)
    assert lines == ["first", "10 %", "20 %", "last"]


@pytest.mark.time_limit(4 * LONG_S)
async def test_the_limit_ends_it_and_keeps_what_it_said(tmp_path: Path, clock: Clock) -> None:
    code = "import time; print('begun', flush=True); time.sleep(60)"
    done = await of_python(code, tmp_path, limit_s=LONG_S, on_line=lambda _: clock.pass_by(LONG_S))
    assert done == Finished(code=None, out="begun\n", err="")


async def test_a_child_that_holds_the_output_open_does_not_hold_up_the_end(tmp_path: Path) -> None:
    code = "import os, time\nif os.fork() == 0: time.sleep(60)\nprint('parent', flush=True)\nos._exit(0)"
    start = time.monotonic()
    done = await of_python(code, tmp_path, limit_s=30)
    assert done == Finished(code=0, out="parent\n", err="")
    assert time.monotonic() - start < 20


async def test_cancelling_ends_its_whole_group(tmp_path: Path) -> None:
    """Both hold a pipe open, which reads as ended when neither is there any more."""
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    reading = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    begun = asyncio.Event()
    code = f"import os, time; held = open({str(alive)!r}, 'w'); os.fork(); print('begun', flush=True); time.sleep(60)"
    task = asyncio.ensure_future(of_python(code, tmp_path, on_line=lambda _: begun.set()))
    await begun.wait()
    with pytest.raises(BlockingIOError):  # somebody holds it
        os.read(reading, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    os.set_blocking(reading, True)
    assert await asyncio.to_thread(os.read, reading, 1) == b""
    os.close(reading)


async def test_cancelling_with_a_grace_interrupts_first(tmp_path: Path) -> None:
    begun = asyncio.Event()
    lines: list[str] = []

    def on_line(line: str) -> None:
        lines.append(line)
        begun.set()

    code = (
        "import time\ntry:\n    print('begun', flush=True)\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    print('tidied up', flush=True)"
    )
    task = asyncio.ensure_future(of_python(code, tmp_path, on_line=on_line, grace_s=20.0))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lines == ["begun", "tidied up"]


@pytest.mark.time_limit(4 * LONG_S)
async def test_one_that_ignores_the_interrupt_is_killed_after_its_grace(tmp_path: Path, clock: Clock) -> None:
    """Its first line ends the limit, the second its grace."""
    code = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGINT, lambda *_: os.write(1, b'interrupted\\n'))\n"  # it may come within the print
        "print('begun', flush=True)\n"
        "time.sleep(60)"
    )
    options = {"limit_s": LONG_S, "grace_s": LONG_S, "on_line": lambda _: clock.pass_by(LONG_S)}
    assert await of_python(code, tmp_path, **options) == Finished(code=None, out="begun\ninterrupted\n", err="")


def test_lines_are_the_same_however_the_bytes_come() -> None:
    data = "one\r\ntwo\rthrée\n\nfour".encode()
    assert _lines([data]) == _lines([data[i : i + 1] for i in range(len(data))]) == ["one", "two", "thrée", "four"]


def test_what_has_no_line_ends_comes_in_pieces() -> None:
    pieces = _lines([b"x" * (2 * running.LINE_LIMIT + 5)])
    assert [len(piece) for piece in pieces] == [running.LINE_LIMIT, running.LINE_LIMIT, 5]


def _lines(chunks: list[bytes]) -> list[str]:
    found: list[str] = []
    lines = Lines(found.append)
    for chunk in chunks:
        lines.feed(chunk)
    lines.finish()
    return found
