"""What a cell prints and displays arrives whole, in order, and before its end (invariant 3)."""

from __future__ import annotations

import pytest

from engine.protocol.messages import (
    BACKGROUND,
    MAX_TEXT_BYTES,
    ClearOutput,
    Display,
    DisplayUpdate,
    Error,
    Message,
    NextInput,
    Output,
    Page,
    Result,
    Traceback,
)
from tests.support.worker_process import Client, text_of


def kinds(messages: list[Message]) -> list[str]:
    return [type(m).__name__ for m in messages]


def late_output(client: Client, text: str) -> Output:
    """What a thread printed for a cell that had ended, which may have passed by already."""
    for message in client.logs[BACKGROUND].messages if BACKGROUND in client.logs else ():
        if isinstance(message, Output) and message.text == text:
            return message
    return client.wait_for(Output, lambda m: m.text == text)


def test_a_cells_value_is_a_display_with_its_number(client: Client) -> None:
    display, result = client.run("6 * 7")
    assert isinstance(display, Display)
    assert isinstance(result, Result)
    assert display.data == {"text/plain": "42"}
    assert display.execution_count == result.execution_count
    assert result.execution_time > 0


def test_every_line_arrives_before_the_result(client: Client) -> None:
    messages = client.run("for i in range(100_000): print(i)")
    assert isinstance(messages[-1], Result)
    assert text_of(messages) == "".join(f"{i}\n" for i in range(100_000))


def test_carriage_returns_arrive_as_they_were_printed_before_the_result(client: Client) -> None:
    messages = client.run("for i in range(50): print(f'\\r{i}%', end='', flush=True)")
    assert isinstance(messages[-1], Result)
    assert text_of(messages) == "".join(f"\r{i}%" for i in range(50))


def test_a_hundred_megabytes_complete(client: Client) -> None:
    messages = client.run("for _ in range(100): print('x' * 999_999)")
    assert isinstance(messages[-1], Result)
    assert sum(len(m.text) for m in messages if isinstance(m, Output)) == 100_000_000


def test_a_hundred_megabytes_of_a_program_complete(client: Client) -> None:
    messages = client.run(
        "import subprocess; subprocess.run('head -c 100000000 /dev/zero | tr \"\\\\0\" x', shell=True);"
    )
    assert isinstance(messages[-1], Result)
    assert sum(len(m.text) for m in messages if isinstance(m, Output)) == 100_000_000


def test_text_frames_are_bounded_and_split_no_character(client: Client) -> None:
    messages = client.run("print('é€😀' * 50_000)")
    frames = [m.text for m in messages if isinstance(m, Output)]
    assert max(len(text.encode()) for text in frames) <= MAX_TEXT_BYTES
    assert "".join(frames) == "é€😀" * 50_000 + "\n"


def test_a_program_writing_half_characters_loses_none(client: Client) -> None:
    code = "import os, time\nfor byte in 'é€😀'.encode(): os.write(1, bytes([byte])); time.sleep(0.001)"
    assert client.text(code) == "é€😀"


def test_bytes_that_are_no_text_are_replaced(client: Client) -> None:
    assert client.text("import os; os.write(1, b'a\\xffb\\xe2\\x82');") == "a\ufffdb\ufffd"


@pytest.mark.parametrize(
    "other",
    [
        "os.write(1, b'between\\n')",
        "os.system('echo between')",
        "subprocess.run(['echo', 'between'])",
        "libc.puts(b'between')",
    ],
)
def test_print_keeps_its_order_against_what_is_written_beneath_it(client: Client, other: str) -> None:
    client.run("import os, subprocess, ctypes; libc = ctypes.CDLL(None)")
    text = client.text(f"for i in range(3):\n    print(i)\n    _ = {other}")
    assert text == "".join(f"{i}\nbetween\n" for i in range(3))


def test_print_stays_behind_what_the_pump_has_taken_and_not_queued(client: Client) -> None:
    client.run(  # the pump is slow between the two
        "import os, sys, time\ncapture = sys.stdout._lane.capture; real = capture.read\n"
        "def slow(limit):\n    text = real(limit); time.sleep(0.05); return text\n"
    )
    try:
        text = client.text("capture.read = slow\nfor i in range(3): _ = os.system('echo between'); print(i)")
    finally:
        client.run("del capture.read")
    assert text == "".join(f"between\n{i}\n" for i in range(3))


