from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.environments.known_packages import DISTRIBUTIONS
from engine.environments.module_names import MissingPackage, MissingPart, what_is_missing
from engine.environments.requirements import Requirement, requirement


def _distribution(message: str, error_type: str = "ModuleNotFoundError") -> str:
    found = what_is_missing(error_type, message)
    assert isinstance(found, MissingPackage), found
    return found.distribution


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("pandas", "pandas"),
        ("sklearn", "scikit-learn"),
        ("cv2", "opencv-python"),
        ("PIL", "Pillow"),
        ("yaml", "PyYAML"),
        ("IPython", "ipython"),
        ("google.cloud.storage", "google-cloud-storage"),
        ("sentence_transformers", "sentence-transformers"),
        ("pkg_resources", "setuptools<81"),
    ],
)
def test_a_module_names_its_package(module: str, distribution: str) -> None:
    assert _distribution(f"No module named '{module}'") == distribution


@pytest.mark.parametrize(
    "message",
    [
        "Missing optional dependency 'openpyxl'.  Use pip or conda to install openpyxl.",
        "`Import openpyxl` failed.  Use pip or conda to install the openpyxl package.",
        "openpyxl not found, please install it",
    ],
)
def test_a_library_that_asks_for_another_is_understood(message: str) -> None:
    assert _distribution(message, "ImportError") == "openpyxl"


@pytest.mark.parametrize(
    ("error_type", "message"),
    [
        ("ValueError", "No module named 'pandas'"),
        ("ModuleNotFoundError", "No module named 'numpy.nothing'"),  # numpy is there
        ("ModuleNotFoundError", "No module named 'random.thing'; 'random' is not a package"),
        ("ModuleNotFoundError", "No module named '_private'"),
        ("ModuleNotFoundError", "No module named 'helpers'"),
        ("ModuleNotFoundError", "No module named 'mine'"),
        ("ModuleNotFoundError", "No module named '__main__.utils'; '__main__' is not a package"),
        ("ModuleNotFoundError", "No module named '--index-url'"),
        ("ImportError", "attempted relative import with no known parent package"),
        ("ImportError", "cannot import name 'x' from 'pandas'"),
        ("ModuleNotFoundError", ""),
    ],
)
def test_nothing_is_offered_where_installing_would_not_help(error_type: str, message: str) -> None:
    assert what_is_missing(error_type, message, own={"mine"}) is None


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("tkinter", "python3-tk"),
        ("_tkinter", "tk-dev"),
        ("_sqlite3", "libsqlite3-dev"),
        ("_ctypes", "libffi-dev"),
        ("cgi", "Python 3.12 still has it"),
        ("distutils", "setuptools brings one"),
        ("json", "Choose another Python"),
    ],
)
def test_a_part_of_python_itself_is_told_in_words(module: str, words: str) -> None:
    found = what_is_missing("ModuleNotFoundError", f"No module named '{module}'", version="3.13.0")
    assert isinstance(found, MissingPart)
    assert words in found.words


def test_a_misspelt_name_has_the_one_that_was_meant() -> None:
    found = what_is_missing("ModuleNotFoundError", "No module named 'pnadas'")
    assert found == MissingPackage(module="pnadas", distribution="pnadas", nearest="pandas")


@given(st.text())
def test_whatever_an_error_says_only_a_package_is_ever_offered(text: str) -> None:
    for message in (text, f"No module named '{text}'", f"Missing optional dependency '{text}'"):
        found = what_is_missing("ModuleNotFoundError", message)
        if isinstance(found, MissingPackage):
            assert isinstance(requirement(found.distribution), Requirement)


def test_the_table_names_packages_only() -> None:
    assert all(isinstance(requirement(word), Requirement) for word in DISTRIBUTIONS.values())
