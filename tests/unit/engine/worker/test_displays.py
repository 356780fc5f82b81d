"""MIME bundles become the JSON that jupyter_client makes of them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from jupyter_client.jsonutil import json_default

from engine.worker.displays import plain

VALUES = [
    b"\x89PNG",
    {"a": (1, 2), 3: None},
    [1.5, True, {"b": {1}}],
    date(2024, 1, 2),
    datetime(2024, 1, 2, tzinfo=UTC),
    Fraction(1, 2),
    range(3),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_packed_as_jupyter_packs_it(value: object) -> None:
    assert plain({"x/y": value}) == json.loads(json.dumps({"x/y": value}, default=json_default))


def test_what_is_no_json_is_an_error() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        plain({"x/y": Decimal})
