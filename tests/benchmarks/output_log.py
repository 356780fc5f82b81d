"""Reads an execution's output log as it lies on the disk, to compare it with what was printed."""

from __future__ import annotations

from pathlib import Path

from engine.protocol.codec import Decoder
from engine.protocol.framing import FrameReader
from engine.protocol.messages import Output


def printed(log: Path) -> str:
    """Everything on stdout in the log, in order.  Raises RuntimeError where it ends within a frame."""
    reader, decoder = FrameReader(), Decoder()
    messages = [decoder.decode(body) for body in reader.feed(log.read_bytes())]
    if reader.pending_bytes:
        raise RuntimeError(f"the log ends with {reader.pending_bytes} bytes of an unfinished frame")
    return "".join(m.text for m in messages if isinstance(m, Output) and m.stream == "stdout")


def counted_lines(text: str) -> int:
    """How many lines of 0, 1, 2, … text is.  Raises RuntimeError where a byte is missing or too much."""
    count = text.count("\n")
    expected = "".join(f"{i}\n" for i in range(count))
    unfinished = text[len(expected) :]  # the interrupt may strike within the last line
    if not text.startswith(expected) or not str(count).startswith(unfinished):
        raise RuntimeError("the log is not what the cell printed")
    return count
