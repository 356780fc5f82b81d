"""Who may attach, what a worker does when the application goes, and what is found on coming back (invariant 12)."""

from __future__ import annotations

import os
import socket
import stat
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from engine.protocol.messages import (
    PROTOCOL_VERSION,
    Attach,
    Detach,
    Heartbeat,
    Input,
    Output,
    Ready,
    Refused,
    Result,
    Shutdown,
    new_id,
)
from tests.support.worker_process import LIMIT_S, Client, WorkerProcess, text_of


def refusal(client: Client, token: bytes, version: int = PROTOCOL_VERSION) -> str:
    client.send(Attach(protocol_version=version, token=token, application_id=new_id()))
    reason = client.wait_for(Refused).reason
    with pytest.raises(EOFError):
        client.receive()
    return reason


def test_the_socket_is_its_users_alone(worker: WorkerProcess) -> None:
    worker.attach()
    assert stat.S_IMODE(worker.socket_path.stat().st_mode) == 0o600


def test_logs_are_their_users_alone(worker: WorkerProcess) -> None:
    client = worker.attach()
    execution_id = client.start("1")
    client.finish(execution_id)
    assert stat.S_IMODE((worker.log_directory / f"{execution_id}.log").stat().st_mode) == 0o600


def test_a_wrong_token_is_refused(worker: WorkerProcess) -> None:
    assert refusal(worker.connect(), b"x" * 32) == "the token is not this worker's"


def test_another_protocol_version_is_refused_in_words(worker: WorkerProcess) -> None:
    assert refusal(worker.connect(), worker.token, version=99) == "this worker speaks protocol 1, the application 99"


def test_a_second_application_is_refused_and_the_first_undisturbed(worker: WorkerProcess) -> None:
    first = worker.attach()
    assert refusal(worker.connect(), worker.token) == "another application is attached"
    assert first.text("print('here')") == "here\n"


def test_silent_connections_are_bounded_and_keep_nobody_out(worker: WorkerProcess) -> None:
    for _ in range(10):
        worker.connect()
    assert worker.attach().text("print('in')") == "in\n"


def test_garbage_closes_its_connection_and_nothing_else(worker: WorkerProcess) -> None:
    stranger = worker.connect()
    stranger.socket.sendall(b"\xff" * 100)
    with pytest.raises(EOFError):
        stranger.receive()
    client = worker.attach()
    client.run("x = 1")
    client.socket.sendall(struct.pack(">I", 3) + b"abc")
    with pytest.raises(EOFError):
        client.wait_for(Shutdown)
    assert worker.attach().text("print(x)") == "1\n"


def test_a_folder_open_to_others_is_no_place_for_a_socket(worker: WorkerProcess) -> None:
    worker.attach()
    worker.folder.chmod(0o755)
    command = [*worker.process.args]  # type: ignore[misc]  # a list, as it was given
    command[command.index("--socket") + 1] = str(worker.folder / "other")
    done = subprocess.run(command, stderr=subprocess.PIPE, timeout=LIMIT_S, check=False)
    assert done.returncode == 1
    assert b"not a folder of this user's alone" in done.stderr


def test_a_running_cell_goes_on_without_an_application_and_nothing_is_lost(worker: WorkerProcess) -> None:
    first = worker.attach()
    alone, back = worker.folder / "alone", worker.folder / "back"
    for gate in (alone, back):
        os.mkfifo(gate)
    execution_id = first.start(
        "for i in range(200):\n    print(i, flush=True)\n"
        f"    if i == 1: open({str(alone)!r}).close()\n    if i == 198: open({str(back)!r}).close()"
    )
    first.wait_for(Output)
    first.send(Detach())
    with pytest.raises(EOFError):
        first.wait_for(Shutdown)
    alone.write_bytes(b"")
    second = worker.connect()
    attached = second.attach(worker.token)
    assert attached.running == execution_id
    second.read_log(execution_id, attached.log_ends[execution_id])
    back.write_bytes(b"")
    messages = second.finish(execution_id)
    assert text_of(messages) == "".join(f"{i}\n" for i in range(200))
    assert isinstance(messages[-1], Result)


def test_ready_is_said_again_to_who_attaches_again(worker: WorkerProcess) -> None:
    first = worker.attach()
    first.run("1")
    first.close()
    second = worker.connect()
    second.attach(worker.token)
    assert second.wait_for(Ready).pid == worker.process.pid


def test_a_dropped_connection_leaves_a_question_waiting_for_the_next(worker: WorkerProcess) -> None:
    first = worker.attach()
    execution_id = first.start("print(input('still there? '))")
    first.wait_for(Input)
    first.close()
    second = worker.connect()
    ends = second.attach(worker.token).log_ends
    question = second.read_log(execution_id, ends[execution_id])[-1]
    assert isinstance(question, Input)
    second.answer(execution_id, question.input_number, "yes")
    assert text_of(second.finish(execution_id)) == "yes\n"


