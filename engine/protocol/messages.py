"""The wire's messages: what application and worker say to each other, and what a log holds.

Frozen dataclasses and the limits they obey; no I/O and no msgpack (codec.py has that).  Used by the
worker in the user's interpreter, so it imports the standard library only and runs on CPython 3.10+.
Control messages go over the socket; log messages are appended to an execution's output log.
Adding a type needs no new PROTOCOL_VERSION: a peer that does not know it answers Error Unsupported.
It is longer than 400 lines because it is one list, and the wire is easier to know from one file.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Union

PROTOCOL_VERSION = 1

MAX_FRAME_BYTES = 10 * 1024 * 1024  # a longer frame is a protocol error on either side
MAX_TEXT_BYTES = 64 * 1024  # of UTF-8 in one Output; more text means more frames
PART_BYTES = 1024 * 1024  # a message that encodes to more is sent as Parts of this size
MAX_MESSAGE_BYTES = 512 * 1024 * 1024  # what Parts may add up to

# error_type of the Errors that are ours and not the user's code's
BUSY = "Busy"
DUPLICATE = "Duplicate"
UNSUPPORTED = "Unsupported"
LOG_ERROR = "LogError"  # no log could be made, so nothing was run
OUTPUT_DRAIN_TIMEOUT = "OutputDrainTimeout"
OUTPUT_DRAIN_TIMEOUT_MESSAGE = "The cell finished, but its last output could not be delivered in time."

BACKGROUND = "background"  # execution_id of output that belongs to no cell
BACKGROUND_LOG = "background.log"  # what is printed after an execution's Result, in the same folder

DRAFT_SUFFIX = ".draft"  # of an automatic checkpoint as the worker writes it: {execution_id}.draft
SEAL_SUFFIX = ".seal"  # of its seal, behind the whole name
KEPT_SUFFIX = ".capsule"  # of one that the application has signed, in the same folder


def new_id() -> str:
    return uuid.uuid4().hex


@dataclass(frozen=True, kw_only=True)
class Message:
    """What every message has: an id of its own and when it was made (seconds since 1970, UTC)."""

    id: str = field(default_factory=new_id)
    timestamp: float = field(default_factory=time.time)


# --- control socket, application to worker -------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Attach(Message):
    """First message on a connection.  token: the 32 bytes of the worker's 0600 token file."""

    protocol_version: int
    token: bytes
    application_id: str  # this process life of the application


@dataclass(frozen=True, kw_only=True)
class Detach(Message):
    """The application goes and lets the worker live."""


@dataclass(frozen=True, kw_only=True)
class Adopt(Message):
    """Gives a spare its notebook; also said again, unchanged, by whoever re-attaches.

    log_directory: where {execution_id}.log files go.  outlives: whether the worker stays alone
    after its application is gone once it has run something (False for spares and headless runs).
    checkpoint_directory: where {execution_id}.draft goes after every execution, "" for no automatic checkpoints.
    """

    session_id: str
    working_directory: str
    log_directory: str
    outlives: bool
    allow_stdin: bool = True
    checkpoint_directory: str = ""


@dataclass(frozen=True, kw_only=True)
class Execute(Message):
    """Run code once under execution_id; cell_id only names the cell in tracebacks."""

    execution_id: str
    code: str
    cell_id: str = ""
    store_history: bool = True


@dataclass(frozen=True, kw_only=True)
class InputResponse(Message):
    """The answer to Input number `input_number`; eof means EOFError and data is ignored."""

    execution_id: str
    input_number: int
    data: str = ""
    eof: bool = False


@dataclass(frozen=True, kw_only=True)
class Interrupt(Message):
    """SIGINT to the main thread and the cell's foreground children; nothing between cells."""


