"""A worker without an application goes on, keeps its state, and whoever comes finds everything (invariant 12)."""

from __future__ import annotations

import hashlib
import hmac
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.protocol.messages import (
    PROTOCOL_VERSION,
    Attach,
    Attached,
    AutomaticCheckpoint,
    Detach,
    Error,
    Execute,
    Input,
    Message,
    Output,
    Ready,
    Refused,
    Restore,
    RestoreReport,
    Result,
    Shutdown,
    new_id,
)
from engine.worker import snapshot
from tests.support.waiting import until
from tests.support.worker_process import LIMIT_S, NEVER_RETURNS, Client, WorkerProcess, text_of


def detach(client: Client) -> None:
    client.send(Detach())
    with pytest.raises(EOFError):
        client.wait_for(Shutdown)


def after_running(worker: WorkerProcess, code: str) -> Client:
    client = worker.attach()
    client.run(code)
    return client


def come_back(worker: WorkerProcess) -> tuple[Client, Attached]:
    client = worker.connect()
    return client, client.attach(worker.token)


def test_a_hundred_megabytes_printed_alone_are_in_the_log_and_not_in_memory(worker: WorkerProcess) -> None:
    client = worker.attach(checkpoints=True)
    code = "input()\nfor _ in range(100): print('x' * 999_999)\nopen('done', 'w').close()\ninput()"
    execution_id = client.start(code)
    client.wait_for(Input)
    client.answer(execution_id, 1)
    detach(client)
    until((worker.working_directory / "done").exists)  # nobody reads, and it is not held up
    pages = int(Path(f"/proc/{worker.process.pid}/statm").read_text().split()[1])
    assert pages * os.sysconf("SC_PAGE_SIZE") < 200 * 1024**2
    client, attached = come_back(worker)
    assert attached.running == execution_id
    client.read_log(execution_id, attached.log_ends[execution_id])
    client.answer(execution_id, 2)
    messages = client.finish(execution_id)
    assert sum(len(m.text) for m in messages if isinstance(m, Output)) == 100_000_000
    assert isinstance(messages[-1], Result)


def test_a_question_waits_and_takes_the_answer_to_its_own_number(worker: WorkerProcess) -> None:
    client = worker.attach()
    execution_id = client.start("a = input('one'); b = input('two'); print(a, b)")
    client.wait_for(Input)
    detach(client)
    client, attached = come_back(worker)
    question = client.read_log(execution_id, attached.log_ends[execution_id])[-1]
    assert isinstance(question, Input)
    assert (question.input_number, question.prompt) == (1, "one")
    client.answer(execution_id, 2, "not asked yet")
    client.answer(execution_id, 1, "first")
    assert client.wait_for(Input).input_number == 2
    client.answer(execution_id, 1, "too late")
    client.answer(execution_id, 2, "second")
    assert text_of(client.finish(execution_id)) == "first second\n"


def test_a_cell_that_ended_alone_is_found_with_its_checkpoint_said_behind_ready(worker: WorkerProcess) -> None:
    client = worker.attach(checkpoints=True)
    client.run("x = [1]")
    execution_id = client.start("input()\nx.append(2)")
    client.wait_for(Input)
    client.answer(execution_id, 1)
    detach(client)
    until((worker.checkpoint_directory / f"{execution_id}.draft.seal").exists)
    client, attached = come_back(worker)
    assert attached.running == ""
    assert isinstance(client.read_log(execution_id, attached.log_ends[execution_id])[-1], Result)
    said = client.wait_for(AutomaticCheckpoint, lambda m: m.execution_id == execution_id)
    assert said.seal == hmac.digest(worker.token, Path(said.path).read_bytes(), "sha256")
    kinds = [type(m) for m in client.others]
    assert kinds.index(Ready) < kinds.index(AutomaticCheckpoint)
    assert client.text("print(x)") == "[1, 2]\n"


def test_the_last_kept_is_said_before_a_later_one_that_was_skipped(worker: WorkerProcess) -> None:
    client = worker.attach(checkpoints=True)
    kept = client.start("x = 1")
    client.finish(kept)
    too_large = client.start("y = bytearray(60_000_000)")
    client.finish(too_large)
    client.wait_for(AutomaticCheckpoint, lambda m: bool(m.skipped))
    detach(client)
    client, _ = come_back(worker)
    said = [client.wait_for(AutomaticCheckpoint) for _ in range(2)]
    assert [(each.execution_id, bool(each.skipped)) for each in said] == [(kept, False), (too_large, True)]


def test_only_the_logs_that_somebody_may_need_are_told(worker: WorkerProcess) -> None:
    client = worker.attach()
    executions = [client.start("1")]
    for _ in range(5):
        client.finish(executions[-1])
        executions.append(client.start("1"))
    client.finish(executions[-1])
    running = client.start("input()")
    client.wait_for(Input)
    detach(client)
    client, attached = come_back(worker)
    assert set(attached.log_ends) == {"background", executions[-1], running}
    request = Execute(execution_id=executions[0], code="1")
    client.send(request)
    assert client.wait_for(Error, lambda m: m.request_id == request.id).error_type == "Duplicate"


