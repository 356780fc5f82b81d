"""Cells in Pythons without IPython: values, displays, history, errors, magics, programs and help."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.protocol.messages import (
    AutomaticCheckpoint,
    ClearOutput,
    Display,
    DisplayUpdate,
    Error,
    Message,
    Output,
    Page,
    Result,
    Traceback,
)
from tests.support.worker_process import Client, WorkerProcess, text_of


@pytest.fixture(scope="module")
def client(bare_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with WorkerProcess(tmp_path_factory.mktemp("w"), python=str(bare_python)) as worker:
        yield worker.attach(checkpoints=True)


def displays(messages: list[Message]) -> list[dict[str, object]]:
    return [m.data for m in messages if isinstance(m, Display)]


def value(client: Client, code: str) -> object:
    """The text of a cell's value."""
    (display,) = displays(client.run(code))
    return display["text/plain"]


def failed(client: Client, code: str) -> Traceback:
    messages = client.run(code)
    assert isinstance(messages[-1], Error)
    (shown,) = (m for m in messages if isinstance(m, Traceback))
    assert (shown.error_type, shown.message) == (messages[-1].error_type, messages[-1].message)
    return shown


def page(client: Client, code: str) -> str:
    (shown,) = (m for m in client.run(code) if isinstance(m, Page))
    return str(shown.data["text/plain"])


# --- values -------------------------------------------------------------------------------------------------


def test_the_last_expression_is_the_cells_numbered_value(client: Client) -> None:
    display, result = client.run("x = 6\nx * 7")
    assert isinstance(display, Display)
    assert isinstance(result, Result)
    assert display.data == {"text/plain": "42"}
    assert display.execution_count == result.execution_count


def test_a_semicolon_hides_the_value_and_keeps_it_out_of_the_history(client: Client) -> None:
    client.run("'before'")
    assert displays(client.run("'hidden';  # so")) == []
    assert value(client, "_") == "'before'"


def test_results_and_inputs_have_their_names(client: Client) -> None:
    count = client.run("'first'")[-1].execution_count  # type: ignore[union-attr]  # a Result
    client.run("'second'")
    assert value(client, f"_, __, _{count}, Out[{count}], _i{count}, In[{count}]").__str__() == str(
        ("second", "first", "first", "first", "'first'", "'first'")
    )


def test_awaiting_works_at_the_top_level_on_the_one_loop(client: Client) -> None:
    client.run(
        "import asyncio\nasync def late(): await asyncio.sleep(0); return 'late'\ntask = asyncio.ensure_future(late())"
    )
    assert value(client, "await task") == "'late'"


def test_an_await_can_be_interrupted(client: Client) -> None:
    execution_id = client.start("print('on', flush=True)\nimport asyncio\nawait asyncio.sleep(60)")
    client.wait_for(Output, lambda m: "on" in m.text)
    client.interrupt()
    last = client.finish(execution_id)[-1]
    assert isinstance(last, Error)
    assert last.error_type == "KeyboardInterrupt"


def test_futures_hold_for_the_cells_behind_them(client: Client) -> None:
    client.run("from __future__ import annotations")
    assert value(client, "def f(a: nowhere): ...\nf.__annotations__") == "{'a': 'nowhere'}"


def test_nothing_says_that_this_is_ipython(client: Client) -> None:
    assert failed(client, "get_ipython()").error_type == "NameError"
    shown = failed(client, "from IPython.display import HTML")
    assert (shown.error_type, shown.message) == ("ModuleNotFoundError", "No module named 'IPython'")


def test_nothing_of_ours_is_a_variable(client: Client) -> None:
    client.run("%reset -f")
    assert client.ask("variables").reply == {"variables": [], "total": 0}


# --- displays -----------------------------------------------------------------------------------------------


def test_an_object_is_shown_by_all_its_methods(client: Client) -> None:
    code = (
        "class Rich:\n"
        "    def __repr__(self): return 'rich'\n"
        "    def _repr_html_(self): return '<b>rich</b>'\n"
        "    def _repr_png_(self): return b'png', {'width': 3}\n"
        "    def _repr_svg_(self): return None\n"
        "Rich()"
    )
    (shown,) = (m for m in client.run(code) if isinstance(m, Display))
    assert shown.data == {"text/plain": "rich", "text/html": "<b>rich</b>", "image/png": "cG5n"}
    assert shown.metadata == {"image/png": {"width": 3}}