@dataclass(frozen=True, kw_only=True)
class Cancel(Message):
    """Interrupt now; while still running after grace_s, KeyboardInterrupt until the cell ends."""

    execution_id: str
    grace_s: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Checkpoint(Message):
    """Write the namespace to `path` (made new, 0600, fsynced, not signed); answered by CheckpointReport.

    notebook: the id of the notebook's record, for the manifest.
    """

    path: str
    name: str
    notebook: str = ""


@dataclass(frozen=True, kw_only=True)
class Restore(Message):
    """Load `path` whose first payload_bytes have this SHA-256; checked again before anything is unpickled."""

    path: str
    sha256: bytes
    payload_bytes: int
    clear_existing: bool = False


@dataclass(frozen=True, kw_only=True)
class Query(Message):
    """A read-only question; kind names it ("complete", "inspect", "is_complete", …), arguments are its own."""

    kind: str
    arguments: dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Shutdown(Message):
    """End in good order: finish writing, run atexit handlers, go."""


# --- control socket, worker to application -------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Attached(Message):
    """Attach was accepted.  running: the execution that runs now, "" for none.

    log_ends: execution_id (or "background") to bytes in its log so far, for the execution that runs, the last that
    ended, and the background: an earlier one ended before the next was sent, and its log is whole.
    """

    protocol_version: int
    pid: int
    running: str
    log_ends: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Refused(Message):
    """Attach was refused, with the reason in words; the connection is closed after it."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Ready(Message):
    """The shell stands and takes an Execute."""

    pid: int
    python_version: str
    ipython_version: str
    executable: str


@dataclass(frozen=True, kw_only=True)
class LogAt(Message):
    """The log of execution_id (or "background") now reaches end_offset bytes."""

    execution_id: str
    end_offset: int


@dataclass(frozen=True, kw_only=True)
class Heartbeat(Message):
    """Every second, from a thread.  A missing one means "not answering", never dead.

    cpu_s: user and system seconds since start; memory_bytes: resident set.  memory_limit_bytes: what the worker may
    have, the machine's memory or its control group's limit; 0 from a worker that does not say.
    """

    memory_bytes: int
    cpu_s: float
    variables: int
    running: str
    memory_limit_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class VariableNote(Message):
    """Never sent alone: one variable's row in a CheckpointReport or RestoreReport.

    outcome: "saved", "restored", "replaced", "unchanged", "not saved", "not restored", "removed"; reason in words.
    """

    name: str
    type_name: str
    outcome: str
    reason: str = ""
    size_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class CheckpointReport(Message):
    """Answer to the Checkpoint whose id is request_id; error is "" or why no file was written."""

    request_id: str
    path: str
    size_bytes: int
    variables: list[VariableNote]
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class AutomaticCheckpoint(Message):
    """The namespace as execution_id left it is in `path`, whole and fsynced; or it was skipped, with the reason.

    execution_id may be the id of a Restore: of one that left other variables than some automatic checkpoint has.

    Exactly one for every execution, failed ones too, from a thread: its log's last frame was written before, but may
    be read after.  Said again to whoever attaches, behind Ready: the last that was kept, and the last where that
    was skipped.  Where nothing changed since an earlier execution, path, size_bytes and seal are that one's, and no
    file is written: the path's stem is the execution whose checkpoint holds on (its application may have signed
    and renamed it meanwhile).  A worker that is told to go by a signal, by `exit` or by its time limit may say
    another one for its last execution, of the same path and with a new seal: the later one counts.

    seal: HMAC-SHA256 of the file's bytes with the worker's token as the key, also the 32 bytes of the file's
    neighbour `path + ".seal"`, by which an application that was not there knows that this worker wrote it.
    variables: saved; left_out: could not be.  skipped: why, in words that may follow "No automatic checkpoint: ".
    """

    execution_id: str
    path: str
    size_bytes: int
    seal: bytes
    variables: int
    left_out: int
    skipped: str = ""


@dataclass(frozen=True, kw_only=True)
class RestoreReport(Message):
    """Answer to a Restore: the variables, and what of the surroundings came back or did not.

    surroundings: rows such as ("working directory", "restored", ""), names as the report shows them.
    """

    request_id: str
    variables: list[VariableNote]
    surroundings: list[VariableNote]
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class QueryReply(Message):
    """Answer to the Query whose id is request_id."""

    request_id: str
    reply: dict[str, object]
    error: str = ""


# --- the output log, worker to application -------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Output(Message):
    """Text of a stream ("stdout" or "stderr"), at most MAX_TEXT_BYTES."""

    execution_id: str
    stream: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Display(Message):
    """A MIME bundle.  execution_count is set for the value of a cell (execute_result), else None.

    data: MIME type to text (binary types base64, as nbformat has them) or a JSON value.
    """

    execution_id: str
    data: dict[str, object]
    metadata: dict[str, object]
    display_id: str = ""
    execution_count: int | None = None


@dataclass(frozen=True, kw_only=True)
class DisplayUpdate(Message):
    """Every display of this display_id, in whichever cell, now shows this."""

    execution_id: str
    data: dict[str, object]
    metadata: dict[str, object]
    display_id: str


@dataclass(frozen=True, kw_only=True)
class ClearOutput(Message):
    """Clear the execution's outputs, now or (wait) when the next one comes."""

    execution_id: str
    wait: bool