def test_a_silent_cells_log_is_touched_while_it_runs(worker: WorkerProcess) -> None:
    client = worker.attach()
    execution_id = client.start("input()")
    client.wait_for(Input)
    path = worker.log_directory / f"{execution_id}.log"
    detach(client)
    os.utime(path, (0, 0))
    until(lambda: path.stat().st_mtime > 0)
    client, _ = come_back(worker)
    client.answer(execution_id, 1)
    client.finish(execution_id)


def test_two_who_come_at_once_one_is_refused_in_words(worker: WorkerProcess) -> None:
    detach(after_running(worker, "1"))
    both = [worker.connect(), worker.connect()]
    answers: list[Message] = []

    def attach(client: Client) -> None:
        client.send(Attach(protocol_version=PROTOCOL_VERSION, token=worker.token, application_id=new_id()))
        answers.append(client.wait_for(Message, lambda m: isinstance(m, (Attached, Refused))))

    threads = [threading.Thread(target=attach, args=(client,)) for client in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(each).__name__ for each in answers) == ["Attached", "Refused"]
    assert [m.reason for m in answers if isinstance(m, Refused)] == ["another application is attached"]


def test_another_version_is_refused_in_words_and_the_worker_left_as_it_was(worker: WorkerProcess) -> None:
    detach(after_running(worker, "x = 5"))
    stranger = worker.connect()
    stranger.send(Attach(protocol_version=99, token=worker.token, application_id=new_id()))
    assert "protocol 1, the application 99" in stranger.wait_for(Refused).reason
    client, _ = come_back(worker)
    assert client.text("print(x)") == "5\n"


# --- variables that no cell made ------------------------------------------------------------


class AtLoad:
    """Becomes, where it is loaded, what code is worth there."""

    def __init__(self, code: str) -> None:
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return eval, (self.code,)


DEATH_SIGNAL = (
    "(lambda c: (c.CDLL(None).prctl(2, c.byref(n := c.c_int(-1)), 0, 0, 0), n.value)[1])(__import__('ctypes'))"
)


def restore(client: Client, folder: Path, *, as_is: bool = True, **variables: object) -> str:
    """Bring variables into a fresh worker, from a file of the user's; the request's id.  as_is: the file is."""
    file = folder / "mine.capsule"
    snapshot.save(namespace=variables, path=file, name="mine")
    return load(client, file, hashlib.sha256(file.read_bytes()).digest() if as_is else b"another")


def load(client: Client, file: Path, sha256: bytes, *, clear_existing: bool = False) -> str:
    size_bytes = file.stat().st_size
    request = Restore(path=str(file), sha256=sha256, payload_bytes=size_bytes, clear_existing=clear_existing)
    client.send(request)
    client.wait_for(RestoreReport, lambda report: report.request_id == request.id)
    return request.id


def said_by(client: Client) -> set[str]:
    """After which executions and restores a checkpoint was said, by the time that a cell has one."""
    execution_id = client.start("another = 1")
    client.finish(execution_id)
    client.wait_for(AutomaticCheckpoint, lambda m: m.execution_id == execution_id)
    return {m.execution_id for m in client.others if isinstance(m, AutomaticCheckpoint)} - {execution_id}


def test_variables_that_were_brought_back_are_there_for_who_comes_next(worker: WorkerProcess, tmp_path: Path) -> None:
    client = worker.attach()
    restore(client, tmp_path, x=41)
    client.close()
    client, _ = come_back(worker)
    assert client.text("print(x + 1)") == "42\n"


