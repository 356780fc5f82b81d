"""What save() and load() do to the namespace, to the file and to the report; kinds of values are the zoo's."""

from __future__ import annotations

import errno
import hashlib
import importlib
import os
import random
import stat
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from engine.protocol.messages import VariableNote
from engine.worker.snapshot import ENGINE_INTERNALS, SnapshotError, is_internal, load, save


class Marker:
    """Its unpickling can be seen: it makes a folder."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


class FailsToLoad:
    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("no number",)


def _digest(path: Path) -> dict[str, Any]:
    payload = path.read_bytes()
    return {"path": path, "sha256": hashlib.sha256(payload).digest(), "payload_bytes": len(payload)}


def _restore(namespace: dict[str, Any], path: Path, *, clear_existing: bool = False) -> dict[str, VariableNote]:
    rows, _ = load(namespace=namespace, clear_existing=clear_existing, **_digest(path))
    return {row.name: row for row in rows}


def _outcomes(rows: dict[str, VariableNote]) -> dict[str, str]:
    return {name: row.outcome for name, row in rows.items()}


@pytest.fixture(autouse=True)
def _own_import_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.capsule"


def test_the_report_lists_every_variable_and_the_bytes_written(path: Path) -> None:
    rows, size_bytes = save(namespace={"a": [1], "f": threading.Lock(), "In": [""]}, path=path, name="n")
    assert [(row.name, row.type_name, row.outcome) for row in rows] == [
        ("a", "list", "saved"),
        ("f", "lock", "not saved"),
    ]
    assert rows[1].reason == "a lock cannot be saved"
    assert path.stat().st_size == size_bytes
    assert rows[0].size_bytes > 0


def test_a_file_is_for_its_owner_only_and_nothing_else_is_left_beside_it(path: Path) -> None:
    save(namespace={"a": 1}, path=path, name="n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_is_said_in_words_and_leaves_no_half_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SnapshotError, match=r"the disk is full\. Make room"):
        save(namespace={"a": 1}, path=path, name="n")
    assert list(path.parent.iterdir()) == []


def test_a_failed_write_in_the_middle_leaves_the_older_file(path: Path) -> None:
    save(namespace={"a": 1}, path=path, name="n")
    before = path.read_bytes()
    missing = path.parent / "gone" / "x.capsule"
    with pytest.raises(SnapshotError, match="No such file"):
        save(namespace={"a": 2}, path=missing, name="n")
    assert path.read_bytes() == before


def test_pickling_that_changes_the_folder_does_not_move_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    other = tmp_path / "other"
    other.mkdir()

    class Wanders:
        def __reduce__(self) -> tuple[Any, ...]:
            os.chdir(other)
            return list, ()

    save(namespace={"w": Wanders()}, path=Path("here.capsule"), name="n")
    assert (tmp_path / "here.capsule").exists()


def test_restore_keeps_the_dict_and_the_names_that_the_checkpoint_does_not_have(path: Path) -> None:
    save(namespace={"a": [1], "same": 5, "new": 1}, path=path, name="n")
    namespace: dict[str, Any] = {"a": [2], "same": 5, "mine": 3}
    held = namespace
    assert _outcomes(_restore(namespace, path)) == {"a": "replaced", "same": "unchanged", "new": "restored"}
    assert held is namespace
    assert namespace == {"a": [1], "same": 5, "new": 1, "mine": 3}


def test_restore_with_clear_removes_other_names_from_the_same_dict(path: Path) -> None:
    save(namespace={"a": [1]}, path=path, name="n")
    namespace: dict[str, Any] = {"a": [2], "mine": 3}
    held = namespace
    rows = _restore(namespace, path, clear_existing=True)
    assert _outcomes(rows) == {"a": "replaced", "mine": "removed"}
    assert held is namespace
    assert namespace == {"a": [1]}


@pytest.mark.parametrize("clear_existing", [False, True])
def test_the_shells_own_names_are_neither_saved_nor_removed(path: Path, clear_existing: bool) -> None:
    internals = {name: object() for name in [*ENGINE_INTERNALS, "_1", "_i27"]}
    save(namespace={**dict.fromkeys(internals, "theirs"), "_mine": 1}, path=path, name="n")
    namespace: dict[str, Any] = dict(internals)
    assert _outcomes(_restore(namespace, path, clear_existing=clear_existing)) == {"_mine": "restored"}
    assert namespace == {**internals, "_mine": 1}


def test_a_file_that_holds_the_shells_names_does_not_bring_them_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr("engine.worker.snapshot.is_internal", lambda name: False)
        save(namespace={"_i": "theirs", "a": 1}, path=path, name="n")
    namespace: dict[str, Any] = {"_i": "ours"}
    assert _outcomes(_restore(namespace, path)) == {"a": "restored"}
    assert namespace == {"_i": "ours", "a": 1}


@pytest.mark.parametrize(
    ("name", "internal"), [("_", True), ("_12", True), ("_i3", True), ("_x1", False), ("i", False)]
)
def test_numbered_history_is_internal(name: str, internal: bool) -> None:
    assert is_internal(name) is internal


@pytest.mark.parametrize("clear_existing", [False, True])
def test_a_variable_that_fails_to_load_keeps_its_present_value(path: Path, clear_existing: bool) -> None:
    save(namespace={"bad": FailsToLoad(), "good": [1]}, path=path, name="n")
    namespace: dict[str, Any] = {"bad": "present"}
    rows = _restore(namespace, path, clear_existing=clear_existing)
    assert _outcomes(rows) == {"bad": "not restored", "good": "restored"}
    assert "ValueError: invalid literal" in rows["bad"].reason
    assert namespace == {"bad": "present", "good": [1]}


def test_what_shares_data_with_a_variable_that_fails_says_so(path: Path) -> None:
    shared = [1]
    save(
        namespace={"first": shared, "bad": [shared, FailsToLoad()], "last": [shared], "other": [2]}, path=path, name="n"
    )
    namespace: dict[str, Any] = {}
    rows = _restore(namespace, path)
    assert namespace == {"first": [1], "other": [2]}
    assert rows["last"].reason.startswith("it shares data with bad, which could not be restored")


def test_a_module_that_is_gone_is_not_restored_by_name(path: Path, tmp_path: Path) -> None:
    source = tmp_path / "fleeting_module.py"
    source.write_text("x = 1")
    sys.path.insert(0, str(tmp_path))
    save(namespace={"m": importlib.import_module("fleeting_module"), "a": 1}, path=path, name="n")
    del sys.modules["fleeting_module"]
    source.unlink()
    rows = _restore({}, path)
    assert rows["m"].reason == "No module named 'fleeting_module'"
    assert rows["a"].outcome == "restored"


@pytest.mark.parametrize("place", [0, 5, 20, -60, -1])
def test_altered_bytes_are_refused_before_anything_is_unpickled(path: Path, place: int) -> None:
    mark = path.with_name("mark")
    save(namespace={"m": Marker(mark)}, path=path, name="n")
    good = _digest(path)
    altered = bytearray(path.read_bytes())
    altered[place] ^= 1
    path.write_bytes(altered)
    namespace: dict[str, Any] = {"a": 1}
    with pytest.raises(SnapshotError, match="Nothing was changed"):
        load(namespace=namespace, clear_existing=True, **good)
    assert (mark.exists(), namespace) == (False, {"a": 1})
    altered[place] ^= 1
    path.write_bytes(altered)
    load(namespace=namespace, clear_existing=True, **good)
    assert mark.exists()


def test_bytes_behind_the_payload_are_not_part_of_it(path: Path) -> None:
    save(namespace={"a": 1}, path=path, name="n")
    good = _digest(path)
    with path.open("ab") as file:
        file.write(b"a signature")
    namespace: dict[str, Any] = {}
    load(namespace=namespace, clear_existing=False, **good)
    assert namespace == {"a": 1}


def test_bytecode_of_another_python_is_not_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec("def f(): return 1\na = 2", namespace)
    with monkeypatch.context() as older:
        older.setattr("engine.worker.reducers.BYTECODE", b"old!")
        save(namespace=namespace, path=path, name="n")
    rows = _restore(namespace, path)
    assert "run its cell again" in rows["f"].reason
    assert rows["a"].outcome == "unchanged"


def test_surroundings_come_back(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("then", "now"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "then")
    monkeypatch.setenv("CAPSULE_TEST_VARIABLE", "then")
    state = random.getstate()
    save(namespace={}, path=path, name="n")
    drawn = random.random()
    monkeypatch.chdir(tmp_path / "now")
    monkeypatch.setenv("CAPSULE_TEST_VARIABLE", "now")
    _, rows = load(namespace={}, clear_existing=False, **_digest(path))
    assert Path.cwd() == tmp_path / "then"
    assert os.environ["CAPSULE_TEST_VARIABLE"] == "then"
    assert random.random() == drawn
    assert state != random.getstate()
    outcomes = {row.name: row.outcome for row in rows}
    assert outcomes["working directory"] == outcomes["environment variables"] == "restored"


def test_a_folder_that_is_gone_is_listed_as_not_restored(path: Path, tmp_path: Path, monkeypatch: Any) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    save(namespace={"a": 1}, path=path, name="n")
    monkeypatch.chdir(tmp_path)
    gone.rmdir()
    _, rows = load(namespace={}, clear_existing=False, **_digest(path))
    note = next(row for row in rows if row.name == "working directory")
    assert (note.outcome, note.reason) == ("not restored", f"{gone}: No such file or directory")