def test_adopting_again_does_not_undo_a_change_of_directory(worker: WorkerProcess) -> None:
    first = worker.attach()
    first.run("import os; os.mkdir('sub'); os.chdir('sub')")
    first.close()
    assert worker.attach().text("print(os.path.basename(os.getcwd()))") == "sub\n"


def test_the_directory_history_begins_at_the_notebook(worker: WorkerProcess) -> None:
    assert worker.attach().text("print(_dh[0])") == f"{worker.working_directory}\n"


def test_an_application_that_reads_nothing_does_not_hold_up_the_cell(worker: WorkerProcess) -> None:
    client = worker.attach()
    path = worker.folder / "done"
    os.mkfifo(path)
    execution_id = client.start(f"for i in range(3000): print('x' * 100_000)\nopen({str(path)!r}, 'w').close()")
    path.read_bytes()  # until the cell opens its other end
    assert sum(len(m.text) for m in client.finish(execution_id) if isinstance(m, Output)) == 3000 * 100_001


def test_a_spare_that_is_attached_waits_for_its_notebook_without_end(tmp_path: Path) -> None:
    with WorkerProcess(tmp_path, environment={"CAPSULE_START_LIMIT_S": "0.9"}) as worker:
        client = worker.connect()
        client.attach(worker.token)
        for _ in range(2):  # a second apart
            client.wait_for(Heartbeat)
        assert worker.process.poll() is None


def test_one_that_nobody_attaches_to_goes(tmp_path: Path) -> None:
    with WorkerProcess(tmp_path, environment={"CAPSULE_START_LIMIT_S": "0.1"}) as worker:
        assert worker.process.wait(LIMIT_S) == 0


def test_a_spare_goes_with_its_connection(worker: WorkerProcess) -> None:
    client = worker.connect()
    client.attach(worker.token)
    client.wait_for(Ready)
    client.close()
    assert worker.process.wait(LIMIT_S) == 0
    assert not worker.socket_path.exists()


def test_a_worker_that_must_not_outlive_goes_with_its_connection_though_it_ran(worker: WorkerProcess) -> None:
    client = worker.attach(outlives=False)
    client.start("import time; time.sleep(60)")
    client.close()
    assert worker.process.wait(LIMIT_S) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="PDEATHSIG is Linux's")
def test_a_worker_that_ran_something_stays_when_its_parent_dies(worker: WorkerProcess) -> None:
    client = worker.attach()
    client.run("import ctypes, signal\npd = ctypes.c_int(-1)\nctypes.CDLL(None).prctl(2, ctypes.byref(pd), 0, 0, 0)")
    assert client.text("print(pd.value)") == "0\n"


@pytest.mark.skipif(sys.platform != "linux", reason="PDEATHSIG is Linux's")
def test_a_spare_dies_with_its_parent(worker: WorkerProcess) -> None:
    client = worker.attach(outlives=False)
    client.run("import ctypes\npd = ctypes.c_int(-1)\nctypes.CDLL(None).prctl(2, ctypes.byref(pd), 0, 0, 0)")
    assert client.text("print(pd.value)") == "15\n"
    os.kill(worker.process.pid, 15)
    assert worker.process.wait(LIMIT_S) == 0


def test_shutdown_runs_atexit_handlers_and_ends_the_cell(worker: WorkerProcess) -> None:
    client = worker.attach()
    path = worker.folder / "left"
    client.run(f"import atexit; atexit.register(open, {str(path)!r}, 'w')")
    execution_id = client.start("import time; print('started', flush=True); time.sleep(60)")
    client.wait_for(Output)
    client.send(Shutdown())
    end = client.finish(execution_id)[-1]
    assert not isinstance(end, Result)
    assert worker.process.wait(LIMIT_S) == 0
    assert path.exists()


@pytest.mark.parametrize("code", ["exit", "quit", "exit()"])
def test_exit_ends_the_worker_after_the_cells_result(worker: WorkerProcess, code: str) -> None:
    client = worker.attach()
    assert isinstance(client.run(code)[-1], Result)
    assert worker.process.wait(LIMIT_S) == 0


def test_a_new_worker_of_the_same_notebook_appends_to_the_background_log(worker: WorkerProcess) -> None:
    whole = b"\0\0\0\x01\x80"
    (worker.log_directory / "background.log").write_bytes(whole + b"\0\0\0\x05torn")
    first = worker.attach()
    first.run("1")  # so that it stays
    first.close()
    client = worker.connect()
    assert client.attach(worker.token).log_ends["background"] == len(whole)


def test_the_peer_of_a_connection_is_known_by_its_user() -> None:
    from engine.worker.channel import peer_uid

    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_uid(ours) == os.getuid()