@pytest.mark.skipif(sys.platform != "linux", reason="PDEATHSIG is Linux's")
def test_a_worker_stays_when_its_parent_dies_from_before_variables_come_back(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    client = worker.attach()
    restore(client, tmp_path, at_load=AtLoad(DEATH_SIGNAL))
    assert client.text("print(at_load)") == "0\n"


def test_one_that_must_not_outlive_goes_with_what_was_brought_back(worker: WorkerProcess, tmp_path: Path) -> None:
    client = worker.attach(outlives=False)
    restore(client, tmp_path, x=41)
    client.close()
    assert worker.process.wait(LIMIT_S) == 0


def test_what_came_from_a_file_of_the_users_is_kept_as_what_a_cell_made_is(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    client = worker.attach(checkpoints=True)
    request_id = restore(client, tmp_path, x=b"as it was saved")
    said = client.wait_for(AutomaticCheckpoint)
    assert (said.execution_id, said.skipped, said.variables) == (request_id, "", 1)
    assert b"as it was saved" in final(worker, request_id)


def test_what_came_from_an_automatic_checkpoint_is_not_kept_once_more(worker: WorkerProcess, tmp_path: Path) -> None:
    client = worker.attach(checkpoints=True)
    restore(client, tmp_path, x=1)
    kept = Path(client.wait_for(AutomaticCheckpoint).path)
    sha256 = hashlib.sha256(kept.read_bytes()).digest()
    said_by(client)
    request_id = load(client, kept, sha256, clear_existing=True)
    assert request_id not in said_by(client)
    request_id = load(client, kept, sha256)  # into others, with which it is nowhere yet
    assert request_id in said_by(client)


def test_a_restore_that_failed_keeps_nothing(worker: WorkerProcess, tmp_path: Path) -> None:
    client = worker.attach(checkpoints=True)
    assert restore(client, tmp_path, as_is=False, x=1) not in said_by(client)


def test_what_came_back_and_was_too_large_to_be_kept_is_kept_when_the_worker_is_told_to_go(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    client = worker.attach(checkpoints=True)
    request_id = restore(client, tmp_path, x=bytearray(b"0123456789" * 6_000_000))
    assert client.wait_for(AutomaticCheckpoint).skipped
    os.kill(worker.process.pid, signal.SIGTERM)
    assert worker.process.wait(LIMIT_S) == 0
    assert b"0123456789" * 6_000_000 in final(worker, request_id)


# --- the final checkpoint ------------------------------------------------------------------


def final(worker: WorkerProcess, execution_id: str) -> bytes:
    path = worker.checkpoint_directory / f"{execution_id}.draft"
    payload = path.read_bytes()
    assert Path(f"{path}.seal").read_bytes() == hmac.digest(worker.token, payload, "sha256")
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name, f"{path.name}.seal"]
    return payload


LARGE = "x = bytearray(b'0123456789' * 6_000_000)"  # 60 MB: no automatic checkpoint


@pytest.mark.parametrize("alone", [True, False])
def test_a_worker_that_is_told_to_go_by_a_signal_keeps_what_was_too_large_before(
    worker: WorkerProcess, alone: bool
) -> None:
    client = worker.attach(checkpoints=True)
    execution_id = client.start(LARGE)
    client.finish(execution_id)
    if alone:
        detach(client)
    os.kill(worker.process.pid, signal.SIGTERM)
    assert worker.process.wait(LIMIT_S) == 0
    assert b"0123456789" * 6_000_000 in final(worker, execution_id)


def test_a_cell_that_runs_then_is_interrupted_and_its_variables_kept(worker: WorkerProcess) -> None:
    client = worker.attach(checkpoints=True)
    execution_id = client.start("mine = b'as it was then'\ninput()")
    client.wait_for(Input)
    detach(client)
    os.kill(worker.process.pid, signal.SIGTERM)
    assert worker.process.wait(LIMIT_S) == 0
    assert b"as it was then" in final(worker, execution_id)


@pytest.mark.parametrize("code", ["exit()", "quit"])
def test_exit_keeps_the_variables(worker: WorkerProcess, code: str) -> None:
    client = worker.attach(checkpoints=True)
    client.run(LARGE)
    execution_id = client.start(code)
    assert client.wait_for(AutomaticCheckpoint, lambda m: not m.skipped).execution_id == execution_id
    assert worker.process.wait(LIMIT_S) == 0
    final(worker, execution_id)


def test_the_limit_of_being_alone_keeps_the_variables(start_worker: Callable[..., WorkerProcess]) -> None:
    worker = start_worker(environment={"CAPSULE_ALONE_LIMIT_S": "0.1"})
    client = worker.attach(checkpoints=True)
    execution_id = client.start(LARGE)
    client.finish(execution_id)
    detach(client)
    assert worker.process.wait(LIMIT_S) == 0
    final(worker, execution_id)


def test_shutdown_is_the_users_own_and_keeps_nothing_more(worker: WorkerProcess) -> None:
    client = worker.attach(checkpoints=True)
    client.run(LARGE)
    client.send(Shutdown())
    assert worker.process.wait(LIMIT_S) == 0
    assert list(worker.checkpoint_directory.iterdir()) == []


def test_a_final_checkpoint_that_would_take_for_ever_is_given_up(start_worker: Callable[..., WorkerProcess]) -> None:
    worker = start_worker(environment={"CAPSULE_EXIT_LIMIT_S": "2", "CAPSULE_KEEP_LIMIT_S": "0.2"})
    client = worker.attach(checkpoints=True)
    client.run("import time\nclass Slow:\n    def __reduce__(self): time.sleep(60)\nx = Slow()")
    os.kill(worker.process.pid, signal.SIGTERM)
    assert worker.process.wait(LIMIT_S) == 0
    assert list(worker.checkpoint_directory.iterdir()) == []


def test_a_signal_ends_a_worker_whose_cell_never_returns_from_c_code(
    start_worker: Callable[..., WorkerProcess],
) -> None:
    worker = start_worker(environment={"CAPSULE_EXIT_LIMIT_S": "0.2"})
    client = worker.attach(checkpoints=True)
    client.start(NEVER_RETURNS)
    client.wait_for(Output)
    os.kill(worker.process.pid, signal.SIGTERM)
    assert worker.process.wait(LIMIT_S) == 1
