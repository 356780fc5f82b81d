"""Hypothesis strategies for every message of the wire, built from the messages' own annotations."""

from __future__ import annotations

import dataclasses
import types
from typing import Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from engine.protocol.messages import MESSAGE_TYPES, Message, Part, VariableNote

# lone surrogates are legal in Python text, and a cell can print them
texts = st.text(st.characters(exclude_categories=()), max_size=20)
integers = st.integers(min_value=-(2**63), max_value=2**64 - 1)
json_values = st.recursive(
    st.none() | st.booleans() | integers | st.floats(allow_nan=False) | texts | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
_SIMPLE: dict[object, st.SearchStrategy[Any]] = {
    str: texts,
    int: integers,
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    bytes: st.binary(max_size=20),
    object: json_values,
}


def of_type(kind: type[Message]) -> st.SearchStrategy[Message]:
    """Any message of that type, valid in every field."""
    hints = get_type_hints(kind)
    fields = {field.name: _of_annotation(hints[field.name]) for field in dataclasses.fields(kind)}
    return st.builds(kind, **fields)


def _of_annotation(annotation: Any) -> st.SearchStrategy[Any]:
    if annotation is VariableNote:
        return of_type(VariableNote)
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return st.none() | _of_annotation(next(arg for arg in args if arg is not type(None)))
    if origin is list:
        return st.lists(_of_annotation(args[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(texts, _of_annotation(args[1]), max_size=3)
    return _SIMPLE[annotation]


# a Part stands for another message and never comes out of a decoder
messages: st.SearchStrategy[Message] = st.one_of(
    *(of_type(kind) for kind in MESSAGE_TYPES.values() if kind is not Part)
)