def test_a_method_that_fails_is_told_and_the_others_are_shown(client: Client) -> None:
    code = "class Half:\n    def __repr__(self): return 'half'\n    def _repr_html_(self): return 1 / 0\nHalf()"
    messages = client.run(code)
    assert displays(messages) == [{"text/plain": "half"}]
    assert [m.error_type for m in messages if isinstance(m, Traceback)] == ["ZeroDivisionError"]
    assert isinstance(messages[-1], Error)


def test_an_object_may_show_itself_or_give_a_bundle(client: Client) -> None:
    client.run("class Own:\n    def _ipython_display_(self): print('by itself')")
    assert text_of(client.run("Own()")) == "by itself\n"
    code = "class B:\n    def _repr_mimebundle_(self, **_): return {'text/plain': 'p', 'x/y': [1]}\ndisplay(B())"
    assert displays(client.run(code)) == [{"text/plain": "p", "x/y": [1]}]


def test_display_takes_what_ipythons_takes(client: Client) -> None:
    messages = client.run("display('a', 'b', metadata={'m': 1}); display({'text/html': '<i>'}, raw=True)")
    assert displays(messages) == [{"text/plain": "'a'"}, {"text/plain": "'b'"}, {"text/html": "<i>"}]
    (cleared, shown, _) = client.run("display('new', clear=True)")
    assert isinstance(cleared, ClearOutput)
    assert cleared.wait
    assert isinstance(shown, Display)


def test_a_display_is_updated_by_its_handle_and_by_its_name(client: Client) -> None:
    messages = client.run(
        "h = display('old', display_id='d'); h.update('new'); update_display('newer', display_id='d')"
    )
    assert [(m.display_id, m.data["text/plain"]) for m in messages if isinstance(m, DisplayUpdate)] == [
        ("d", "'new'"),
        ("d", "'newer'"),
    ]


def test_clear_output_says_whether_to_wait(client: Client) -> None:
    messages = client.run("clear_output(); clear_output(wait=True)")
    assert [m.wait for m in messages if isinstance(m, ClearOutput)] == [False, True]


# --- errors -------------------------------------------------------------------------------------------------


def test_a_traceback_names_cells_and_shows_their_lines(client: Client) -> None:
    shown = failed(client, "def f(a):\n    return a / 0\n\nf(1)")
    text = "\n".join(shown.traceback)
    assert "_capsule" not in text
    assert "engine" not in text
    plain = [line.replace("\x1b[39m", "").replace("\x1b[32m", "").replace("\x1b[36m", "") for line in text.split("\n")]
    assert any(line.startswith("Cell In[") and line.endswith(", line 4") for line in plain)
    assert any(line.endswith(", line 2, in f(a)") for line in plain)
    assert any(line.startswith("----> 2 ") and "return a / 0" in line for line in plain)


def test_the_exceptions_behind_one_are_shown_before_it(client: Client) -> None:
    code = "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise ValueError('b') from error"
    text = "\n".join(failed(client, code).traceback)
    assert text.index("division by zero") < text.index("direct cause") < text.rindex("ValueError")


def test_a_syntax_error_points_at_its_place(client: Client) -> None:
    shown = failed(client, "x = 1\ny = = 2")
    assert shown.error_type == "SyntaxError"
    lines = shown.traceback[0].split("\n")
    assert "line 2" in lines[0]
    assert lines[1].strip() == "y = = 2"
    assert lines[2].strip() == "^"


def test_an_error_that_the_parser_does_not_see_shows_its_line_too(client: Client) -> None:
    assert "    return 5" in failed(client, "x = 1\nreturn 5").traceback[0].split("\n")


def test_endless_recursion_is_shown_in_a_few_lines(client: Client) -> None:
    shown = failed(client, "def r(): return r()\nr()")
    assert shown.error_type == "RecursionError"
    assert len(shown.traceback) < 20


def test_an_exception_without_words_of_its_own_is_shown(client: Client) -> None:
    code = "class Bad(Exception):\n    def __str__(self): return 1\nraise Bad()"
    assert failed(client, code).error_type == "Bad"


def test_sys_exit_ends_the_cell_alone(client: Client) -> None:
    assert failed(client, "import sys\nsys.exit(3)").traceback == ["\x1b[31mSystemExit\x1b[39m: 3"]
    assert value(client, "1") == "1"