def test_a_program_may_be_given_sys_stdout(client: Client) -> None:
    code = "import subprocess, sys\nprint('a', end=''); subprocess.run(['echo', 'b'], stdout=sys.stdout); print('c')"
    assert client.text(code) == "ab\nc\n"


def test_bytes_may_be_written_to_the_buffer(client: Client) -> None:
    assert client.text("import sys\nprint('a'); sys.stdout.buffer.write(b'b\\n'); print('c')") == "a\nb\nc\n"


def test_the_streams_are_grouped_as_in_jupyter(client: Client) -> None:
    outlet = "import sys; outlet = sys.modules['_capsule_engine.worker.outlet']; grouped_s = outlet.BATCH_S"
    client.run(f"{outlet}; outlet.BATCH_S = 60.0")  # the lines of a busy machine's cell may be longer apart
    try:
        messages = client.run("print('o'); print('e', file=sys.stderr); print('o2')")
    finally:
        client.run("outlet.BATCH_S = grouped_s")
    assert [(m.stream, m.text) for m in messages if isinstance(m, Output)] == [("stdout", "o\no2\n"), ("stderr", "e\n")]


def test_a_display_stands_between_what_was_printed_before_and_after_it(client: Client) -> None:
    messages = client.run("print('before'); display('it'); print('after')")
    assert kinds(messages) == ["Output", "Display", "Output", "Result"]


def test_displays_are_updated_by_their_id(client: Client) -> None:
    messages = client.run("h = display('a', display_id='mine'); h.update('b')")
    assert isinstance(messages[0], Display)
    assert isinstance(messages[1], DisplayUpdate)
    assert (messages[0].display_id, messages[1].display_id) == ("mine", "mine")
    assert messages[1].data == {"text/plain": "'b'"}


@pytest.mark.needs("IPython")
def test_clear_output_says_whether_to_wait(client: Client) -> None:
    messages = client.run("from IPython.display import clear_output\nclear_output(); clear_output(wait=True)")
    assert [m.wait for m in messages if isinstance(m, ClearOutput)] == [False, True]


def test_binary_data_is_base64(client: Client) -> None:
    (display, _) = client.run("display({'image/png': b'\\x89PNG'}, raw=True)")
    assert isinstance(display, Display)
    assert display.data == {"image/png": "iVBORw=="}


def test_help_goes_to_the_pager(client: Client) -> None:
    messages = client.run("len?")
    assert isinstance(messages[0], Page)
    assert "number of items" in str(messages[0].data["text/plain"])


@pytest.mark.needs("IPython")
def test_load_offers_the_next_input(client: Client) -> None:
    client.run("open('to_load.py', 'w').write('loaded = 1\\n');")
    messages = client.run("%load to_load.py")
    assert isinstance(messages[0], NextInput)
    assert messages[0].replace
    assert "loaded = 1" in messages[0].text


def test_an_error_is_shown_in_its_place_and_then_ends_the_cell(client: Client) -> None:
    messages = client.run("print('a')\n1/0")
    assert kinds(messages) == ["Output", "Traceback", "Error"]
    shown, end = messages[1:]
    assert isinstance(shown, Traceback)
    assert isinstance(end, Error)
    assert (end.error_type, end.message, end.displayed) == ("ZeroDivisionError", "division by zero", True)
    assert end.traceback == shown.traceback
    assert end.execution_time > 0


def test_tracebacks_name_cell_lines_and_none_of_our_frames(client: Client) -> None:
    messages = client.run("def f():\n    input('x')\n\nimport sys; sys.stdout.write(1)")
    text = "\n".join(m for e in messages if isinstance(e, Error) for m in e.traceback)
    assert "In[" in text
    assert "line 4" in text
    assert "engine" not in text


def test_a_values_own_failing_repr_fails_the_cell(client: Client) -> None:
    messages = client.run("class B:\n    def __repr__(self): raise ValueError('no')\nB()")
    end = messages[-1]
    assert isinstance(end, Error)
    assert (end.error_type, end.message) == ("ValueError", "no")


