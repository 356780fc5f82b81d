"""Which view shows an output."""

from __future__ import annotations

from typing import assert_never

from capsule_desktop.notebook.ansi import AnsiText
from capsule_desktop.notebook.outputs import DisplayOutput, ErrorOutput, Output, StreamOutput
from capsule_desktop.widgets.outputs.notice_view import NoticeView
from capsule_desktop.widgets.outputs.stream_view import StreamView
from capsule_desktop.widgets.outputs.traceback_view import TracebackView
from capsule_desktop.widgets.outputs.view import OutputView


def view_for(output: Output) -> OutputView:
    match output:
        case StreamOutput(name=name, text=text):
            return text_view(text, name)
        case ErrorOutput():
            return TracebackView(output)
        case DisplayOutput(data=data):
            plain = data.get("text/plain")
            return text_view(plain) if isinstance(plain, str) else NoticeView("This output cannot be shown here.")
        case _:
            assert_never(output)


def text_view(text: str, name: str = "") -> StreamView:
    terminal = AnsiText()
    terminal.feed(text)
    return StreamView(name, terminal)
