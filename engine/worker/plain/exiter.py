"""`exit` and `quit`: names of the namespace that end Python, called or not."""

from __future__ import annotations


class Exiter:
    """Python goes when the cell has ended."""

    def __init__(self, name: str) -> None:
        self.wants_exit = False
        self._name = name

    def __call__(self, keep_kernel: bool = False) -> None:
        self.wants_exit = not keep_kernel

    def __repr__(self) -> str:
        return f"<{self._name}() ends Python when the cell has ended>"
