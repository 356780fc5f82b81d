"""Annotations that Python looks up when they are asked for, as it does since 3.14, and that are not there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.protocol.messages import Display, Page
from tests.support.bare_environments import BareEnvironments
from tests.support.worker_process import Client, WorkerProcess


@pytest.fixture(scope="module")
def client(bare_environments: BareEnvironments, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with WorkerProcess(tmp_path_factory.mktemp("w"), python=str(bare_environments("3.14"))) as worker:
        client = worker.attach()
        client.run("def early(a: Later, b: int = 3) -> str: ...\nclass Early:\n    def __init__(self, a: Later): ...")
        yield client


def test_a_function_is_shown_as_it_was_written(client: Client) -> None:
    (shown,) = (m for m in client.run("early") if isinstance(m, Display))
    assert shown.data == {"text/plain": "<function __main__.early(a: Later, b: int = 3) -> str>"}


@pytest.mark.parametrize(
    ("code", "signature"), [("early?", "early(a: Later, b: int = 3) -> str"), ("Early?", "a: Later")]
)
def test_help_shows_a_signature_as_it_was_written(client: Client, code: str, signature: str) -> None:
    (page,) = (m for m in client.run(code) if isinstance(m, Page))
    assert signature in str(page.data["text/plain"])
