"""Keeps `tests` this checkout's own, whatever package of that name is installed beside it."""
