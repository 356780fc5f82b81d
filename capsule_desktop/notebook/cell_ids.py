"""Ids for cells whose file gives them none that can be used.

Pure; called by ipynb.py at opening.  Invariant: the same file gives the same ids at every opening, so that what is
kept of a run finds its cell again; any other content gives others, so that it never finds another cell.
"""

from __future__ import annotations

import hashlib
import itertools
import zlib
from collections.abc import Collection, Iterator, Sequence

from capsule_desktop.notebook.cell import CellId


def whole_ids(own: Sequence[CellId], body: bytes) -> Iterator[CellId]:
    """Of each cell its own id, or one made for it where that is "" or came before.  body: what the file has."""
    given, taken, content = set[CellId](), frozenset(own), ""
    for place, own_id in enumerate(own):
        cell_id = own_id
        if not own_id or own_id in given:
            content = content or f"{len(body)}:{zlib.crc32(body)}"
            cell_id = _made(content, place, taken)
        given.add(cell_id)
        yield cell_id


def _made(content: str, place: int, taken: Collection[CellId]) -> CellId:
    words = (f"{content}:{place}:{attempt}" for attempt in itertools.count())
    made = (CellId(hashlib.sha256(each.encode()).hexdigest()[:32]) for each in words)
    return next(cell_id for cell_id in made if cell_id not in taken)
