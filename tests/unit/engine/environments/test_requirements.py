from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.environments.requirements import (
    NotAPackage,
    Requirement,
    confirmed_address,
    name_of,
    requirement,
    split_typed,
)

_letters = st.sampled_from("abcXYZ019")
_names = st.builds("".join, st.lists(_letters, min_size=1, max_size=12))
_versions = st.builds(
    "".join, st.tuples(st.sampled_from(["==", ">=", "~=", "<", "!="]), st.sampled_from(["1", "2.0", "3.1rc1"]))
)


@given(_names, st.lists(_names, max_size=2), st.lists(_versions, max_size=2), st.sampled_from(["", " "]))
def test_a_name_with_extras_and_versions_goes_through_without_blanks(
    name: str, extras: list[str], versions: list[str], blank: str
) -> None:
    parts = [name, f"[{','.join(extras)}]" if extras else "", f",{blank}".join(versions)]
    found = requirement(blank.join(filter(None, parts)))
    assert isinstance(found, Requirement)
    assert found.word == "".join(parts).replace(" ", "")
    assert name_of(found.word) == name


@given(st.text())
def test_what_goes_through_can_be_no_option_and_no_address(text: str) -> None:
    for found in (requirement(text), confirmed_address(text)):
        if isinstance(found, Requirement):
            assert not found.word.startswith("-")
            assert not any(letter.isspace() for letter in found.word)
    found = requirement(text)
    if isinstance(found, Requirement):
        assert not set(found.word) & set("/\\:@;'\"`$|&")


@pytest.mark.parametrize("word", ["--extra-index-url", "-r", "–-pre", "a\nb", "a b c", "é", "x" * 300])
def test_others_are_refused_in_words(word: str) -> None:
    found = confirmed_address(word)
    assert isinstance(found, NotAPackage)
    assert found.words.endswith(".")


def test_spellings_of_one_name_have_one_key() -> None:
    assert {Requirement(name=name, word=name).key for name in ("Ruamel.YAML", "ruamel-yaml", "ruamel__yaml")} == {
        "ruamel-yaml"
    }


@pytest.mark.parametrize(
    ("typed", "packages"),
    [
        ("numpy pandas", ["numpy", "pandas"]),
        ("numpy,pandas\nscipy", ["numpy", "pandas", "scipy"]),
        ("numpy>=2,<3 dask[complete]==1.0", ["numpy>=2,<3", "dask[complete]==1.0"]),
        ("numpy >= 2", ["numpy >= 2"]),
        ("--pre ./x", ["--pre", "./x"]),
        ("  ", []),
    ],
)
def test_one_field_takes_several_packages(typed: str, packages: list[str]) -> None:
    assert split_typed(typed) == packages
