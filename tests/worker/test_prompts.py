"""input() and getpass wait for the application, from the main thread and others, and end in every way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.protocol.messages import Error, Input, Result
from tests.support.worker_process import Client, WorkerProcess, text_of


def ask(client: Client, code: str) -> Input:
    client.start(code)
    return client.wait_for(Input)


def test_input_gives_the_answer(client: Client) -> None:
    question = ask(client, "print('before'); x = input('name? '); print(x.upper())")
    assert (question.prompt, question.password, question.input_number) == ("name? ", False, 1)
    client.answer(question.execution_id, 1, "ada")
    messages = client.finish(question.execution_id)
    assert [type(m).__name__ for m in messages] == ["Output", "Input", "Output", "Result"]
    assert text_of(messages) == "before\nADA\n"


def test_getpass_hides_what_is_typed(client: Client) -> None:
    question = ask(client, "import getpass; x = getpass.getpass('secret: ')")
    assert (question.prompt, question.password) == ("secret: ", True)
    client.answer(question.execution_id, 1, "s")
    assert isinstance(client.finish(question.execution_id)[-1], Result)


def test_questions_are_numbered_within_their_cell(client: Client) -> None:
    question = ask(client, "a = input(); b = input()")
    client.answer(question.execution_id, 1, "1")
    assert client.wait_for(Input).input_number == 2
    client.answer(question.execution_id, 2, "2")
    assert isinstance(client.finish(question.execution_id)[-1], Result)
    assert client.text("print(a, b)") == "1 2\n"


def test_end_of_file_is_eoferror(client: Client) -> None:
    question = ask(client, "input()")
    client.answer(question.execution_id, 1, eof=True)
    end = client.finish(question.execution_id)[-1]
    assert isinstance(end, Error)
    assert end.error_type == "EOFError"


def test_answers_to_other_questions_are_dropped(client: Client) -> None:
    question = ask(client, "print(input())")
    client.answer(question.execution_id, 7, "wrong number")
    client.answer("ab", 1, "wrong execution")
    client.answer(question.execution_id, 1, "right")
    assert text_of(client.finish(question.execution_id)) == "right\n"


def test_a_thread_may_ask(client: Client) -> None:
    question = ask(
        client, "import threading\nt = threading.Thread(target=lambda: print(input('t? '))); t.start(); t.join()"
    )
    client.answer(question.execution_id, 1, "from a thread")
    assert text_of(client.finish(question.execution_id)) == "from a thread\n"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("input()", "raw_input was called, but this frontend does not support input requests."),
        ("import getpass; getpass.getpass()", "getpass was called, but this frontend does not support input requests."),
    ],
)
def test_without_stdin_the_error_is_jupyters(start_worker: Callable[..., WorkerProcess], code: str, words: str) -> None:
    end = start_worker().attach(allow_stdin=False).run(code)[-1]
    assert isinstance(end, Error)
    assert (end.error_type, end.message) == ("StdinNotImplementedError", words)


def test_a_cell_that_replaces_input_does_so_for_itself_alone(client: Client) -> None:
    client.run("import builtins; builtins.input = lambda p='': 'fake'")
    question = ask(client, "print(input())")
    client.answer(question.execution_id, 1, "real")
    assert text_of(client.finish(question.execution_id)) == "real\n"
