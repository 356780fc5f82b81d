"""Messages to msgpack and back, with strict validation by the dataclasses' own annotations.

encode() gives whole frames, in Parts where one would be too long; Decoder takes frame bodies and
gives messages.  Whatever is wrong with the bytes is a CodecError; an unknown type is its own error,
since the peer is answered Unsupported instead of being hung up on.
"""

from __future__ import annotations

import dataclasses
import types
from typing import Any, Callable, Union, get_args, get_origin, get_type_hints

from .framing import frame
from .messages import MAX_MESSAGE_BYTES, MESSAGE_TYPES, PART_BYTES, Message, Part, VariableNote, new_id
from .packing import msgpack

Check = Callable[[object], object]
MAX_OPEN_GROUPS = 16  # unfinished Part groups a peer may hold open; one more is an error


class CodecError(Exception):
    """The bytes are not a message of ours."""


class UnknownType(CodecError):
    """A well-formed message of a type that this version does not know."""

    def __init__(self, type_name: str, message_id: str) -> None:
        super().__init__(f"unknown message type {type_name!r}")
        self.type_name = type_name
        self.message_id = message_id


def encode(message: Message) -> bytes:
    """The frame, or frames, of message.  Raises CodecError where it is over MAX_MESSAGE_BYTES or not encodable."""
    body = _pack({"type": type(message).__name__, **_fields(message)})
    if len(body) <= PART_BYTES:
        return frame(body)
    if len(body) > MAX_MESSAGE_BYTES:
        raise CodecError(f"a message of {len(body)} bytes is over the limit of {MAX_MESSAGE_BYTES}")
    group, count = new_id(), -(-len(body) // PART_BYTES)
    pieces = (body[i * PART_BYTES : (i + 1) * PART_BYTES] for i in range(count))
    parts = (Part(group=group, index=i, count=count, data=piece) for i, piece in enumerate(pieces))
    return b"".join(frame(_pack({"type": "Part", **_fields(part)})) for part in parts)


class Decoder:
    """Frame bodies in, messages out; joins Parts.  One per connection or log."""

    def __init__(self) -> None:
        self._groups: dict[str, list[bytes]] = {}
        self._held_bytes = 0

    def decode(self, body: bytes) -> Message | None:
        """The message of a frame body; None for a Part that completes nothing.  Raises CodecError."""
        message = _decode(body)
        if not isinstance(message, Part):
            return message
        return self._join(message)

    def _join(self, part: Part) -> Message | None:
        pieces = self._groups.setdefault(part.group, [])
        if part.index != len(pieces) or not 0 < part.count <= MAX_MESSAGE_BYTES // PART_BYTES:
            raise CodecError("the parts of a message are out of order")
        if len(self._groups) > MAX_OPEN_GROUPS:
            raise CodecError(f"more than {MAX_OPEN_GROUPS} messages are in parts at once")
        self._held_bytes += len(part.data)
        if self._held_bytes > MAX_MESSAGE_BYTES:
            raise CodecError(f"the parts of a message are over the limit of {MAX_MESSAGE_BYTES} bytes")
        pieces.append(part.data)
        if len(pieces) < part.count:
            return None
        del self._groups[part.group]
        self._held_bytes -= sum(map(len, pieces))
        whole = _decode(b"".join(pieces))
        if isinstance(whole, Part):
            raise CodecError("a part holds a part")
        return whole


def _pack(value: dict[str, object]) -> bytes:
    try:
        packed: bytes = msgpack.packb(value, default=_note, use_bin_type=True, unicode_errors="surrogatepass")
    except (TypeError, ValueError, OverflowError) as error:
        raise CodecError(f"a message cannot be encoded: {error}") from error
    return packed


def _fields(message: Message) -> dict[str, object]:
    return {name: getattr(message, name) for name in _SCHEMA[type(message)][0]}


def _note(value: object) -> dict[str, object]:
    """What msgpack does not know by itself."""
    if isinstance(value, VariableNote):
        return _fields(value)
    raise TypeError(f"{type(value).__name__} is no part of a message")


def _decode(body: bytes) -> Message:
    try:
        raw = msgpack.unpackb(
            body,
            raw=False,
            strict_map_key=False,
            unicode_errors="surrogatepass",
        )
    except (ValueError, TypeError, RecursionError, msgpack.exceptions.UnpackException) as error:
        raise CodecError(f"not msgpack: {error}") from error
    if not isinstance(raw, dict):
        raise CodecError("a message is not a map")
    name = raw.pop("type", None)
    if not isinstance(name, str):
        raise CodecError("a message has no type")
    if name not in MESSAGE_TYPES:
        message_id = raw.get("id")
        raise UnknownType(name, message_id if isinstance(message_id, str) else "")
    return _build(MESSAGE_TYPES[name], raw)


def _build(kind: type[Message], raw: dict[object, object]) -> Message:
    checks, required = _SCHEMA[kind]
    if missing := required - raw.keys():
        raise CodecError(f"{kind.__name__} lacks {sorted(missing)}")
    # fields that this version does not know are dropped, so that a later one may add some
    values = {name: _checked(kind, name, check, raw[name]) for name, check in checks.items() if name in raw}
    return kind(**values)  # type: ignore[arg-type]  # each was checked against its annotation


def _checked(kind: type[Message], name: str, check: Check, value: object) -> object:
    try:
        return check(value)
    except TypeError as error:
        raise CodecError(f"{kind.__name__}.{name}: {error}") from error


def _check_for(annotation: Any) -> Check:
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation is object:
        return lambda value: value
    if origin in (Union, types.UnionType):
        return _check_optional(_check_for(next(a for a in args if a is not type(None))))
    if origin is list:
        return _check_list(_check_for(args[0]))
    if origin is dict:
        return _check_dict(_check_for(args[1]))
    if annotation is VariableNote:
        return _check_note
    if annotation is float:
        return _check_float
    return _check_exactly(annotation)


def _check_exactly(kind: type) -> Check:
    def check(value: object) -> object:
        if type(value) is not kind:
            raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")
        return value

    return check


def _check_float(value: object) -> object:
    if type(value) not in (float, int):
        raise TypeError(f"expected a number, got {type(value).__name__}")
    return float(value)  # type: ignore[arg-type]  # just checked


def _check_optional(inner: Check) -> Check:
    return lambda value: None if value is None else inner(value)


def _check_list(inner: Check) -> Check:
    def check(value: object) -> object:
        if not isinstance(value, list):
            raise TypeError(f"expected a list, got {type(value).__name__}")
        return [inner(item) for item in value]

    return check


def _check_dict(inner: Check) -> Check:
    def check(value: object) -> object:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise TypeError("expected a map with text keys")
        return {key: inner(item) for key, item in value.items()}

    return check


def _check_note(value: object) -> object:
    if not isinstance(value, dict):
        raise TypeError("expected a variable's row")
    return _build(VariableNote, value)


def _schema(kind: type[Message]) -> tuple[dict[str, Check], frozenset[str]]:
    hints = get_type_hints(kind)
    checks = {f.name: _check_for(hints[f.name]) for f in dataclasses.fields(kind)}
    required = frozenset(
        f.name
        for f in dataclasses.fields(kind)
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    )
    return checks, required


_SCHEMA = {kind: _schema(kind) for kind in (*MESSAGE_TYPES.values(), VariableNote)}