def test_a_warning_shows_its_line(client: Client) -> None:
    assert "warnings.warn('w')" in client.text("import warnings\nwarnings.warn('w')", "stderr")


# --- magics, programs, help ---------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["%%bash\necho hi", "print('ran')\n%unknown 1"])
def test_other_magics_say_what_they_need_before_anything_runs(client: Client, code: str) -> None:
    shown = failed(client, code)
    name = "%%bash" if "bash" in code else "%unknown"
    assert shown.error_type == "NeedsIPython"
    assert shown.message.startswith(f"{name} needs IPython, which this Python does not have. The cell was not run.")
    assert len(shown.traceback) == 1
    assert text_of(client.run(code)) == ""


def test_what_to_do_is_said_once_for_each_magic(client: Client) -> None:
    first, second = (failed(client, "%once").message for _ in range(2))
    assert "%pip install ipython" in first
    assert second.endswith("The cell was not run.")


def test_time_gives_the_value_and_says_how_long(client: Client) -> None:
    messages = client.run("%time 6 * 7")
    assert displays(messages) == [{"text/plain": "42"}]
    assert text_of(messages).startswith("CPU times: user ")
    assert "\nWall time: " in text_of(messages)
    assert value(client, "y = %time 'kept'\ny") == "'kept'"


def test_a_timed_cell_may_hold_lines_of_the_shell_and_fails_at_its_own_lines(client: Client) -> None:
    assert text_of(client.run("%%time\n!echo in\n5;")).startswith("in\r\nCPU times")
    assert ", line 3" in "\n".join(failed(client, "%%time\na = 1\na / 0").traceback)


def test_timeit_times_lines_and_cells(client: Client) -> None:
    assert client.text("%timeit -n 10 -r 2 1 + 1").endswith("(mean ± std. dev. of 2 runs, 10 loops each)\n")
    assert "1 run, 1 loop each" in client.text("%%timeit -n 1 -r 1 z = 3\nz + 1")


def test_a_cells_output_is_captured_and_shown_again(client: Client) -> None:
    assert client.text("%%capture kept\nprint('a'); display('b'); 'c'") == ""
    messages = client.run("kept.show()")
    assert text_of(messages) == "a\n"
    assert displays(messages) == [{"text/plain": "'b'"}, {"text/plain": "'c'"}]


def test_a_cell_is_written_to_a_file(client: Client) -> None:
    assert client.text("%%writefile of_cell.txt\none\n") == "Writing of_cell.txt\n"
    assert client.text("%%writefile -a of_cell.txt\ntwo\n") == "Appending to of_cell.txt\n"
    assert value(client, "open('of_cell.txt').read()") == "'one\\ntwo\\n'"


def test_folders_are_changed_and_remembered(client: Client) -> None:
    client.run("import os; here = os.getcwd()")
    assert client.text("%cd /").rstrip() == "/"
    assert value(client, "%pwd") == "'/'"
    client.run("%cd -q {here}")
    assert value(client, "os.getcwd() == here == str(_dh[-1])") == "True"


def test_environment_variables_are_set_and_read(client: Client) -> None:
    assert client.text("%env OF_CELL=a b") == "env: OF_CELL=a b\n"
    assert value(client, "%env OF_CELL") == "'a b'"


def test_without_pip_it_is_said_what_else_there_is(client: Client) -> None:
    shown = failed(client, "%pip install nothing")
    assert shown.error_type == "UsageError"
    assert "has no pip, so nothing was installed" in shown.message


