"""One execution at a time, each once, and an answer to every message (invariants 3 and 6)."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.protocol.framing import frame
from engine.protocol.messages import (
    BUSY,
    DUPLICATE,
    OUTPUT_DRAIN_TIMEOUT,
    OUTPUT_DRAIN_TIMEOUT_MESSAGE,
    UNSUPPORTED,
    Checkpoint,
    CheckpointReport,
    Error,
    Execute,
    Heartbeat,
    Input,
    Ready,
    Restore,
    RestoreReport,
    Result,
    new_id,
)
from tests.support.worker_process import Client, WorkerProcess, text_of


def refusal_of(client: Client, request: Execute) -> Error:
    client.send(request)
    return client.wait_for(Error, lambda m: m.request_id == request.id)


def waiting_cell(client: Client) -> str:
    execution_id = client.start("print('one'); input(); print('two')")
    client.wait_for(Input)
    return execution_id


def test_a_second_execute_gets_one_busy_and_disturbs_nothing(client: Client) -> None:
    running = waiting_cell(client)
    request = Execute(execution_id=new_id(), code="print('never')")
    busy = refusal_of(client, request)
    assert (busy.error_type, busy.execution_id) == (BUSY, request.execution_id)
    client.answer(running, 1)
    messages = client.finish(running)
    assert text_of(messages) == "one\ntwo\n"
    assert isinstance(messages[-1], Result)
    assert not (client.log_directory / f"{request.execution_id}.log").exists()
    assert [m for m in client.others if isinstance(m, Error) and m.execution_id == request.execution_id] == [busy]


def test_the_same_execution_twice_is_a_duplicate(client: Client) -> None:
    execution_id = client.start("print('once')")
    client.finish(execution_id)
    again = refusal_of(client, Execute(execution_id=execution_id, code="print('once')"))
    assert (again.error_type, again.execution_id) == (DUPLICATE, execution_id)
    assert text_of(client.logs[execution_id].messages) == "once\n"


def test_the_running_execution_sent_again_is_a_duplicate(client: Client) -> None:
    running = waiting_cell(client)
    assert refusal_of(client, Execute(execution_id=running, code="")).error_type == DUPLICATE
    client.answer(running, 1)
    client.finish(running)


def test_an_execution_of_an_earlier_worker_is_a_duplicate(worker: WorkerProcess) -> None:
    (worker.log_directory / "abc.log").touch()
    assert refusal_of(worker.attach(), Execute(execution_id="abc", code="1")).error_type == DUPLICATE


def test_a_next_cell_may_follow_the_result_at_once(client: Client) -> None:
    client.others.clear()
    for _ in range(200):
        assert isinstance(client.run("1")[-1], Result)
    assert not [m for m in client.others if isinstance(m, Error)]


def test_an_unknown_message_is_unsupported(client: Client) -> None:
    import msgpack

    client.socket.sendall(frame(msgpack.packb({"type": "Teleport", "id": "me"})))
    error = client.wait_for(Error, lambda m: m.request_id == "me")
    assert error.error_type == UNSUPPORTED
    assert "Teleport" in error.message


def test_a_message_that_is_not_for_workers_is_unsupported(client: Client) -> None:
    message = Result(execution_id="ab", execution_count=1, execution_time=0.0)
    client.send(message)
    assert client.wait_for(Error, lambda m: m.request_id == message.id).error_type == UNSUPPORTED


def test_an_execution_id_that_is_no_name_is_not_run(client: Client) -> None:
    assert refusal_of(client, Execute(execution_id="../evil", code="1")).error_type == "LogError"


def test_drain_timeout_withholds_the_result_and_is_logged(start_worker: Callable[..., WorkerProcess]) -> None:
    worker = start_worker(environment={"CAPSULE_DRAIN_LIMIT_S": "0.1"})
    client = worker.attach()
    # a thread that takes the pump's lock and never gives it back: nothing moves any more
    end = client.run(
        "import sys, threading\nt = threading.Thread(target=sys.stdout._outlet._lock.acquire); t.start(); t.join()"
    )
    errors = [m for m in end if isinstance(m, Error)]
    assert [type(m) for m in end] == [Error]
    assert (errors[0].error_type, errors[0].message) == (OUTPUT_DRAIN_TIMEOUT, OUTPUT_DRAIN_TIMEOUT_MESSAGE)
    assert errors[0].execution_time > 0
    assert not errors[0].displayed
    assert re.search(r"WARNING capsule\.worker: execution \w+: its output could not be drained", worker.stderr())


def test_a_full_disk_ends_in_the_same_error_on_the_socket(start_worker: Callable[..., WorkerProcess]) -> None:
    client = start_worker().attach()
    execution_id = client.start(
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY)); print('x' * 10_000)"
    )
    error = client.wait_for(Error)
    assert (error.execution_id, error.error_type) == (execution_id, OUTPUT_DRAIN_TIMEOUT)
    client.run("resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)")


def test_heartbeats_tell_memory_variables_and_what_runs(client: Client) -> None:
    client.run("%reset -f")
    client.run("one = 1; two = 2")
    running = waiting_cell(client)
    beat = client.wait_for(Heartbeat, lambda m: m.running == running)
    assert beat.variables == 2
    assert beat.memory_bytes > 10_000_000
    assert beat.cpu_s > 0
    client.answer(running, 1)
    client.finish(running)


def test_queries_are_answered_between_cells(client: Client) -> None:
    client.run("%reset -f")
    client.run("alpha_one = 1; alpha_two = [2]")
    completion = client.ask("complete", code="alpha_", cursor=6).reply
    assert (completion["matches"], completion["start"], completion["end"]) == (["alpha_one", "alpha_two"], 0, 6)
    assert "int" in str(client.ask("inspect", code="alpha_one", cursor=3, detail=0).reply["data"])
    assert client.ask("inspect", code="nosuch", cursor=3).reply == {"found": False, "data": {}}
    assert client.ask("is_complete", code="for i in x:").reply["status"] == "incomplete"
    rows = client.ask("variables").reply["variables"]
    assert rows == [{"name": "alpha_one", "type": "int"}, {"name": "alpha_two", "type": "list"}]
    assert "unknown query" in client.ask("weather").error


def test_nothing_else_is_done_while_a_cell_runs(client: Client) -> None:
    running = waiting_cell(client)
    assert client.ask("complete", code="a", cursor=1).error == "busy"
    client.send(Checkpoint(path="/nowhere", name="n"))
    assert client.wait_for(CheckpointReport).error == "a cell is running"
    client.send(Restore(path="/nowhere", sha256=b"", payload_bytes=0))
    assert client.wait_for(RestoreReport).error == "a cell is running"
    client.answer(running, 1)
    client.finish(running)


def test_a_checkpoint_that_cannot_be_written_says_why(client: Client) -> None:
    client.send(Checkpoint(path="/nonexistent/file", name="n"))
    assert client.wait_for(CheckpointReport).error


def test_ready_names_the_interpreter(start_worker: Callable[..., WorkerProcess]) -> None:
    worker = start_worker()
    client = worker.connect()
    client.attach(worker.token)
    ready = client.wait_for(Ready)
    assert ready.pid == worker.process.pid
    assert ready.python_version.count(".") == 2
