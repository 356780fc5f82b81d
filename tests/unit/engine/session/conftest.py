from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def short() -> Iterator[Path]:
    """A directory whose path is short enough for sockets, unlike tmp_path's."""
    with tempfile.TemporaryDirectory(prefix="cs") as directory:
        yield Path(directory)
