"""numpy arrays that share memory go on sharing it; pandas' blocks never do.  Imports neither library.

A view is stored as its base and its place in it, so that several views of one base, in whichever
variables, are views of one base again.  pandas copies on write by counting who shares a block: memory
that came back shared without being counted would let one frame change another, so each block stands alone.
"""

from __future__ import annotations

import array
import pickle
import sys
from typing import Any

Reduced = Any
_PLAIN_KINDS = "biufcmMSUV"  # dtypes whose memory is all there is; object and StringDType point elsewhere
_BUFFER_OWNERS = (bytes, bytearray, array.array)
_OWN_COPY_BYTES = 16 * 1024 * 1024  # an array up to this owns its memory (resize works); above, none is copied


class Memory(bytearray):
    """What an unpickled buffer lies in: known by its type, so that a later save sees the array and not this."""


class Isolated:
    """Wraps what a pandas block holds on its way into the pickler; never in a file."""

    def __init__(self, values: Any) -> None:
        self.values = values


def array_type() -> Any:
    """numpy.ndarray where numpy is loaded, else None."""
    numpy = sys.modules.get("numpy")
    return getattr(numpy, "ndarray", None)


def block_type() -> Any:
    """pandas' Block where pandas is loaded, else None."""
    return getattr(sys.modules.get("pandas.core.internals.blocks"), "Block", None)


def reduce_array(values: Any) -> Reduced:
    """An array with memory of its own, or a view of one; NotImplemented where numpy's own way must do."""
    owner = _owner(values)
    if owner is values:
        return _reduce_owner(values)
    if type(owner) is type(values):
        if _flat(owner) is None or values.dtype.hasobject != owner.dtype.hasobject:
            return NotImplemented
        return _reduce_view(values, owner, _flat(owner))
    if type(owner) in _BUFFER_OWNERS and not values.dtype.hasobject:
        return _reduce_view(values, owner, sys.modules["numpy"].frombuffer(owner, dtype="u1"))
    return NotImplemented


def _owner(values: Any) -> Any:
    """Whose memory it is: through the helpers that numpy puts between (as_strided's) too."""
    kind = type(values)
    while (base := getattr(values, "base", None)) is not None and type(base) is not Memory:
        values = base.obj if isinstance(base, memoryview) else base
    return values if type(values) in (kind, *_BUFFER_OWNERS) else None


def _reduce_owner(values: Any) -> Reduced:
    flat = _flat(values)
    if flat is None or values.dtype.kind not in _PLAIN_KINDS or values.dtype.hasobject or not values.dtype.itemsize:
        return NotImplemented
    order = "C" if values.flags.c_contiguous else "F"
    data = pickle.PickleBuffer(flat.view("u1"))
    return make_array, (data, values.dtype, values.shape, order, values.flags.writeable)


def _reduce_view(values: Any, owner: Any, flat: Any) -> Reduced:
    offset = _address(values) - _address(flat)
    return make_view, (owner, offset, values.dtype, values.shape, values.strides, values.flags.writeable)


def _flat(values: Any) -> Any:
    """All of a contiguous array's memory in one dimension, without a copy; None where it has gaps."""
    if values.flags.c_contiguous:
        return values.reshape(-1)
    return values.T.reshape(-1) if values.flags.f_contiguous else None


def _address(values: Any) -> int:
    return int(values.__array_interface__["data"][0])


def make_array(data: Any, dtype: Any, shape: tuple[int, ...], order: str, writeable: bool) -> Any:
    numpy = sys.modules["numpy"]
    values = numpy.ndarray(shape, dtype, buffer=data, order=order)
    if values.nbytes <= _OWN_COPY_BYTES:
        values = values.copy(order)
    values.flags.writeable = writeable
    return values


def make_view(
    owner: Any, offset: int, dtype: Any, shape: tuple[int, ...], strides: tuple[int, ...], writeable: bool
) -> Any:
    numpy = sys.modules["numpy"]
    flat = _flat(owner) if isinstance(owner, numpy.ndarray) else owner
    buffer = flat if dtype.hasobject or flat is owner else flat.view("u1")
    values = numpy.ndarray(shape, dtype, buffer=buffer, offset=offset, strides=strides)
    if not writeable:
        values.flags.writeable = False
    return values


def reduce_block(block: Any) -> Reduced:
    """A pandas block, its values kept apart from every other array of the same memory."""
    make, arguments, *rest = block.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
    if not isinstance(arguments, tuple) or not arguments:
        return (make, arguments, *rest)
    return (make, (Isolated(arguments[0]), *arguments[1:]), *rest)


REBUILDERS = {each.__name__: each for each in (make_array, make_view)}
