from __future__ import annotations

from pathlib import Path

from engine.worker.activation import activate


def activated(environment: dict[str, str], prefix: str, base: str = "", python: str = "bin/python") -> dict[str, str]:
    activate(environment, executable=f"{prefix}/{python}", prefix=prefix, base_prefix=base or prefix)
    return environment


def test_programs_of_a_virtual_environment_come_first() -> None:
    environment = activated({"PATH": "/usr/local/bin:/usr/bin"}, "/home/ada/.venv", "/usr")
    assert environment == {"PATH": "/home/ada/.venv/bin:/usr/local/bin:/usr/bin", "VIRTUAL_ENV": "/home/ada/.venv"}


def test_the_environment_of_the_terminal_that_started_us_is_no_more() -> None:
    environment = {"PATH": "/home/ada/old/bin:/usr/bin", "VIRTUAL_ENV": "/home/ada/old", "VIRTUAL_ENV_PROMPT": "old"}
    assert activated(environment, "/usr") == {"PATH": "/home/ada/old/bin:/usr/bin"}


def test_of_a_system_python_the_order_of_programs_stays() -> None:
    assert activated({"PATH": "/usr/local/bin:/usr/bin"}, "/usr") == {"PATH": "/usr/local/bin:/usr/bin"}


def test_a_python_that_no_path_leads_to_comes_first() -> None:
    assert activated({"PATH": "/shims:/usr/bin"}, "/pythons/3.12")["PATH"] == "/pythons/3.12/bin:/shims:/usr/bin"


def test_a_conda_environment_is_named(tmp_path: Path) -> None:
    (tmp_path / "sums" / "conda-meta").mkdir(parents=True)
    environment = activated({}, str(tmp_path / "sums"))
    assert (environment["CONDA_PREFIX"], environment["CONDA_DEFAULT_ENV"]) == (str(tmp_path / "sums"), "sums")
    assert environment["PATH"].startswith(f"{tmp_path}/sums/bin:")
