"""The outputs of one execution as they come in, kept as Jupyter's nbclient would keep them.

Adjacent pieces of one stream are one output, its text raw as received (\\r and \\b included).  clear(wait=True) takes
effect with the next output.  Bounds: a stream output keeps the first and last 5 MiB of its text, an execution its
first and last 5,000 outputs, with a line between that says what was left out.  Appending costs no more than the piece.
Called by document.py.
"""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from capsule_desktop.notebook.outputs import DisplayOutput, Output, StreamOutput

STREAM_LIMIT_BYTES = 10 * 1024 * 1024  # an output, in UTF-8
OUTPUTS_LIMIT = 10_000  # an execution; more widgets than anybody scrolls through
_CHUNK_BYTES = 64 * 1024  # small pieces are joined to chunks of this size


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


class StreamText:
    """The text of one stream output: its head, its tail, and how much between them was dropped."""

    def __init__(self, name: str, limit_bytes: int = STREAM_LIMIT_BYTES) -> None:
        self.name = name
        self._half = limit_bytes // 2
        self._head: list[str] = []
        self._head_bytes = 0
        self._tail: deque[str] = deque()
        self._tail_bytes = 0
        self._pending: list[str] = []
        self._pending_bytes = 0
        self._dropped_bytes = 0
        self._dropped_lines = 0

    def append(self, text: str) -> None:
        if self._pending_bytes >= _CHUNK_BYTES:
            self._flush()
        self._pending.append(text)
        self._pending_bytes += _size(text)

    def _flush(self) -> None:
        """Move what is pending to the head while that has room, else to the tail, and drop what is too old there."""
        text = "".join(self._pending)
        self._pending, self._pending_bytes = [], 0
        room = self._half - self._head_bytes
        if room > 0:
            fits = _cut_at_bytes(text, room)
            self._head.append(text[:fits])
            self._head_bytes = self._half if fits < len(text) else self._head_bytes + _size(text)
            text = text[fits:]
        if text:
            self._tail.append(text)
            self._tail_bytes += _size(text)
        while self._tail and self._tail_bytes - _size(self._tail[0]) >= self._half:
            self._drop(self._tail.popleft())
        self._trim_first()

    def _trim_first(self) -> None:
        """One piece alone may be longer than the tail."""
        if not self._tail or self._tail_bytes <= self._half + _CHUNK_BYTES:
            return
        first = self._tail.popleft()
        # bytes to drop taken as characters: where these are wider less is kept, never more
        keep = max(0, len(first) - (self._tail_bytes - self._half))
        self._tail.appendleft(first[len(first) - keep :])
        self._drop(first[: len(first) - keep])

    def _drop(self, text: str) -> None:
        size = _size(text)
        self._tail_bytes -= size
        self._dropped_bytes += size
        self._dropped_lines += text.count("\n")

    def text(self) -> str:
        self._flush()
        head, tail = "".join(self._head), "".join(self._tail)
        if not self._dropped_bytes:
            return head + tail
        head_end, tail_start = head.rfind("\n") + 1 or len(head), tail.find("\n") + 1
        cut = head[head_end:] + tail[:tail_start]  # whole lines on both sides of the marker
        head, tail = head[:head_end], tail[tail_start:]
        return head + ("" if head.endswith("\n") else "\n") + self._marker(cut) + tail

    def _marker(self, cut: str) -> str:
        size, lines = self._dropped_bytes + _size(cut), self._dropped_lines + cut.count("\n")
        return f"[… {size:,} bytes ({lines:,} lines) left out here: the output was longer than what is kept …]\n"


def _cut_at_bytes(text: str, limit: int) -> int:
    """How many characters of text take at most limit bytes."""
    if text.isascii():
        return min(len(text), limit)
    return len(text.encode("utf-8", "surrogatepass")[:limit].decode("utf-8", "ignore"))


class Transcript:
    def __init__(
        self,
        outputs: Iterable[Output] = (),
        stream_limit_bytes: int = STREAM_LIMIT_BYTES,
        outputs_limit: int = OUTPUTS_LIMIT,
    ) -> None:
        self._limit_bytes = stream_limit_bytes
        self._half = outputs_limit // 2
        self._head: list[Output | StreamText] = []
        self._tail: deque[Output | StreamText] = deque()
        self._dropped = 0
        self._clear_before_next = False
        self._made: tuple[Output, ...] | None = ()  # what outputs() gave, while it holds
        for output in outputs:
            self.append(output)

    def append(self, output: Output) -> None:
        if self._clear_before_next:
            self._empty()
            self._clear_before_next = False
        self._made = None
        if not isinstance(output, StreamOutput):
            self._put(output)
            return
        last = self._tail[-1] if self._tail else self._head[-1] if self._head else None
        if not isinstance(last, StreamText) or last.name != output.name:
            last = StreamText(output.name, self._limit_bytes)
            self._put(last)
        last.append(output.text)

    def _put(self, output: Output | StreamText) -> None:
        if len(self._head) < self._half:
            self._head.append(output)
            return
        self._tail.append(output)
        if len(self._tail) > self._half:
            self._tail.popleft()
            self._dropped += 1

    def _empty(self) -> None:
        self._head.clear()
        self._tail.clear()
        self._dropped = 0
        self._made = ()

    def clear(self, *, wait: bool) -> None:
        if wait:
            self._clear_before_next = True
        else:
            self._empty()

    def update_display(self, display_id: str, data: Mapping[str, object], metadata: Mapping[str, object]) -> bool:
        """Show this in every display of that id; whether there was one."""
        head = [updated_display(output, display_id, data, metadata) for output in self._head]
        tail = deque(updated_display(output, display_id, data, metadata) for output in self._tail)
        changed = any(map(operator.is_not, (*head, *tail), (*self._head, *self._tail)))
        if changed:
            self._head, self._tail, self._made = head, tail, None
        return changed

    def outputs(self) -> tuple[Output, ...]:
        if self._made is None:
            left_out = f"[… {self._dropped:,} outputs left out here: there were more than are kept …]\n"
            marker = [StreamOutput(name="stderr", text=left_out)] if self._dropped else []
            self._made = (*map(_as_output, self._head), *marker, *map(_as_output, self._tail))
        return self._made

    def still_gives(self, outputs: Sequence[Output]) -> bool:
        """Whether outputs() was asked already, gave these, and nothing came since; cheap at any size."""
        return self._made is not None and (self._made is outputs or not (self._made or outputs))


def _as_output(output: Output | StreamText) -> Output:
    return StreamOutput(name=output.name, text=output.text()) if isinstance(output, StreamText) else output


def updated_display[T](
    output: T, display_id: str, data: Mapping[str, object], metadata: Mapping[str, object]
) -> T | DisplayOutput:
    """output, with the new data where it is a display of that id."""
    if isinstance(output, DisplayOutput) and output.display_id == display_id:
        return replace(output, data=data, metadata=metadata)
    return output
