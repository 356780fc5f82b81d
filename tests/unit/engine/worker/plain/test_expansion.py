"""Values in commands: `{expression}` and `$name`, as IPython puts them in."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine.worker.plain.expansion import expand

NAMES: Mapping[str, object] = {"x": 3, "name": "a b", "d": {"k": [1]}, "text": "t"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("echo {x} $x ${HOME} $HOME", "echo 3 3 ${HOME} $HOME"),
        ("{x + 1} {name!r} {x:03d} {d['k'][0]}", "4 'a b' 003 1"),
        ("$text.upper", "$text.upper"),
        ("echo $$x {{x}}", "echo $x {x}"),
        ("awk '{print $1}' $x", "awk '{print $1}' $x"),
        ("{not_there}", "{not_there}"),
        ("plain", "plain"),
    ],
)
def test_values_are_put_in_where_they_can_be_told(text: str, expanded: str) -> None:
    if text == "$text.upper":
        assert expand(text, NAMES).startswith("<built-in method upper")
    else:
        assert expand(text, NAMES) == expanded
