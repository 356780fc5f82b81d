"""Which limit holds, from the files that Linux tells it by."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.worker.memory import memory_bytes, memory_limit_bytes

MIB = 1024 * 1024


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.mark.parametrize(
    "files",
    [
        {"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": f"{MIB}\n"},
        {
            "proc/self/cgroup": "0::/a/b\n",
            "sys/fs/cgroup/a/b/memory.max": "max\n",
            "sys/fs/cgroup/a/memory.max": f"{MIB}",
        },
        {"proc/self/cgroup": "0::/hidden\n", "sys/fs/cgroup/memory.max": f"{MIB}\n"},
        {"proc/self/cgroup": "4:cpu,memory:/a\n0::/\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": f"{MIB}\n"},
        {"proc/self/cgroup": "4:memory:/hidden\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{MIB}\n"},
    ],
)
def test_the_groups_limit_holds_where_it_is_less(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path, files)
    assert memory_limit_bytes(tmp_path) == MIB


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"proc/self/cgroup": "0::/../x\n"},
        {"proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"},
        {"proc/self/cgroup": "4:cpu:/a\n", "sys/fs/cgroup/a/memory.limit_in_bytes": "5\n"},
    ],
)
def test_else_it_is_the_machines(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path, files)
    assert memory_limit_bytes(tmp_path) == memory_limit_bytes(tmp_path / "nothing") > MIB


def test_what_is_used_is_less_than_what_there_is() -> None:
    assert 0 < memory_bytes() < memory_limit_bytes()
