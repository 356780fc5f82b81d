"""Where cloudpickle comes from, and how files name it, which does not depend on that.

In a worker it is what travels with us, under its private name, so that a user's own `cloudpickle` is never mistaken
for ours.  Files name what they need of it by its public name, as a constant; earlier ones by pickle's own way.  Both
lead here.  Used by pickler.py and unpickler.py; classes.py asks it which class came from a cell.
"""

from __future__ import annotations

import inspect
from typing import Any

if __name__.startswith("_capsule_engine."):
    from _capsule_cloudpickle import cloudpickle  # type: ignore[import-not-found]  # it is in a worker only
else:
    from cloudpickle import cloudpickle  # type: ignore[import-untyped]  # ships no annotations

__all__ = ["CONSTANTS", "cloudpickle", "rebuilder"]

_PUBLIC_NAME = "cloudpickle.cloudpickle"
# what pickle's own way named in files: these, and what begins with an underscore; all else is the user's own use of it
_REBUILDERS = frozenset({"subimport", "dynamic_subimport"})


def rebuilder(module: str, name: str) -> Any:
    """Our own cloudpickle's object by that public name; None where it is not cloudpickle's, or the user's own."""
    if module != _PUBLIC_NAME or not (name.startswith("_") or name in _REBUILDERS):
        return None
    return getattr(cloudpickle, name, None)


def _is_own(value: object) -> bool:
    return (inspect.isfunction(value) or inspect.isclass(value)) and value.__module__ == cloudpickle.__name__


CONSTANTS: tuple[tuple[object, str], ...] = tuple(
    (value, f"{_PUBLIC_NAME}:{name}")
    for name, value in vars(cloudpickle).items()
    if rebuilder(_PUBLIC_NAME, name) is value and _is_own(value)
)
"""What files may need of it, each with the public name that they have for it."""
