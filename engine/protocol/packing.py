"""Where msgpack comes from: in a worker from what travels with us, under its private name, else an ordinary import.

The only importer of it, so that a user's own `msgpack` is never mistaken for ours.  boot.py loads the private one.
"""

from __future__ import annotations

if __name__.startswith("_capsule_engine."):
    import _capsule_msgpack as msgpack  # type: ignore[import-not-found]  # it is in a worker only
else:
    import msgpack  # type: ignore[import-untyped]  # ships no annotations

__all__ = ["msgpack"]
