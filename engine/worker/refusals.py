"""Why a value cannot be saved, in people's words: what pickle refuses, and what it would silently change.

Called by the pickler with each type it meets.  An object that would come back as something else
(an open file as a StringIO, a memoryview as bytes, a connection as a bare number) is refused here.
"""

from __future__ import annotations

import re
import sys

LOCK = "a lock cannot be saved"
FILE = "an open file cannot be saved"
SOCKET = "an open socket cannot be saved"
PROCESS = "a running process cannot be saved"
CONNECTION = "an open connection cannot be saved"

# module and name of types that pickle would change or whose own error nobody understands
_BY_NAME: dict[tuple[str, str], str] = {
    ("subprocess", "Popen"): PROCESS,
    ("multiprocessing.process", "BaseProcess"): PROCESS,
    ("multiprocessing.connection", "_ConnectionBase"): CONNECTION,
    ("multiprocessing.pool", "Pool"): "a pool of processes cannot be saved",
    ("multiprocessing.queues", "Queue"): "a queue between processes cannot be saved",
    ("multiprocessing.queues", "SimpleQueue"): "a queue between processes cannot be saved",
    ("multiprocessing.synchronize", "SemLock"): LOCK,
    ("multiprocessing.managers", "BaseManager"): "a manager of shared objects cannot be saved",
    ("multiprocessing.shared_memory", "SharedMemory"): "memory shared between processes cannot be saved",
    ("concurrent.futures._base", "Executor"): "a pool of workers cannot be saved",
    ("concurrent.futures._base", "Future"): "a task that runs in a pool (Future) cannot be saved",
    ("concurrent.interpreters", "Interpreter"): "a second interpreter cannot be saved, since it goes with the process",
    ("concurrent.interpreters._queues", "Queue"): "a queue between interpreters cannot be saved",
    ("threading", "Thread"): "a thread cannot be saved",
    ("threading", "Event"): "an event between threads cannot be saved",
    ("threading", "Condition"): LOCK,
    ("threading", "Semaphore"): LOCK,
    ("threading", "Barrier"): LOCK,
    ("_thread", "lock"): LOCK,
    ("_thread", "RLock"): LOCK,
    ("_thread", "_local"): "values that belong to one thread (threading.local) cannot be saved",
    ("queue", "Queue"): "a queue between threads cannot be saved",
    ("_queue", "SimpleQueue"): "a queue between threads cannot be saved",
    ("socket", "socket"): SOCKET,
    ("_socket", "socket"): SOCKET,
    ("ssl", "SSLContext"): "a TLS context cannot be saved",
    ("_ssl", "_SSLContext"): "a TLS context cannot be saved",
    ("selectors", "BaseSelector"): "a selector cannot be saved",
    ("asyncio.events", "AbstractEventLoop"): "an event loop cannot be saved",
    ("asyncio.futures", "Future"): "an asyncio task or future cannot be saved",
    ("_asyncio", "Future"): "an asyncio task or future cannot be saved",
    ("asyncio.streams", "StreamReader"): CONNECTION,
    ("asyncio.streams", "StreamWriter"): CONNECTION,
    ("asyncio.transports", "BaseTransport"): CONNECTION,
    ("http.client", "HTTPConnection"): CONNECTION,
    ("sqlite3", "Connection"): "an open database connection cannot be saved",
    ("sqlite3", "Cursor"): "a database cursor cannot be saved",
    ("weakref", "finalize"): "an object that cleans up after itself (such as a temporary folder) cannot be saved",
    ("tempfile", "TemporaryDirectory"): "a temporary folder cannot be saved, since it goes with the process",
    ("tempfile", "_TemporaryFileWrapper"): FILE,
    ("zipfile", "ZipFile"): FILE,
    ("tarfile", "TarFile"): FILE,
    ("_io", "FileIO"): FILE,
    ("_io", "BufferedReader"): FILE,
    ("_io", "BufferedWriter"): FILE,
    ("_io", "BufferedRandom"): FILE,
    ("_io", "BufferedRWPair"): FILE,
    ("_io", "TextIOWrapper"): FILE,
    ("mmap", "mmap"): "a file mapped into memory cannot be saved",
    ("numpy", "memmap"): "an array mapped from a file cannot be saved: it would lose its file",
    ("builtins", "memoryview"): "a memoryview cannot be saved: it would lose the memory it looks into",
    ("builtins", "generator"): "a generator cannot be saved in the middle of its work",
    ("builtins", "async_generator"): "a generator cannot be saved in the middle of its work",
    ("builtins", "coroutine"): "a coroutine cannot be saved in the middle of its work",
    ("builtins", "frame"): "a frame of running code cannot be saved",
    ("builtins", "traceback"): "a traceback cannot be saved",
    ("builtins", "PyCapsule"): "a pointer into a C library cannot be saved",
    ("_contextvars", "ContextVar"): "a context variable cannot be saved",
    ("_contextvars", "Context"): "a context cannot be saved",
    ("_contextvars", "Token"): "a context variable's token cannot be saved",
    ("_csv", "reader"): "a CSV reader in the middle of its file cannot be saved",
    ("_csv", "writer"): "a CSV writer with its open file cannot be saved",
    ("posix", "ScandirIterator"): "a folder that is being read cannot be saved",
}
_ALIASES = {"_multiprocessing": "multiprocessing.synchronize", "contextvars": "_contextvars", "_sqlite3": "sqlite3"}
_CANNOT_PICKLE = re.compile(r"cannot pickle '(?:[\w.]*\.)?(\w+)' object")
_MAX_REASON = 500  # characters of a foreign exception's text that a row shows


