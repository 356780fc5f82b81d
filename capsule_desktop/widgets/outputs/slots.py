"""The outputs of one cell as a bounded list: the first ones, a count of those let go, the last ones.

No widgets are made here; an output that falls out before it was painted never costs one.  Stream pieces that follow
each other under one name are one output, as in a file.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from capsule_desktop.notebook.ansi import AnsiText
from capsule_desktop.notebook.outputs import Output, StreamOutput
from capsule_desktop.widgets.outputs.view import OutputView

HEAD_OUTPUTS = 50
TAIL_OUTPUTS = 100


@dataclass(eq=False)
class Slot:
    """One output, its terminal text if it is a stream, and its view once there is one."""

    output: Output
    text: AnsiText | None = None
    view: OutputView | None = None


class Slots:
    """Appended to at the end, replaced by index; an index counts all outputs, the ones let go too."""

    def __init__(self) -> None:
        self.hidden = 0
        self._head: list[Slot] = []
        self._tail: deque[Slot] = deque()

    def append(self, output: Output) -> Slot:
        """The slot that took the output: the last one where a stream goes on, else a new one."""
        last = self._last()
        if isinstance(output, StreamOutput) and last is not None and _goes_on(last.output, output):
            assert last.text is not None  # every stream's slot has one
            last.text.feed(output.text)
            return last
        slot = made(output)
        if len(self._head) < HEAD_OUTPUTS:
            self._head.append(slot)
            return slot
        self._tail.append(slot)
        if len(self._tail) > TAIL_OUTPUTS:
            self._tail.popleft()
            self.hidden += 1
        return slot

    def replace(self, index: int, output: Output) -> None:
        """Put another output at `index`; one that was let go stays away."""
        if not 0 <= index < len(self):
            raise IndexError(f"there is no output {index}, only {len(self)}")
        slot = made(output)
        if index < len(self._head):
            self._head[index] = slot
        elif index >= len(self._head) + self.hidden:
            self._tail[index - len(self._head) - self.hidden] = slot

    def __len__(self) -> int:
        return len(self._head) + self.hidden + len(self._tail)

    def head(self) -> list[Slot]:
        return self._head

    def tail(self) -> list[Slot]:
        return list(self._tail)

    def index_of(self, view: OutputView) -> int | None:
        """Which output a view shows; None for a view that shows none of them any more."""
        for index, slot in enumerate(self._head):
            if slot.view is view:
                return index
        for index, slot in enumerate(self._tail, start=len(self._head) + self.hidden):
            if slot.view is view:
                return index
        return None

    def _last(self) -> Slot | None:
        if self._tail:
            return self._tail[-1]
        return self._head[-1] if self._head else None


def made(output: Output) -> Slot:
    if not isinstance(output, StreamOutput):
        return Slot(output)
    text = AnsiText()
    text.feed(output.text)
    return Slot(output, text)


def _goes_on(last: Output, piece: StreamOutput) -> bool:
    return isinstance(last, StreamOutput) and last.name == piece.name