def test_an_installer_that_fails_says_so_though_the_cell_goes_on(client: Client, tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho of uv; exit 3\n")
    uv.chmod(0o755)
    client.run(f"import os; path = os.environ['PATH']; os.environ['PATH'] = {str(tmp_path)!r} + ':' + path")
    messages = client.run("%uv pip install nothing\nprint('on')")
    client.run("os.environ['PATH'] = path")
    assert "uv failed: it ended with status 3." in text_of(messages, "stderr")
    assert text_of(messages).endswith("on\n")


def test_a_program_has_a_terminal_and_its_status_is_kept(client: Client) -> None:
    assert client.text("n = 2\n!test -t 1 && echo {n + 1} $n; exit 4") == "3 2\r\n"
    assert value(client, "_exit_code") == "4"


def test_a_program_that_asks_finds_nobody_and_goes_on(client: Client) -> None:
    assert client.text("!read answer || echo nobody") == "nobody\r\n"


def test_a_program_has_a_terminal_to_control_it(client: Client) -> None:
    assert client.text("!echo here > /dev/tty") == "here\r\n"


def test_a_programs_lines_are_kept(client: Client) -> None:
    assert value(client, "lines = !printf 'a\\nb\\n'; echo c\nlines, lines.n, lines.s") == (
        "(['a', 'b', 'c'], 'a\\nb\\nc', 'a b c')"
    )


def test_programs_run_where_the_cells_have_many_files_open(client: Client) -> None:
    client.run(
        "import os, resource\nlimits = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, limits[1]), limits[1]))\n"
        "many = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]"
    )
    shown = client.text("!echo here")
    client.run("for each in many: os.close(each)\nresource.setrlimit(resource.RLIMIT_NOFILE, limits)")
    assert shown == "here\r\n"


def test_a_program_is_interrupted_and_the_cell_goes_on(client: Client) -> None:
    execution_id = client.start("!echo started; sleep 60\nprint('on')")
    client.wait_for(Output, lambda m: "started" in m.text)
    client.interrupt()
    messages = client.finish(execution_id)
    assert isinstance(messages[-1], Result)
    assert text_of(messages).endswith("on\n")


def test_help_shows_signature_documentation_and_source(client: Client) -> None:
    client.run("def helped(a, b=2):\n    'What it does.'\n    return a")
    assert "helped(a, b=2)" in page(client, "helped?")
    assert "What it does." in page(client, "?helped")
    assert "return a" in page(client, "helped??")
    assert "Trap" in page(client, "class Trap: ...\nTrap?")
    assert client.text("not_there?") == "Object `not_there` not found.\n"


# --- looking ------------------------------------------------------------------------------------------------


def test_names_attributes_and_modules_are_completed_without_running_properties(client: Client) -> None:
    client.run(
        "class Trap:\n    def __init__(self): self.inner = 1\n"
        "    @property\n    def at(self): print('run')\ntrap = Trap()"
    )
    assert client.ask("complete", code="tra", cursor=3).reply["matches"] == ["trap"]
    assert client.ask("complete", code="trap.", cursor=5).reply["matches"] == ["at", "inner"]
    assert client.ask("complete", code="trap.at.", cursor=8).reply["matches"] == []
    assert "json" in client.ask("complete", code="import js", cursor=9).reply["matches"]  # type: ignore[operator]
    assert client.ask("complete", code="%timei", cursor=6).reply["matches"] == ["timeit"]
    assert client.text("print('end')") == "end\n"


def test_objects_are_inspected(client: Client) -> None:
    reply = client.ask("inspect", code="len(x", cursor=4, detail=0).reply
    assert reply["found"]
    assert "len(obj, /)" in reply["data"]["text/plain"]  # type: ignore[index]
    assert client.ask("inspect", code="not_there", cursor=3, detail=0).reply == {"found": False, "data": {}}


@pytest.mark.parametrize(
    ("code", "status"),
    [("for i in x:", "incomplete"), ("x = 1", "complete"), ("x = = 1", "invalid"), ("%pwd", "complete")],
)
def test_complete_code_is_told_from_incomplete(client: Client, code: str, status: str) -> None:
    assert client.ask("is_complete", code=code).reply["status"] == status


# --- around it ----------------------------------------------------------------------------------------------


def kept_after(client: Client, code: str) -> AutomaticCheckpoint:
    execution_id = client.start(code)
    client.finish(execution_id)
    return client.wait_for(AutomaticCheckpoint, lambda m: m.execution_id == execution_id)


def test_the_variables_are_kept_and_come_back(client: Client) -> None:
    before = kept_after(client, "1")  # the tests before this one left some, perhaps such as cannot be kept
    after = kept_after(client, "class Point: pass\np = Point(); p.x = 1; handle = display('a', display_id=True)")
    assert (after.skipped, after.left_out) == ("", before.left_out)


def test_other_processes_start_without_the_notebook(client: Client) -> None:
    code = (
        "import multiprocessing\n"
        "with multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(abs, [-1, -2]))"
    )
    assert client.text(code) == "[1, 2]\n"
