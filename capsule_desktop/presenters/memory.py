"""The words of the memory gauge.  Pure."""

from __future__ import annotations

from capsule_desktop.widgets.memory_gauge import AMBER_FROM, RED_FROM, MemoryView

_MB, _GB = 1024**2, 1024**3


def memory_view(used_bytes: int, limit_bytes: int) -> MemoryView | None:
    """used_bytes: 0 where no worker runs, which is nothing to show.  limit_bytes: 0 where it is unknown."""
    if not used_bytes:
        return None
    used = _size(used_bytes)
    if not limit_bytes:
        return MemoryView(text=f"Memory {used}", short=used, detail=f"Python uses {used} of memory.")
    share = used_bytes / limit_bytes
    return MemoryView(
        text=f"Memory {_of(used_bytes, limit_bytes)}",
        short=used,
        detail=f"Python uses {used} of the {_size(limit_bytes)} of memory that it can have{_warning(share)}.",
        share=share,
    )


def _warning(share: float) -> str:
    if share >= RED_FROM:
        return "; it is nearly full, and the system may end Python when it is"
    return "; it is filling up" if share >= AMBER_FROM else ""


def _size(size_bytes: int) -> str:
    if size_bytes < _GB:
        return f"{size_bytes / _MB:.0f} MB"
    gigabytes = size_bytes / _GB
    return f"{gigabytes:.0f} GB" if gigabytes >= 9.95 else f"{gigabytes:.1f} GB".replace(".0 ", " ")


def _of(used_bytes: int, limit_bytes: int) -> str:
    """ "3.1 of 16 GB", "240 MB of 16 GB": the unit once where it is the same."""
    used, limit = _size(used_bytes), _size(limit_bytes)
    return f"{used[:-3]} of {limit}" if used[-2:] == limit[-2:] else f"{used} of {limit}"
