"""Stop and Cancel reach a cell wherever it is, and nothing between cells."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from engine.protocol.messages import (
    Cancel,
    Error,
    Execute,
    Heartbeat,
    Input,
    Interrupt,
    Message,
    Output,
    Result,
    new_id,
)
from tests.support.worker_process import NEVER_RETURNS, Client, WorkerProcess, text_of

STARTED = "print('started', flush=True)\n"


def start_and_wait(client: Client, code: str, before: str = "") -> str:
    """Start code, and wait until it says that it runs, where it does or at its beginning; before comes before that."""
    code = code if STARTED.strip() in code else f"{STARTED}{code}"
    execution_id = client.start(f"import asyncio, subprocess, sys, time\n{before}\n{code}")
    client.wait_for(Output, lambda m: m.execution_id == execution_id and "started" in m.text)
    return execution_id


def end_of(client: Client, execution_id: str) -> Message:
    return client.finish(execution_id)[-1]


@pytest.mark.parametrize(
    "code",
    [
        "time.sleep(60)",
        "while True: pass",
        "await asyncio.sleep(60)",
        "await asyncio.gather(asyncio.sleep(60), asyncio.sleep(60))",
        "await asyncio.sleep(0)\nwhile True: pass",
        "subprocess.run(['sleep', '60'])",
        "while True: print(1)",
    ],
)
def test_an_interrupt_ends_the_cell_with_keyboard_interrupt(client: Client, code: str) -> None:
    execution_id = start_and_wait(client, code)
    client.interrupt()
    end = end_of(client, execution_id)
    assert isinstance(end, Error)
    assert end.error_type == "KeyboardInterrupt"
    assert client.text("print('on')") == "on\n"


def test_an_interrupt_that_hits_a_finaliser_is_not_lost(client: Client) -> None:
    code = "class Slow:\n    def __del__(self): print('started', flush=True); time.sleep(60)\nSlow()\ntime.sleep(60)"
    execution_id = client.start(f"import time\n{code}")
    client.wait_for(Output, lambda m: "started" in m.text)
    client.interrupt()
    messages = client.finish(execution_id)
    assert isinstance(messages[-1], Error)
    assert messages[-1].error_type == "KeyboardInterrupt"
    assert "ignored" not in text_of(messages, "stderr")


def test_an_interrupt_ends_input(client: Client) -> None:
    execution_id = client.start("input('name? ')")
    client.wait_for(Input)
    client.interrupt()
    end = end_of(client, execution_id)
    assert isinstance(end, Error)
    assert (end.error_type, end.message) == ("KeyboardInterrupt", "Interrupted by user")


def test_an_interrupt_right_behind_execute_is_not_lost(client: Client) -> None:
    execution_id = new_id()
    client.send(Execute(execution_id=execution_id, code="import time; time.sleep(60)"))
    client.send(Interrupt())
    end = end_of(client, execution_id)
    assert isinstance(end, Error)
    assert end.error_type == "KeyboardInterrupt"


def test_an_interrupt_between_cells_does_nothing(client: Client, shared_worker: WorkerProcess) -> None:
    client.interrupt()
    os.kill(shared_worker.process.pid, signal.SIGINT)
    assert client.text("print('unharmed')") == "unharmed\n"


def test_an_interrupt_ends_a_program_of_the_shell_and_its_cell_goes_on(client: Client) -> None:
    client.run("!true")  # IPython imports what it needs for it
    execution_id = client.start("!echo started; sleep 60\nprint('on')")
    client.wait_for(Output, lambda m: "started" in m.text)
    client.interrupt()
    messages = client.finish(execution_id)
    assert isinstance(messages[-1], Result)
    assert text_of(messages).endswith("on\n")


def test_a_cell_may_handle_an_interrupt(client: Client) -> None:
    execution_id = start_and_wait(
        client, f"try:\n    {STARTED}    time.sleep(60)\nexcept KeyboardInterrupt: print('handled')"
    )
    client.interrupt()
    assert text_of(client.finish(execution_id)).endswith("handled\n")


def test_an_awaiting_cell_may_handle_an_interrupt_and_go_on(client: Client) -> None:
    code = (
        f"try:\n    {STARTED}    await asyncio.sleep(60)\nexcept KeyboardInterrupt: print('handled')\n"
        "await asyncio.sleep(0); print('on')"
    )
    execution_id = start_and_wait(client, code)
    client.interrupt()
    assert text_of(client.finish(execution_id)).endswith("handled\non\n")


def test_no_frame_of_ours_is_in_an_interrupts_traceback(client: Client) -> None:
    execution_id = start_and_wait(client, "while True: print('x')")
    client.interrupt()
    end = end_of(client, execution_id)
    assert isinstance(end, Error)
    assert "/worker/" not in "".join(end.traceback)


def test_an_interrupt_spares_a_server_of_an_earlier_cell(client: Client) -> None:
    client.run("import subprocess, time; server = subprocess.Popen(['sleep', '60']); time.sleep(0.1)")
    execution_id = start_and_wait(client, "time.sleep(60)", before="child = subprocess.Popen(['sleep', '60'])")
    client.interrupt()
    client.finish(execution_id)
    assert client.text("print(child.wait(), server.poll())") == "-2 None\n"
    client.run("server.kill(); server.wait()")


def test_an_interrupt_spares_a_child_with_a_session_of_its_own(client: Client) -> None:
    before = "own = subprocess.Popen(['sleep', '60'], start_new_session=True)"
    execution_id = start_and_wait(client, "time.sleep(60)", before=before)
    client.interrupt()
    client.finish(execution_id)
    assert client.text("print(own.poll())") == "None\n"
    client.run("own.kill(); own.wait()")


@pytest.mark.parametrize(
    "code",
    [
        "while True:\n    try: time.sleep(60)\n    except KeyboardInterrupt: pass",
        "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass",
        "while True:\n    try: time.sleep(60)\n    except BaseException: print('no')",
        "while True:\n    try: await asyncio.sleep(60)\n    except BaseException: pass",
        "while True:\n    try: subprocess.run(['sleep', '60'])\n    except KeyboardInterrupt: pass",
        (
            "while True:\n    try:\n        while True:\n"
            "            try: time.sleep(60)\n            except: print('n')\n    finally: x = 1"
        ),
        "subprocess.run(['sh', '-c', 'trap \"\" INT; sleep 60'])",
    ],
)
def test_cancel_ends_code_that_swallows_interrupts(client: Client, code: str) -> None:
    execution_id = start_and_wait(client, code)
    client.send(Cancel(execution_id=execution_id, grace_s=0.05))
    end = end_of(client, execution_id)
    if not code.startswith("subprocess"):
        assert isinstance(end, Error)
        assert end.error_type == "KeyboardInterrupt"
    assert client.text("print('on')") == "on\n"


@pytest.mark.parametrize(
    "code",
    [
        "time.sleep(60)",
        "while True: pass",
        "while True:\n    try: input()\n    except KeyboardInterrupt: pass",
        pytest.param(
            "import numpy; a = numpy.ones((500, 500))\nwhile True:\n    try: a @ a\n    except KeyboardInterrupt: pass",
            marks=pytest.mark.needs("numpy"),
        ),
        "p = subprocess.Popen(['true'])\nwhile True:\n    try: time.sleep(60)\n    except KeyboardInterrupt: pass",
        "import os\np = subprocess.Popen(['sleep', '60']); os.kill(p.pid, 19); p.wait()",
        "subprocess.run('(trap \"\" INT; sleep 60) & wait', shell=True, capture_output=True)",
        "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as p: p.submit(time.sleep, 60)",
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "try: time.sleep(60)\nfinally: time.sleep(60)",
        (
            "async def f():\n    while True:\n        try: await asyncio.sleep(60)\n"
            "        except BaseException: pass\nawait asyncio.gather(f(), f())"
        ),
    ],
)
def test_force_stop_ends_what_a_stop_does_not(client: Client, code: str) -> None:
    execution_id = start_and_wait(client, code)
    client.send(Cancel(execution_id=execution_id, grace_s=0.0))
    end = end_of(client, execution_id)
    assert isinstance(end, Error)
    assert end.error_type == "KeyboardInterrupt"
    assert client.text("print('on')") == "on\n"


def test_a_force_stop_need_not_wait_for_the_grace_of_an_earlier_one(client: Client) -> None:
    execution_id = start_and_wait(client, "while True:\n    try: time.sleep(60)\n    except KeyboardInterrupt: pass")
    client.send(Cancel(execution_id=execution_id, grace_s=60.0))
    client.send(Cancel(execution_id=execution_id, grace_s=0.0))
    assert isinstance(end_of(client, execution_id), Error)


def test_a_force_stop_whose_cell_has_just_ended_spares_the_next_one(worker: WorkerProcess) -> None:
    client = worker.attach()
    client.run(  # the cell ends while the worker still looks for its children
        "import sys, threading, time\nchildren = sys.modules['_capsule_engine.worker.children']\n"
        "go, real = threading.Event(), children.kill_foreground\n"
        "def slow(**since): go.set(); time.sleep(0.2); real(**since)\n"
        "children.kill_foreground = slow"
    )
    code = "while not go.is_set():\n    try: go.wait(60)\n    except KeyboardInterrupt: pass"
    execution_id = start_and_wait(client, code)
    client.send(Cancel(execution_id=execution_id, grace_s=0.05))
    end_of(client, execution_id)
    assert client.text("time.sleep(0.4); print('spared')") == "spared\n"


def test_a_second_interrupt_that_comes_as_the_first_leaves_the_cell_spares_the_worker(worker: WorkerProcess) -> None:
    client = worker.attach()
    client.run(
        "import signal, sys\n"
        "cells, interrupts = (sys.modules[f'_capsule_engine.worker.{name}'] for name in ('cells', 'interrupts'))\n"
        "end, fail, strikes = interrupts.Interrupts.end_cell, cells.Cells._failure, []\n"
        "def struck(self):\n    if strikes: signal.raise_signal(strikes.pop())\n    end(self)\n"
        "def pressed(self, *of):\n    signal.raise_signal(interrupts.FORCE)\n    return fail(self, *of)\n"
        "interrupts.Interrupts.end_cell, cells.Cells._failure = struck, pressed"
    )
    last = client.run("strikes.append(signal.SIGINT)")[-1]
    assert isinstance(last, Error)
    assert last.error_type == "KeyboardInterrupt"
    assert client.text("print('spared')") == "spared\n"


def test_c_code_that_never_returns_holds_up_nobody_else_and_can_be_killed(worker: WorkerProcess) -> None:
    client = worker.attach()
    execution_id = client.start(NEVER_RETURNS)
    client.wait_for(Output)
    client.interrupt()
    client.send(Cancel(execution_id=execution_id, grace_s=0.0))
    for _ in range(2):  # a second apart
        assert client.wait_for(Heartbeat).running == execution_id
    assert client.ask("complete", code="a", cursor=1).error == "busy"
    worker.process.kill()
    with pytest.raises(EOFError):
        client.finish(execution_id)


def test_cancel_of_another_execution_does_nothing(client: Client) -> None:
    execution_id = client.start("input()")
    client.wait_for(Input)
    client.send(Cancel(execution_id="ab", grace_s=0.0))
    client.answer(execution_id, 1, "")
    assert isinstance(end_of(client, execution_id), Result)


def test_a_process_pool_of_the_cell_is_interrupted_with_it(start_worker: Callable[..., WorkerProcess]) -> None:
    client = start_worker().attach()
    code = "import multiprocessing as mp\nwith mp.get_context('fork').Pool(2) as p: p.map(time.sleep, [60, 60])"
    execution_id = start_and_wait(client, code)
    client.interrupt()
    end = end_of(client, execution_id)
    assert isinstance(end, Error)
    assert end.error_type == "KeyboardInterrupt"