@dataclass(frozen=True, kw_only=True)
class Traceback(Message):
    """A shown exception, in its place among the outputs; it ends nothing (Error does)."""

    execution_id: str
    error_type: str
    message: str
    traceback: list[str]


@dataclass(frozen=True, kw_only=True)
class Page(Message):
    """What `?` and the pager show: beside the outputs, never kept in the notebook."""

    execution_id: str
    data: dict[str, object]


@dataclass(frozen=True, kw_only=True)
class NextInput(Message):
    """%load and the like: text for this cell (replace) or for a new one below it."""

    execution_id: str
    text: str
    replace: bool


@dataclass(frozen=True, kw_only=True)
class Input(Message):
    """The code waits for line number input_number (from 1); password hides what is typed."""

    execution_id: str
    input_number: int
    prompt: str
    password: bool


@dataclass(frozen=True, kw_only=True)
class Result(Message):
    """The execution ended well: the last frame of its log.  execution_time in seconds."""

    execution_id: str
    execution_count: int
    execution_time: float


@dataclass(frozen=True, kw_only=True)
class Error(Message):
    """The execution ended badly (last frame of its log), or a request was refused (on the socket).

    displayed: a Traceback with the same words went before, so it must not be shown again.
    request_id: the message that is refused, "" for an execution's end.
    """

    execution_id: str
    error_type: str
    message: str
    traceback: list[str]
    execution_time: float
    execution_count: int | None = None
    displayed: bool = False
    request_id: str = ""


# --- either -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Part(Message):
    """A piece of a message too large for one frame: the pieces' data joined is its msgpack."""

    group: str
    index: int
    count: int
    data: bytes


LogMessage = Union[Output, Display, DisplayUpdate, ClearOutput, Traceback, Page, NextInput, Input, Result, Error]
ToWorker = Union[Attach, Detach, Adopt, Execute, InputResponse, Interrupt, Cancel, Checkpoint, Restore, Query, Shutdown]
ToApplication = Union[
    Attached, Refused, Ready, LogAt, Heartbeat, CheckpointReport, AutomaticCheckpoint, RestoreReport, QueryReply, Error
]

MESSAGE_TYPES: dict[str, type[Message]] = {
    t.__name__: t
    for t in (
        *(Attach, Detach, Adopt, Execute, InputResponse, Interrupt, Cancel, Checkpoint, Restore, Query, Shutdown),
        *(Attached, Refused, Ready, LogAt, Heartbeat, CheckpointReport, AutomaticCheckpoint, RestoreReport, QueryReply),
        *(Output, Display, DisplayUpdate, ClearOutput, Traceback, Page, NextInput, Input, Result, Error),
        Part,
    )
}
