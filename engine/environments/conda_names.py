"""What conda calls a package of the index, where it has another name there.  Own table; no I/O."""

from __future__ import annotations

from engine.environments.requirements import Requirement

_CONDA_NAMES = {
    "build": "python-build",
    "duckdb": "python-duckdb",
    "graphviz": "python-graphviz",
    "kaleido": "python-kaleido",
    "msgpack": "msgpack-python",
    "opencv-python": "opencv",
    "opencv-python-headless": "opencv",
    "psycopg2-binary": "psycopg2",
    "tables": "pytables",
    "torch": "pytorch",
    "xxhash": "python-xxhash",
}


def conda_word(wanted: Requirement) -> str | None:
    """As conda takes it; None where only pip can do it: conda knows neither extras nor addresses."""
    if wanted.has_extras or wanted.is_address:
        return None
    versions = wanted.word.removeprefix(wanted.name)
    return _CONDA_NAMES.get(wanted.key, wanted.key) + versions
