"""What anybody may have written into an environment: any bytes give values, and what tools write is read as meant."""

from __future__ import annotations

import string
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from engine.interpreters.distributions import installed, normalised
from engine.interpreters.finding import Finder
from engine.interpreters.interpreter import Kind, release
from engine.interpreters.probe_script import MARK, read_answer
from engine.interpreters.pyvenv_cfg import parse

words = st.text(string.ascii_letters + string.digits + " /._-", max_size=20).map(str.strip)
file_names = st.text(max_size=60) | st.binary(max_size=60).map(lambda data: data.decode(errors="surrogateescape"))


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_configuration(data: bytes) -> None:
    config = parse(data.decode(errors="replace"))
    assert config.version == "" or release(config.version)


@given(st.tuples(*[st.integers(0, 99)] * 3), words, st.booleans(), st.sampled_from(["", "\r"]))
def test_what_tools_write_is_read_as_meant(numbers: tuple[int, ...], home: str, sees_base: bool, line_end: str) -> None:
    version = ".".join(map(str, numbers))
    lines = [f"home = {home}", "implementation = CPython", f"version_info = {version}.final.0", "uv = 0.9"]
    lines.append(f"include-system-site-packages = {str(sees_base).lower()}")
    config = parse(f"{line_end}\n".join(lines))
    assert (config.home, config.version, config.sees_base_packages) == (home, version, sees_base)
    assert config.is_of_uv


@given(st.lists(file_names, max_size=20))
def test_any_names_are_names_of_packages_or_none(names: list[str]) -> None:
    assert set(installed(names)) <= {"numpy", "pandas", "ipython", "matplotlib"}


@given(
    st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._]{0,10}[A-Za-z0-9])?", fullmatch=True),
    st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}(rc[0-9])?(\.post[0-9])?(\+[a-z0-9.]{1,5})?", fullmatch=True),
    st.sampled_from([".dist-info", ".egg-info", "-py3.11.egg-info", "-py3.11-linux-x86_64.egg-info"]),
)
def test_names_of_metadata_tell_name_and_version(name: str, version: str, end: str) -> None:
    package = normalised(name)
    assert installed([f"{name}-{version}{end}"], [package]) == {package: version}


@given(st.text(max_size=500) | st.text(max_size=500).map(lambda text: MARK + text))
def test_whatever_a_program_prints_is_an_answer_or_none(output: str) -> None:
    answer = read_answer(output)
    assert answer is None or answer.version


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["version", "implementation", "prefix", "packages", "lacks"]), json_values))
def test_an_answer_of_another_form_is_none_or_an_answer(said: dict[str, object]) -> None:
    import json

    answer = read_answer(MARK + json.dumps(said))
    assert answer is None or (answer.version and answer.implementation)


@given(st.binary(max_size=300), st.lists(st.binary(min_size=1, max_size=20), max_size=5))
def test_any_environment_of_a_folder_is_described(config: bytes, names: list[bytes]) -> None:
    with TemporaryDirectory() as made:
        home = Path(made)
        folder = home / ".venv"
        site = folder / "lib/python3.12/site-packages"
        site.mkdir(parents=True)
        (folder / "pyvenv.cfg").write_bytes(config)
        for name in names:
            kept = name.replace(b"/", b"-").replace(b"\0", b"-")
            if kept not in (b".", b".."):
                Path(str(site), kept.decode(errors="surrogateescape")).mkdir(exist_ok=True)
        (found,) = Finder(home, {}, None, root=home).find(home)
        assert found.kind is Kind.FOLDER
        assert found.reason
