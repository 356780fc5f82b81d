"""The kernel that other tools named is known by what its environment is called, and any Python says nothing."""

from __future__ import annotations

import pytest

from capsule_desktop.notebook.json_text import JsonValue
from capsule_desktop.notebook.jupyter_kernel import JupyterKernel, jupyter_kernel


def metadata(name: JsonValue, display_name: JsonValue, **more: JsonValue) -> dict[str, JsonValue]:
    return {"kernelspec": {"name": name, "display_name": display_name, **more}}


def test_one_with_a_name_of_its_own_is_known_with_its_minor_version() -> None:
    named = metadata("myenv-analysis", "Analysis (py310)", language="python")
    kernel = jupyter_kernel({**named, "language_info": {"name": "python", "version": "3.10.2"}})
    assert kernel == JupyterKernel(
        shown="Analysis (py310)", names=("analysis (py310)", "myenv-analysis"), version="3.10"
    )


@pytest.mark.parametrize(
    ("name", "display_name"),
    [
        ("python3", "Python 3 (ipykernel)"),
        ("python3", "Python 3"),
        ("python", "python"),
        ("python3", "Python 3.10.2 64-bit"),
        ("python3102jvsc74a57bd0916dbcbb3f70747c44a77c7bcd40155683ae19c65e1c03b4aa3499c5328201f1", "Python 3.10.2"),
        ("", ""),
        (3, None),
    ],
)
def test_any_python_says_nothing(name: JsonValue, display_name: JsonValue) -> None:
    assert jupyter_kernel(metadata(name, display_name)) is None


def test_another_language_and_what_has_another_shape_says_nothing() -> None:
    assert jupyter_kernel(metadata("ir", "R", language="R")) is None
    assert jupyter_kernel({**metadata("ir", "R"), "language_info": {"name": "R"}}) is None
    assert jupyter_kernel({"kernelspec": "analysis", "language_info": []}) is None
    assert jupyter_kernel({}) is None


@pytest.mark.parametrize(
    ("name", "display_name", "environment"),
    [
        ("conda-env-Stats-py", "Python [conda env:Stats]", "stats"),
        ("conda-env-stats-py", "Python [conda env:stats] *", "stats"),
        ("python3", ".venv (3.12.1)", ".venv"),
        ("python3", "stats", "stats"),
        ("python3", "Python 3.8.5 64-bit ('stats': conda)", "stats"),
        ("Stats", "Python 3 (ipykernel)", "stats"),
    ],
)
def test_its_environment_is_called_as_the_tools_write_it(name: str, display_name: str, environment: str) -> None:
    kernel = jupyter_kernel(metadata(name, display_name))
    assert kernel is not None
    assert environment in kernel.names
    assert not {"python3", "python 3 (ipykernel)"} & {*kernel.names}


def test_what_others_wrote_is_shown_on_one_short_line() -> None:
    kernel = jupyter_kernel({**metadata("\x1b[31mred\n" + "x" * 10_000, "python3"), "language_info": {"version": 3}})
    assert kernel is not None
    assert kernel.shown == f"[31mred {'x' * 52}…"
    assert kernel.version == ""
