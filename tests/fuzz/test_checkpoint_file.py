"""Hostile bytes where a checkpoint is expected: every reader answers with its own error and nothing else."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zlib
from pathlib import Path

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.checkpoints.checkpoint_file import prepare_restore
from engine.checkpoints.manifest import manifest_of
from engine.errors import CheckpointError
from engine.protocol.capsule import FOOTER, FOOTER_MAGIC, MAGIC, LayoutError, Manifest, read_manifest
from engine.trust import SigningKey
from engine.worker.snapshot import SnapshotError, load

KEY = SigningKey(bytes(32))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_FIELDS = ("format", "name", "created_at", "python_version", "variables", "groups", "surroundings", "notebook")


def _payload(manifest: bytes, body: bytes = b"") -> bytes:
    return MAGIC + body + manifest + FOOTER.pack(len(manifest), zlib.crc32(manifest), FOOTER_MAGIC)


def _expect_refusal(payload: bytes) -> None:
    """By all three readers, with the right signature and digest, so that only the content is at fault."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.capsule"
        path.write_bytes(payload)
        with pytest.raises(SnapshotError):
            load(
                namespace={},
                path=path,
                sha256=hashlib.sha256(payload).digest(),
                payload_bytes=len(payload),
                clear_existing=False,
            )
        KEY.sign(path)
        with pytest.raises(CheckpointError):
            prepare_restore(path, KEY)
        with pytest.raises(CheckpointError):
            manifest_of(path)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(raw: bytes) -> None:
    _expect_refusal(raw)


@given(st.binary(max_size=300), st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1))
def test_any_bytes_between_the_right_ends_are_refused(raw: bytes, length: int, crc32: int) -> None:
    _expect_refusal(MAGIC + raw + FOOTER.pack(length, crc32, FOOTER_MAGIC))


@given(st.binary(max_size=200))
def test_any_bytes_as_manifest_are_refused(raw: bytes) -> None:
    _expect_refusal(_payload(raw))


@given(_JSON | st.dictionaries(st.sampled_from(_FIELDS), _JSON))
def test_any_value_as_manifest_is_refused(value: object) -> None:
    _expect_refusal(_payload(msgpack.packb(value)))


_VARIABLE = {"name": "a", "type_name": "int", "size_bytes": 1, "reason": "", "module": "", "submodules": []}
_GROUP = {"stream_bytes": 3, "buffers": [], "items": ["variable a"]}
_GOOD = {
    **{"format": 1, "name": "n", "created_at": 1.0, "python_version": "3.12.1"},
    **{"variables": [_VARIABLE], "groups": [_GROUP], "surroundings": []},
}


def _read(value: object) -> Manifest:
    payload = _payload(msgpack.packb(value), b"abc")
    return read_manifest(io.BytesIO(payload), len(payload))[0]


def test_the_manifest_that_is_spoilt_below_is_good_as_it_is() -> None:
    _read(_GOOD)


@pytest.mark.parametrize("field", _FIELDS)
@given(value=_JSON.filter(lambda value: type(value) not in (str, float)))
def test_any_field_of_another_shape_is_refused(field: str, value: object) -> None:
    with pytest.raises(LayoutError):
        _read({**_GOOD, field: {"not": value}})


@given(st.dictionaries(st.text(min_size=1).filter(lambda name: name not in _FIELDS), _JSON, max_size=3))
def test_fields_of_a_later_version_are_left_out(fields: dict[str, object]) -> None:
    assert _read({**fields, **_GOOD}) == _read(_GOOD)


@pytest.mark.parametrize("field", _VARIABLE)
@given(value=st.integers(max_value=-1, min_value=-(2**63)) | st.none() | st.lists(st.none(), min_size=1))
def test_a_variable_with_a_wrong_field_is_refused(field: str, value: object) -> None:
    with pytest.raises(LayoutError):
        _read({**_GOOD, "variables": [{**_VARIABLE, field: value}]})


@pytest.mark.parametrize(
    "group",
    [
        {"stream_bytes": 4},
        {"stream_bytes": 2},
        {"stream_bytes": -1, "buffers": [4]},
        {"buffers": [2**62]},
        {"items": []},
        {"items": ["variable b"]},
        {"items": ["variable a", "variable a"]},
        {"items": [3]},
    ],
    ids=str,
)
def test_groups_that_contradict_the_file_or_the_variables_are_refused(group: dict[str, object]) -> None:
    with pytest.raises(LayoutError):
        _read({**_GOOD, "groups": [{**_GROUP, **group}]})


def test_a_later_format_is_said_to_be_one() -> None:
    with pytest.raises(LayoutError, match="a later version"):
        _read({**_GOOD, "format": 2})
