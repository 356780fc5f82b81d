"""fork, spawn and exec from a cell do what they do under Jupyter, and never touch what is the worker's."""

from __future__ import annotations

import pytest

from engine.protocol.messages import Error, Message, Result
from tests.support.worker_process import Client, WorkerProcess, text_of


def lines(client: Client, code: str) -> list[str]:
    return sorted(client.text(code).splitlines())


def test_a_forked_pool_runs_functions_of_cells(client: Client) -> None:
    client.run("import multiprocessing as mp\ndef square(x):\n    print('child', x)\n    return x * x")
    code = "with mp.get_context('fork').Pool(2) as pool: print(pool.map(square, [1, 2, 3]))"
    assert lines(client, code) == ["[1, 4, 9]", "child 1", "child 2", "child 3"]


def test_a_spawned_process_runs_what_can_be_imported(client: Client) -> None:
    client.run("open('mod.py', 'w').write('def f(x):\\n    print(\"spawned\", x, flush=True)\\n    return x + 1\\n');")
    code = (
        "import multiprocessing as mp, mod\nwith mp.get_context('spawn').Pool(1) as pool: print(pool.map(mod.f, [1]))"
    )
    assert lines(client, code) == ["[2]", "spawned 1"]


def test_a_forked_child_ends_at_the_end_of_its_cell(client: Client) -> None:
    messages = client.run("import os\npid = os.fork()\nprint('child' if pid == 0 else os.waitpid(pid, 0)[1])")
    assert sorted(text_of(messages).split()) == ["0", "child"]
    assert [type(m) for m in messages if isinstance(m, (Result, Error))] == [Result]


def test_a_forked_childs_error_is_printed_and_ends_it(client: Client) -> None:
    messages = client.run(
        "import os\npid = os.fork()\nif pid == 0: 1/0\nprint(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    )
    assert text_of(messages) == "1\n"
    assert "ZeroDivisionError" in text_of(messages, "stderr")
    assert isinstance(messages[-1], Result)


def test_a_forked_child_does_not_print_what_its_parent_had_printed(client: Client) -> None:
    assert client.text("import os\nprint('once')\nif os.fork() == 0: os._exit(0)\nos.wait();") == "once\n"


def test_a_forked_child_may_become_another_program(client: Client) -> None:
    code = "import os\nif os.fork() == 0: os.execvp('echo', ['echo', 'became'])\nos.wait();"
    assert client.text(code) == "became\n"


def test_a_forked_child_exits_with_its_own_code(client: Client) -> None:
    code = "import os, sys\npid = os.fork()\nif pid == 0: sys.exit(7)\n"
    code += "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    assert client.text(code) == "7\n"


def test_a_child_that_lives_on_does_not_hold_the_connection(worker: WorkerProcess) -> None:
    client = worker.attach()
    client.run("import os, time\npid = os.fork()\nif pid == 0:\n    time.sleep(60); os._exit(0)")
    client.start("os._exit(3)")
    with pytest.raises(EOFError):
        client.wait_for(Result)
    assert worker.process.wait(10) == 3


def test_main_is_the_cells_module(client: Client) -> None:
    code = "import __main__; x = 5; print(__main__.x, __name__, hasattr(__main__, '__file__'))"
    assert client.text(code) == "5 __main__ False\n"


def test_a_crash_is_told_in_the_stderr_file(worker: WorkerProcess) -> None:
    client = worker.attach()
    client.start("import ctypes; ctypes.string_at(0)")
    with pytest.raises(EOFError):
        client.wait_for(Message, lambda m: isinstance(m, Result))
    worker.process.wait(10)
    assert "Segmentation fault" in worker.stderr()


def test_an_interrupt_within_a_fork_is_for_the_cell_and_leaves_the_child_apart(client: Client) -> None:
    messages = client.run(  # SIGINT comes while the hooks of fork run
        "import os, signal, threading\n"
        "armed = True\n"
        "def strike():\n"
        "    global armed\n"
        "    if armed: armed = False; signal.raise_signal(signal.SIGINT)\n"
        "os.register_at_fork(after_in_parent=strike)\n"
        "try:\n"
        "    if os.fork() == 0: print('child'); os._exit(0)\n"
        "    os.wait(); threading.Event().wait(30)\n"
        "except KeyboardInterrupt: print('interrupted')"
    )
    assert isinstance(messages[-1], Result)
    assert sorted(text_of(messages).split()) == ["child", "interrupted"]
    assert "ignored" not in text_of(messages, "stderr")
