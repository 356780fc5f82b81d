"""What a cell's outputs say to somebody who reads them."""

from __future__ import annotations

from collections.abc import Iterable

from capsule_desktop.notebook.outputs import DisplayOutput, ErrorOutput, Output, StreamOutput


def shown_text(outputs: Iterable[Output]) -> str:
    """All text of them, as the document has it."""
    parts: list[str] = []
    for output in outputs:
        match output:
            case StreamOutput(text=text):
                parts.append(text)
            case DisplayOutput(data=data):
                parts.append(str(data.get("text/plain", "")))
            case ErrorOutput(error_type=error_type, message=message):
                parts.append(f"{error_type}: {message}")
    return "".join(parts)
