"""The output that an engine event brings to a cell.  No Qt: headless runs use it as well as windows."""

from __future__ import annotations

from capsule_desktop.notebook.outputs import DisplayOutput, ErrorOutput, Output, StreamOutput
from engine.events import DisplayShown, TextPrinted, TracebackShown


def output_of(event: TextPrinted | DisplayShown | TracebackShown) -> Output:
    match event:
        case TextPrinted(stream=stream, text=text):
            return StreamOutput(name=stream, text=text)
        case DisplayShown():
            return DisplayOutput(
                data=event.data,
                metadata=event.metadata,
                execution_count=event.execution_count,
                display_id=event.display_id,
            )
        case TracebackShown():
            return ErrorOutput(error_type=event.error_type, message=event.message, traceback=event.traceback)
