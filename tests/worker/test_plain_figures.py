"""matplotlib, pandas and others without IPython, which their environment has and hides; and which shell is chosen."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.protocol.messages import Display, Message, Output, Ready, Result
from tests.support.without_ipython import without_ipython
from tests.support.worker_process import Client, WorkerProcess, text_of

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    environment = {**without_ipython(tmp_path_factory.mktemp("site")), "MPLBACKEND": ""}
    with WorkerProcess(tmp_path_factory.mktemp("w"), environment=environment) as worker:
        client = worker.attach()
        client.run("import matplotlib.pyplot as plt")
        yield client


def shown(messages: list[Message]) -> list[Display]:
    return [m for m in messages if isinstance(m, Display)]


def is_png(display: Display) -> bool:
    return base64.b64decode(str(display.data["image/png"])).startswith(PNG)


@pytest.mark.needs("matplotlib")
def test_a_figure_is_shown_at_the_end_of_its_cell_and_closed(client: Client) -> None:
    messages = client.run("plt.plot([1, 2])\nprint('before')")
    (figure,) = shown(messages)
    assert is_png(figure)
    assert figure.data["text/plain"] == "<Figure size 640x480 with 1 Axes>"
    assert figure.execution_count is None
    assert isinstance(messages[0], Output)
    assert shown(client.run("None")) == []
    assert client.text("print(plt.get_fignums())") == "[]\n"


@pytest.mark.needs("matplotlib")
def test_show_shows_it_at_once(client: Client) -> None:
    figure, printed, _ = client.run("plt.plot([1]); plt.show(); print('after')")
    assert isinstance(figure, Display)
    assert isinstance(printed, Output)


@pytest.mark.needs("matplotlib")
def test_a_figure_as_a_value_is_a_picture(client: Client) -> None:
    client.run("figure = plt.figure(); figure.gca(); plt.close(figure)")
    (display,) = shown(client.run("figure"))
    assert is_png(display)
    assert display.execution_count is not None


@pytest.mark.needs("matplotlib")
def test_a_transparent_figure_says_which_background_it_needs(client: Client) -> None:
    (display,) = shown(client.run("plt.figure(facecolor='none'); plt.plot([1]);"))
    assert display.metadata == {"needs_background": "light"}


@pytest.mark.needs("matplotlib")
def test_a_cell_that_fails_shows_what_it_drew(client: Client) -> None:
    assert len(shown(client.run("plt.plot([1]); 1 / 0"))) == 1


@pytest.mark.needs("matplotlib")
def test_drawing_many_lines_draws_the_figure_once(client: Client) -> None:
    code = (
        "import matplotlib.backends.backend_agg as agg\n"
        "draws = []; real = agg.FigureCanvasAgg.draw\n"
        "agg.FigureCanvasAgg.draw = lambda self: (draws.append(1), real(self))\n"
        "for n in range(20): plt.plot([n])\n"
        "print(len(draws))"
    )
    assert client.text(code + "\nagg.FigureCanvasAgg.draw = real") == "0\n"


@pytest.mark.needs("matplotlib")
def test_inline_is_accepted_and_others_are_told(client: Client) -> None:
    assert isinstance(client.run("%matplotlib inline")[-1], Result)
    assert "Only %matplotlib inline" in str(client.run("%matplotlib qt")[-1])
    client.run("plt.switch_backend('agg')")
    assert shown(client.run("plt.plot([1]);")) == []
    client.run("%matplotlib inline")
    client.run("plt.close('all')")
    assert len(shown(client.run("plt.plot([1]);"))) == 1


@pytest.mark.needs("matplotlib")
def test_programs_know_nothing_of_the_backend(client: Client) -> None:
    program = "import matplotlib.pyplot as p; p.plot([1]); p.savefig('of_program.png'); print(p.get_backend())"
    run = f"subprocess.run([sys.executable, '-c', {program!r}], capture_output=True, text=True)"
    text = client.text(f"import subprocess, sys; print({run})")
    assert "capsule" not in text
    assert "returncode=0" in text


@pytest.mark.needs("pandas")
def test_a_data_frame_is_shown_as_a_table(client: Client) -> None:
    (display,) = shown(client.run("import pandas as pd; pd.DataFrame({'a': [1]})"))
    assert display.data.keys() == {"text/plain", "text/html"}


# --- which shell --------------------------------------------------------------------------------------------

StartWorker = Callable[..., WorkerProcess]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise RuntimeError('half installed')", "half installed"),
        ("__version__ = '7.34.0'; version_info = (7, 34, 0)", "IPython"),
    ],
    ids=["broken", "old"],
)
def test_an_ipython_that_cannot_be_used_is_told_in_the_log(
    start_worker: StartWorker, tmp_path: Path, source: str, reason: str
) -> None:
    (tmp_path / "site" / "IPython").mkdir(parents=True)
    (tmp_path / "site" / "IPython" / "__init__.py").write_text(source)
    worker = start_worker(environment={"PYTHONPATH": str(tmp_path / "site")})
    client = worker.attach()
    assert text_of(client.run("print('runs')")) == "runs\n"
    assert "cells run in the plain shell" in worker.stderr()
    assert reason in worker.stderr()


def test_without_ipython_ready_names_none_and_the_log_is_silent(start_worker: StartWorker, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    worker = start_worker(environment=without_ipython(tmp_path / "site"))
    client = worker.connect()
    client.attach(worker.token)
    assert client.wait_for(Ready).ipython_version == ""
    assert worker.stderr() == ""
