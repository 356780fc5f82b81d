"""Values are printed as IPython prints them, which is here to be asked."""

from __future__ import annotations

import collections
import enum
import pathlib
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.lib.pretty import pretty as by_ipython

from engine.worker.plain.pretty import pretty

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=40)
    | st.binary(max_size=9)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.tuples(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=12) | st.integers(), inner, max_size=5)
        | st.sets(st.integers(), max_size=20)
        | st.frozensets(st.text(max_size=9), max_size=10)
    ),
    max_leaves=20,
)


class Plain:
    pass


class OfList(list[int]):
    pass


class WithRepr(list[int]):
    def __repr__(self) -> str:
        return "mine"


class Meta(type):
    def __repr__(cls) -> str:
        return "by its metaclass"


class OfMeta(metaclass=Meta):
    pass


class Writes:
    def _repr_pretty_(self, canvas: object, cycle: bool) -> None:
        with canvas.group(4, "W(", ")"):  # type: ignore[attr-defined]  # either printer's
            canvas.text("a=")  # type: ignore[attr-defined]
            canvas.pretty([1, 2])  # type: ignore[attr-defined]


class Colour(enum.Enum):
    RED = 1


Point = collections.namedtuple("Point", "x y")
KNOT: list[object] = [1]
KNOT.append(KNOT)


@given(VALUES)
def test_containers_break_where_ipythons_do(value: object) -> None:
    assert pretty(value) == by_ipython(value)


@pytest.mark.parametrize(
    "value",
    [
        *(Plain, int, Plain(), OfList([1, 2]), WithRepr(), OfMeta, OfMeta(), Writes(), [Writes()], Colour, Colour.RED),
        *(ValueError("a", 1), KeyError(), Point(1, 2), KNOT, len, pretty, lambda x: x, Plain().__init__, [Plain]),
        *(collections.Counter("hello"), collections.deque([1, 2]), collections.deque([1], 3)),
        *(collections.defaultdict(list, {n: list(range(10)) for n in range(6)}), collections.OrderedDict(a=1)),
        *(types.SimpleNamespace(a=1, b=[1] * 50), types.MappingProxyType({"a": 1}), pathlib.Path("/x"), range(3)),
        *({"a": np.arange(30).reshape(5, 6), "b": [np.eye(2), np.eye(2)]}, [np.float64(1.5)] * 3),
        *(set(), frozenset(), {1, "a"}, (), (1,), list(range(1200)), {n: n for n in range(1100)}, "a\nb", {}.keys()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_all_kinds_look_as_in_ipython(value: object) -> None:
    assert pretty(value) == by_ipython(value)


def test_deep_nesting_is_printed_once_a_level_and_not_again_and_again() -> None:
    printed: list[int] = []

    class Counts:
        def __repr__(self) -> str:
            printed.append(1)
            return "c" * 70

    value: object = Counts()
    for _ in range(30):
        value = {"key": [value]}
    pretty(value)
    assert len(printed) == 1