@pytest.mark.needs("matplotlib")
def test_figures_are_inline_without_being_asked_for(client: Client) -> None:
    messages = client.run("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert [sorted(m.data) for m in messages if isinstance(m, Display)] == [["image/png", "text/plain"]]


def test_a_thread_that_prints_for_ever_delays_no_result(client: Client) -> None:
    code = "import threading\nstop = False\ndef f():\n    while not stop: print('t')\n"
    code += "t = threading.Thread(target=f); t.start()"
    try:
        for _ in range(3):
            assert isinstance(client.run(code)[-1], Result)
            assert isinstance(client.run("1")[-1], Result)
    finally:
        client.run("stop = True")


def test_what_a_thread_prints_later_belongs_to_the_cell_that_started_it(client: Client) -> None:
    code = "import threading\ngo = threading.Event()\n"
    code += "t = threading.Thread(target=lambda: (go.wait(), print('late')))\nt.start()"
    starter = client.start(code)
    client.finish(starter)
    other = client.run("go.set(); t.join()")
    assert (late_output(client, "late\n").execution_id, text_of(other)) == (starter, "")


def test_a_thread_of_a_thread_belongs_to_the_first_ones_cell(client: Client) -> None:
    starter = client.start(
        "import threading\ngo = threading.Event()\n"
        "def inner(): go.wait(); print('inner')\n"
        "def outer():\n    global i\n    i = threading.Thread(target=inner); i.start()\n"
        "o = threading.Thread(target=outer); o.start(); o.join()"
    )
    client.finish(starter)
    client.run("go.set(); i.join()")
    assert late_output(client, "inner\n").execution_id == starter


def test_tasks_live_on_between_cells(client: Client) -> None:
    client.run(
        "import asyncio\nsteps = []\nasync def tick():\n    for n in range(3):\n"
        "        steps.append(n); await asyncio.sleep(0)\n    done.set()\n"
        "done = asyncio.Event(); task = asyncio.create_task(tick()); await asyncio.sleep(0)"
    )
    assert client.text("await done.wait(); print(steps)") == "[0, 1, 2]\n"


def test_a_task_that_exits_does_not_end_the_worker(client: Client) -> None:
    client.run("import asyncio, sys\nasync def leave(): sys.exit(1)\nt = asyncio.create_task(leave())")
    assert client.text("print('still here')") == "still here\n"


def test_sys_exit_is_an_error_and_the_worker_lives_on(client: Client) -> None:
    end = client.run("import sys; sys.exit(3)")[-1]
    assert isinstance(end, Error)
    assert (end.error_type, end.message) == ("SystemExit", "3")
    assert isinstance(client.run("1")[-1], Result)


@pytest.mark.needs("IPython")
def test_a_cell_goes_once_through_the_users_transformers_and_hooks(client: Client) -> None:
    client.run(
        "heard = []\n"
        "shell = get_ipython()\n"
        "shell.input_transformers_post.append(lambda lines: heard.append('transformed') or lines)\n"
        "shell.events.register('post_run_cell', lambda result: heard.append(result.result))"
    )
    client.run("6 * 7")
    display = client.run("heard")[0]
    assert isinstance(display, Display)
    assert display.data == {"text/plain": "[None, 'transformed', 42, 'transformed']"}


def test_a_cell_without_history_does_not_count(client: Client) -> None:
    before, after = client.run("1")[-1], None
    client.run("2", store_history=False)
    after = client.run("3")[-1]
    assert isinstance(before, Result)
    assert isinstance(after, Result)
    assert after.execution_count == before.execution_count + 1


@pytest.mark.needs("IPython")
def test_the_users_history_file_is_left_alone(client: Client) -> None:
    assert client.text("print(get_ipython().history_manager.enabled)") == "False\n"


@pytest.mark.needs("IPython")
def test_libraries_see_a_notebook(client: Client) -> None:
    code = "s = get_ipython(); print(type(s).__name__, 'IPKernelApp' in s.config, hasattr(s, 'kernel'))"
    assert client.text(code) == "ZMQInteractiveShell True False\n"


def test_a_users_own_engine_module_can_be_imported(client: Client) -> None:
    client.run("open('engine.py', 'w').write('mine = 1\\n');")
    assert client.text("import engine; print(engine.mine)") == "1\n"
    client.run("import os; os.remove('engine.py')")


def test_nothing_of_ours_is_on_the_path(client: Client) -> None:
    assert "worker" not in client.text("import sys; print(sys.path)")


def test_what_c_code_prints_without_a_newline_arrives_with_its_cell(client: Client) -> None:
    client.run("import ctypes; libc = ctypes.CDLL(None)")
    assert client.text("libc.printf(b'no newline');") == "no newline"