class Refused(Exception):
    """The pickler met something that cannot be saved or restored; the text is the row's reason."""


def refusal(kind: type) -> str:
    """Why no instance of this type can be saved; "" where it may be tried."""
    for each in kind.__mro__:
        module = _ALIASES.get(each.__module__, each.__module__)
        if words := _BY_NAME.get((module, each.__name__)):
            return words
    return ""


def save_reason(error: BaseException, kind: type) -> str:
    """What the row says of a variable of this type whose pickling ended with error."""
    if isinstance(error, Refused):
        words = str(error)
        return words if refusal(kind) else "it holds " + words.replace(" cannot be saved", ", which cannot be saved", 1)
    if is_too_deep(error):
        return "it is nested too deeply to be saved"
    if isinstance(error, KeyboardInterrupt):
        return "saving it was interrupted"
    if isinstance(error, MemoryError):
        return "there was not enough memory to save it"
    if found := _CANNOT_PICKLE.search(_text(error)):
        return f"it holds an object of type {found[1]}, which cannot be saved"
    return f"saving it failed with {_named(error)}"


def is_too_deep(error: BaseException) -> bool:
    """cloudpickle hides the RecursionError behind one of its own."""
    return isinstance(error, RecursionError) or isinstance(error.__cause__, RecursionError)


def restore_reason(error: BaseException) -> str:
    """What the row says of a variable whose unpickling or import ended with error."""
    if isinstance(error, (Refused, ImportError)):
        return _text(error) or type(error).__name__
    if isinstance(error, KeyboardInterrupt):
        return "restoring it was interrupted"
    if isinstance(error, MemoryError):
        return "there was not enough memory to restore it"
    return f"restoring it failed with {_named(error)}"


def _named(error: BaseException) -> str:
    text = _text(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _text(error: BaseException) -> str:
    """str(error), which is the user's own code and may itself raise."""
    try:
        return str(error).strip()[:_MAX_REASON]
    except BaseException:  # noqa: BLE001 - the edge to the user's code: an exception's __str__ may do anything
        return f"(its message cannot be shown, {type(sys.exc_info()[1]).__name__})"
