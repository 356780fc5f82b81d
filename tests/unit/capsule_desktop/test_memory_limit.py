"""A container's limit counts where it is lower than what the machine has."""

from __future__ import annotations

from pathlib import Path

import pytest

from capsule_desktop.memory_limit import memory_limit_bytes

GB = 1024**3
_PHYSICAL = memory_limit_bytes(Path("/nonexistent"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/user.slice/app.scope").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("4:memory:/elsewhere\n0::/user.slice/app.scope\n")
    return tmp_path


def _limit(root: Path, group: str, words: str) -> None:
    (root / "sys/fs/cgroup" / group / "memory.max").write_text(f"{words}\n")


def test_the_lowest_limit_of_all_groups_above_counts(root: Path) -> None:
    _limit(root, "user.slice/app.scope", "max")
    _limit(root, "user.slice", str(GB // 4))
    _limit(root, ".", str(GB // 2))
    assert memory_limit_bytes(root) == GB // 4


def test_without_a_limit_the_machine_counts(root: Path) -> None:
    _limit(root, "user.slice", "max")
    assert memory_limit_bytes(root) == _PHYSICAL > 0


def test_a_limit_above_what_the_machine_has_is_none(root: Path) -> None:
    _limit(root, "user.slice", str(_PHYSICAL * 2))
    assert memory_limit_bytes(root) == _PHYSICAL


@pytest.mark.parametrize("words", ["", "-1", "lots"])
def test_what_is_no_number_is_no_limit(root: Path, words: str) -> None:
    _limit(root, "user.slice", words)
    assert memory_limit_bytes(root) == _PHYSICAL
