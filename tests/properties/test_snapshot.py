"""Whatever nests and shares builtins comes back the same, sharing included; a cut or altered file never loads."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.worker.flat import FlatPickler
from engine.worker.sharing import grouped
from engine.worker.snapshot import SnapshotError, load, save

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
_KEYS = st.integers() | st.text() | st.tuples(st.integers(), st.text())


@st.composite
def _namespaces(draw: st.DrawFn) -> dict[str, object]:
    """Variables from one pool of objects, each made of scalars and of those before it: so they share and nest."""
    pool: list[Any] = [draw(_SCALARS)]
    for _ in range(draw(st.integers(1, 12))):
        parts = st.sampled_from(list(pool)) | _SCALARS
        kind = draw(st.sampled_from(["list", "tuple", "dict", "bytearray", "circle"]))
        match kind:
            case "list":
                pool.append(draw(st.lists(parts, max_size=4)))
            case "tuple":
                pool.append(tuple(draw(st.lists(parts, max_size=4))))
            case "dict":
                pool.append(draw(st.dictionaries(_KEYS, parts, max_size=4)))
            case "bytearray":
                pool.append(bytearray(draw(st.binary())))
            case _:
                circle: list[Any] = [draw(parts)]
                circle.append(circle)
                pool.append(circle)
    return {f"v{place}": draw(st.sampled_from(pool)) for place in range(draw(st.integers(1, 6)))}


def _shape(value: Any, seen: dict[int, int]) -> Any:
    """The value as text with numbers for mutable objects met before: equal shapes are equal graphs."""
    if isinstance(value, (list, dict, bytearray)):
        if id(value) in seen:
            return ("again", seen[id(value)])
        seen[id(value)] = len(seen)
    if isinstance(value, dict):
        return ("dict", [(key, _shape(each, seen)) for key, each in value.items()])
    if isinstance(value, (list, tuple)):
        return (type(value).__name__, [_shape(each, seen) for each in value])
    return (type(value).__name__, repr(value))


def _loaded(namespace: dict[str, object], path: Path) -> dict[str, object]:
    save(namespace=namespace, path=path, name="n")
    payload = path.read_bytes()
    found: dict[str, object] = {}
    load(
        namespace=found,
        path=path,
        sha256=hashlib.sha256(payload).digest(),
        payload_bytes=len(payload),
        clear_existing=False,
    )
    return found


@given(_namespaces())
def test_builtins_come_back_with_what_they_share(namespace: dict[str, object]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = _loaded(namespace, Path(folder) / "x.capsule")
    seen_before, seen_after = dict[int, int](), dict[int, int]()
    assert list(found) == list(namespace)
    assert [_shape(each, seen_after) for each in found.values()] == [
        _shape(each, seen_before) for each in namespace.values()
    ]


@given(_namespaces())
def test_builtins_written_flat_come_back_the_same(namespace: dict[str, object]) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setattr("engine.worker.drafts.Pickler", FlatPickler)
        found = _loaded(namespace, Path(folder) / "x.capsule")
    seen_before, seen_after = dict[int, int](), dict[int, int]()
    assert [_shape(each, seen_after) for each in found.values()] == [
        _shape(each, seen_before) for each in namespace.values()
    ]


@pytest.fixture(scope="module")
def payload(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "x.capsule"
    save(namespace={"a": [1, 2], "b": b"x" * 100}, path=path, name="n")
    return path.read_bytes()


def test_a_payload_cut_at_any_offset_is_refused(payload: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.capsule"
    for length in range(len(payload)):
        path.write_bytes(payload[:length])
        for claimed in (length, len(payload)):
            namespace: dict[str, object] = {"a": "present"}
            with pytest.raises(SnapshotError):
                load(
                    namespace=namespace,
                    path=path,
                    sha256=hashlib.sha256(payload).digest(),
                    payload_bytes=claimed,
                    clear_existing=True,
                )
            assert namespace == {"a": "present"}


_THINGS = st.integers(0, 12)


@given(st.dictionaries(_THINGS, st.sets(st.integers(100, 110))), st.dictionaries(_THINGS, st.sets(_THINGS)))
def test_groups_hold_each_thing_once_together_with_what_it_shares_and_after_what_it_needs(
    reached: dict[int, set[int]], needs: dict[int, set[int]]
) -> None:
    groups = grouped(reached, needs)
    place = {thing: number for number, group in enumerate(groups) for thing in group}
    assert sorted(place) == sorted(thing for group in groups for thing in group) == sorted(reached)
    for first, ids in reached.items():
        assert all(place[first] == place[other] for other, others in reached.items() if ids & others)
        assert all(place[need] <= place[first] for need in needs.get(first, ()) if need in reached)
