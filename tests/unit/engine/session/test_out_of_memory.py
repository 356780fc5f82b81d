from __future__ import annotations

import os
from pathlib import Path

from engine.session.out_of_memory import OutOfMemory


def counted(file: Path, kills: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"low 0\noom 7\noom_kill {kills}\noom_group_kill 9\n")


def in_a_group(root: Path) -> Path:
    (root / "proc" / "5").mkdir(parents=True)
    (root / "proc" / "5" / "cgroup").write_text("4:memory:/elsewhere\n0::/user.slice/app.scope\n")
    return root / "sys" / "fs" / "cgroup" / "user.slice" / "app.scope" / "memory.events"


def test_a_kill_in_its_group_since_the_last_look_is_told(tmp_path: Path) -> None:
    events = in_a_group(tmp_path)
    counted(events, 1)
    counted(tmp_path / "proc" / "vmstat", 1)
    watch = OutOfMemory(5, tmp_path)
    assert watch.rose() is False
    counted(tmp_path / "proc" / "vmstat", 2)  # somebody else's
    assert watch.rose() is False
    counted(events, 2)
    assert watch.rose() is True
    watch.look()
    assert watch.rose() is False


def test_without_a_group_the_machines_counter_tells(tmp_path: Path) -> None:
    counted(tmp_path / "proc" / "vmstat", 3)
    watch = OutOfMemory(5, tmp_path)
    counted(tmp_path / "proc" / "vmstat", 4)
    assert watch.rose() is True


def test_where_the_system_does_not_say_nothing_is_claimed(tmp_path: Path) -> None:
    assert OutOfMemory(5, tmp_path).rose() is None
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "vmstat").write_text("nr_free_pages 1\noom_kill x\n")
    assert OutOfMemory(5, tmp_path).rose() is None


def test_on_this_machine_it_neither_fails_nor_claims_anything() -> None:
    assert OutOfMemory(os.getpid()).rose() in (False, None)
