"""After each execution the variables are on the disk, sealed, and nothing of that reaches the user's code."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.protocol.messages import (
    AutomaticCheckpoint,
    Error,
    Interrupt,
    Output,
    Restore,
    RestoreReport,
    Result,
    Shutdown,
    VariableNote,
)
from tests.support.worker_process import LIMIT_S, Client, WorkerProcess, text_of


@pytest.fixture
def client(worker: WorkerProcess) -> Client:
    return worker.attach(checkpoints=True)


def checkpoint_after(client: Client, execution_id: str) -> AutomaticCheckpoint:
    """What is said of the checkpoint after an execution, which may have passed by already."""
    for message in client.others:
        if isinstance(message, AutomaticCheckpoint) and message.execution_id == execution_id:
            return message
    return client.wait_for(AutomaticCheckpoint, lambda m: m.execution_id == execution_id)


def kept(client: Client, code: str) -> AutomaticCheckpoint:
    """Run code; the checkpoint after it."""
    execution_id = client.start(code)
    client.finish(execution_id)
    return checkpoint_after(client, execution_id)


def restored(client: Client, path: str) -> dict[str, VariableNote]:
    payload = Path(path).read_bytes()
    client.send(Restore(path=path, sha256=hashlib.sha256(payload).digest(), payload_bytes=len(payload)))
    report = client.wait_for(RestoreReport)
    assert report.error == ""
    return {row.name: row for row in report.variables}


def test_variables_are_on_the_disk_and_sealed_with_the_workers_token(worker: WorkerProcess, client: Client) -> None:
    said = kept(client, "x = [1, 2]; import threading; lock = threading.Lock()")
    path = Path(said.path)
    assert path == worker.checkpoint_directory / f"{said.execution_id}.draft"
    assert (said.skipped, said.variables, said.left_out, said.size_bytes) == ("", 2, 1, path.stat().st_size)
    assert said.seal == hmac.digest(worker.token, path.read_bytes(), "sha256")
    assert Path(f"{path}.seal").read_bytes() == said.seal
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    assert len(list(path.parent.iterdir())) == 2


def test_a_checkpoint_brings_back_the_variables_as_they_were_after_its_cell(client: Client) -> None:
    said = kept(client, "x = [1]; f = lambda: x")
    client.run("x.append(2)")
    client.run("del x, f")
    assert {name: row.outcome for name, row in restored(client, said.path).items()} == {
        "x": "restored",
        "f": "restored",
    }
    assert client.text("print(x, f() is x)") == "[1] True\n"


def test_a_cell_that_ends_its_worker_at_once_finds_the_variables_of_the_one_before_kept(
    start_worker: Callable[..., WorkerProcess],
) -> None:
    worker = start_worker(environment={"CAPSULE_KEPT_FIRST_S": "20"})  # however busy the disk is
    client = worker.attach(checkpoints=True)
    before = client.start("large = bytes(range(256)) * 16_000")
    client.finish(before)
    client.start("import os\nos.kill(os.getpid(), 9)")
    assert worker.process.wait(LIMIT_S) == -9
    (kept_one,) = worker.checkpoint_directory.glob("*.draft")
    assert kept_one.stem == before
    assert kept_one.stat().st_size > 256 * 16_000


def test_a_cell_that_failed_is_followed_by_one_too(client: Client) -> None:
    said = kept(client, "x = [1]; 1/0")
    client.run("del x")
    assert "x" in restored(client, said.path)


@pytest.mark.parametrize(
    "code", ["import os\nx = 1; s = 'a'; t = (1, 'b', len)\ndef f(a=1): return x", "x = [1, {2: 3}]", ""]
)
def test_where_nothing_changed_the_earlier_file_is_named_again(client: Client, code: str) -> None:
    first = kept(client, code)
    again = kept(client, "1 + 1")
    assert again.execution_id != first.execution_id
    assert (again.path, again.size_bytes, again.seal) == (first.path, first.size_bytes, first.seal)
    assert len(list(Path(first.path).parent.iterdir())) == 2


@pytest.mark.parametrize(
    "change",
    [
        *("x = 2", "del x", "new = 1", "import random; random.random()", "import os; os.environ['Q'] = '1'"),
        *("f.y = 1", "f.__defaults__ = (2,)", "f.__code__ = (lambda a=1: 5).__code__", "import wsgiref.simple_server"),
        *("import os; os.chdir('/')", "import sys; sys.path.append('/q')"),
    ],
)
def test_what_changed_in_secret_is_found(client: Client, change: str) -> None:
    client.run("import wsgiref, random, os, sys\nx = 1\ndef f(a=1): return 2")
    client.run("1")  # pickling itself imports, so it is looked at closely once more
    first = kept(client, "1")
    assert kept(client, change).path != first.path


def test_an_earlier_file_that_is_gone_is_not_named_again(client: Client) -> None:
    first = kept(client, "x = 1")
    Path(first.path).rename(Path(first.path).with_suffix(".capsule"))
    assert kept(client, "1").path == first.path
    Path(first.path).with_suffix(".capsule").unlink()
    again = kept(client, "1")
    assert again.path == str(Path(first.path).with_name(f"{again.execution_id}.draft"))


@pytest.mark.parametrize(
    "code",
    [
        "big = bytearray(51 * 1024 ** 2)",
        "big = [bytearray(26 * 1024 ** 2), bytearray(26 * 1024 ** 2)]",
        pytest.param("import numpy; big = numpy.zeros(10 ** 9)", marks=pytest.mark.needs("numpy")),
        "big = list(range(5_000_000))",
    ],
)
def test_what_is_too_large_is_skipped_with_words_and_not_for_ever(client: Client, code: str) -> None:
    said = kept(client, code)
    assert said.skipped.startswith("the variables take more than 50 MB")
    assert (said.path, said.size_bytes, said.seal) == ("", 0, b"")
    assert kept(client, "1").skipped
    assert not kept(client, "del big").skipped


SLOW = "import time\nclass Slow:\n    def __reduce__(self):\n        {}\n        return int, ()\nslow = Slow()"
BEGUN = "open('begun', 'wb', 0).write(b'.'); time.sleep(60)"


@pytest.mark.parametrize(
    "code",
    [
        SLOW.format("time.sleep(60)"),
        SLOW.format("while True: pass"),
        SLOW.format("import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()"),
        SLOW.format("while True:\n            try: time.sleep(60)\n            except Exception: pass"),
        "slow = {i: [str(i)] for i in range(1_000_000)}",
    ],
)
def test_what_takes_too_long_is_skipped_with_words_and_delays_the_next_cell_by_no_more(
    client: Client, code: str
) -> None:
    kept(client, "import gc, time")  # what saving imports is there from now on
    said = kept(client, f"{limit(0.2)}\n{code}")
    assert said.skipped == "saving the variables takes longer than 0.2 s (it was at 'slow')"
    assert kept(client, "1").skipped == said.skipped
    assert not kept(client, f"{limit(LIMIT_S)}\ndel slow").skipped  # a busy machine may need 0.2 s for next to nothing


def limit(seconds: float) -> str:
    """Code that sets the limit of the saves after its cell and all later ones."""
    return f"for each in gc.get_objects():\n    if type(each).__name__ == 'Keeper': each._limit_s = {seconds}\ndel each"


@pytest.fixture
def begun(worker: WorkerProcess) -> Iterator[Callable[[], None]]:
    """Waits until BEGUN says so in the worker; it need not be heard at once."""
    path = worker.working_directory / "begun"
    os.mkfifo(path)
    descriptor = os.open(path, os.O_RDWR)

    def wait() -> None:
        assert os.read(descriptor, 1) == b"."

    yield wait
    os.close(descriptor)


def test_an_interrupt_during_a_checkpoint_does_nothing_to_the_next_cell(
    client: Client, begun: Callable[[], None]
) -> None:
    client.run(SLOW.format(BEGUN))
    begun()
    client.send(Interrupt())
    assert text_of(client.run("time.sleep(0.3); print('unharmed')")) == "unharmed\n"


def test_an_interrupt_of_a_cell_that_waits_for_a_checkpoint_is_for_that_cell(
    client: Client, begun: Callable[[], None]
) -> None:
    client.run("import subprocess, time; server = subprocess.Popen(['sleep', '60']); time.sleep(0.1)")
    client.run(SLOW.format(BEGUN))
    begun()
    execution_id = client.start("time.sleep(60)")
    client.send(Interrupt())
    end = client.finish(execution_id)[-1]
    assert isinstance(end, Error)
    assert end.error_type == "KeyboardInterrupt"
    assert client.text("print(server.poll())") == "None\n"  # it belongs to the cell before
    client.run("server.kill(); server.wait()")


def test_the_worker_goes_in_good_order_from_within_a_checkpoint(
    worker: WorkerProcess, client: Client, begun: Callable[[], None]
) -> None:
    client.run(SLOW.format(BEGUN))
    begun()
    client.send(Shutdown())
    assert worker.process.wait(LIMIT_S) == 0


def test_what_pickling_prints_belongs_to_no_cell(client: Client) -> None:
    code = "import os\nclass Loud:\n    def __reduce__(self):\n        print('pickled'); os.write(1, b'low\\n')\n"
    code += "        return int, ()\nx = Loud()"
    messages = client.run(code)
    assert text_of(messages) == ""
    loud = client.wait_for(Output, lambda m: "pickled" in m.text)
    assert loud.execution_id == "background"
    assert text_of(client.run("print('next')")) == "next\n"


@pytest.mark.parametrize("raised", ["ValueError('no')", "KeyboardInterrupt", "SystemExit", "MemoryError"])
def test_what_pickling_raises_costs_one_variable(client: Client, raised: str) -> None:
    said = kept(client, f"class Bad:\n    def __reduce__(self): raise {raised}\nx = Bad(); y = [1]")
    assert (said.skipped, said.variables, said.left_out) == ("", 2, 1)
    assert isinstance(client.run("1")[-1], Result)


def test_a_warning_is_not_shown_again_for_having_been_kept(client: Client) -> None:
    client.run("open('noisy.py', 'w').write('import warnings\\ndef warn(): warnings.warn(\"once\")\\n');\nx = []")
    code = "import noisy; noisy.warn()"
    assert "once" in client.text(code, "stderr")
    assert client.text(code, "stderr") == ""


@pytest.mark.parametrize("beside", ["", "\nbig = bytearray(60_000_000)"])
@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("x = bytearray(100_000)", "x.append(1); print(len(x))"),
        ("import array; x = array.array('b', bytes(100_000))", "x.append(1); print(len(x))"),
        pytest.param(
            "import numpy, weakref; x = numpy.zeros(100_000)",
            "gone = weakref.ref(x); del x; print(100_001 if gone() is None else gone())",
            marks=pytest.mark.needs("numpy"),
        ),
        ("class A:\n    def __del__(self): print(100_001)\nx = A(); y = [x]; z = {1: x}", "del x, y, z"),
        ("class A:\n    def __reduce__(self): 1 / 0\n    def __del__(self): print(100_001)\nx = [A()]", "del x"),
    ],
)
def test_nothing_holds_on_to_the_memory_of_variables(client: Client, code: str, change: str, beside: str) -> None:
    client.run("import gc; gc.disable()")
    kept(client, code + beside)
    assert client.text(change) == "100001\n"


def test_threads_that_change_the_namespace_meanwhile_do_no_harm(client: Client) -> None:
    code = "import threading\nstop = False\ndef busy():\n    n = 0\n    while not stop:\n"
    code += "        n += 1; globals()[f'x{n % 50}'] = [n]; globals().pop(f'x{n % 49}', None); d[n % 999] = n\n"
    code += "d = {}\nt = threading.Thread(target=busy); t.start()"
    client.run(code)
    said = [kept(client, "1") for _ in range(20)]
    client.run("stop = True; t.join()")
    assert not any(each.skipped for each in said)


def test_each_of_many_executions_is_told_of_exactly_once(client: Client) -> None:
    executions = [client.start("x = []") for _ in range(1)]
    for number in range(30):
        client.finish(executions[-1])
        executions.append(client.start(f"x = [{number}] * 1000"))
    client.finish(executions[-1])
    checkpoint_after(client, executions[-1])
    said = [m.execution_id for m in client.others if isinstance(m, AutomaticCheckpoint)]
    assert sorted(said) == sorted(executions)


def test_a_folder_that_is_not_there_is_said_and_tried_again(worker: WorkerProcess, client: Client) -> None:
    worker.checkpoint_directory.rmdir()
    assert kept(client, "x = 1").skipped == "No such file or directory"
    worker.checkpoint_directory.mkdir()
    assert not kept(client, "1").skipped


def test_without_a_folder_there_are_none(start_worker: Callable[..., WorkerProcess]) -> None:
    worker = start_worker()
    client = worker.attach()
    client.run("x = 1")
    client.run("1")
    assert not [m for m in client.others if isinstance(m, AutomaticCheckpoint)]
