"""The command line: windows, headless runs, versions.

Qt is imported only where a window is opened, and asyncio not before: a start that hands its files to the application
that runs takes no longer than Python does.

Owns the loop of headless runs (app.py owns that of windows) and what the exit codes mean: 0 done, 1 a cell failed,
2 a bad file or bad usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from capsule_desktop import held_archives
from capsule_desktop.single_instance import Start, begin

PROGRAM = "capsule-desktop"
BAD_USAGE = 2
_FILE_URI = "file:"


def main(arguments: Sequence[str] | None = None) -> int:
    """`capsule-desktop [FILE…]` or `capsule-desktop run NB`; the exit code."""
    held_archives.hold()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["run"]:
        return _run(_run_parser().parse_args(words[1:]))
    options = _window_parser().parse_args(words)
    if options.version:
        from capsule_desktop.versions import versions_text

        print(versions_text())  # what was asked for
        return 0
    return _open_windows([_file(argument) for argument in options.files], separate=options.separate)


def _window_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="A native desktop notebook for Python.",
        epilog="Where Capsule is running already, FILE is opened there, and this command ends at once. "
        f"'{PROGRAM} run NOTEBOOK' executes a notebook without a window; see '{PROGRAM} run --help'. "
        "A file that is named run is opened as ./run.",
    )
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", help="notebooks to open, each in a window; checkpoints to restore")
    add("--separate", action="store_true", help="start another application, even if one is running already")
    add("--version", action="store_true", help="show the versions of Capsule and what it stands on")
    return parser


def _run_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} run",
        description="Execute a notebook from top to bottom and write it with its outputs.",
        epilog="Exit codes: 0 done, 1 a cell failed or took too long, 2 a bad file or bad usage, 130 interrupted. "
        "What was computed is written in every case but 2.",
    )
    add = parser.add_argument
    add("notebook", type=Path, metavar="NOTEBOOK")
    add("-o", "--output", type=Path, metavar="OUT", help="write here instead of over NOTEBOOK")
    add("--allow-errors", action="store_true", help="go on after a cell that fails, and exit with 0")
    add("--timeout", type=_seconds, metavar="S", help="stop a cell that runs longer than S seconds")
    add("--kernel-python", metavar="PATH", help="the Python that runs the cells (3.10 or later)")
    add("--stdin", action="store_true", help="answer input() from standard input")
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not (math.isfinite(seconds) and seconds > 0):
        raise argparse.ArgumentTypeError(f"{text} is not a time limit in seconds")
    return seconds


def _run(options: argparse.Namespace) -> int:
    import asyncio

    from capsule_desktop import headless
    from capsule_desktop.headless_run import End, RunOptions
    from capsule_desktop.notebook.ipynb import NotebookFileError
    from engine.errors import EngineError

    run_options = RunOptions(
        notebook=options.notebook,
        output=options.output,
        allow_errors=options.allow_errors,
        timeout_s=options.timeout,
        kernel_python=options.kernel_python,
        stdin=options.stdin,
    )
    try:
        return asyncio.run(headless.run(run_options))
    except (NotebookFileError, EngineError) as error:
        print(f"{options.notebook}: {error}", file=sys.stderr)  # to whoever typed the command
        return BAD_USAGE
    except KeyboardInterrupt:
        return headless.EXIT_CODES[End.INTERRUPTED]


def _file(argument: str) -> Path:
    """An absolute path: the application that opens it may have been started elsewhere.  Desktops give URIs, too."""
    if argument.startswith(_FILE_URI):
        from urllib.parse import unquote_to_bytes, urlsplit

        place = urlsplit(argument)
        if place.netloc in ("", "localhost"):
            return Path(os.fsdecode(unquote_to_bytes(os.fsencode(place.path)))).absolute()
    return Path(argument).absolute()


def _open_windows(files: Sequence[Path], *, separate: bool) -> int:
    start = Start() if separate else _begin(files)
    if start.why:  # also where a window says it: there may be no display for one
        does = "asks in a window what to do" if start.is_beside else "opens windows of its own"
        print(f"{PROGRAM}: {start.why} This start {does}.", file=sys.stderr)
    if start.is_handed_over:
        return 0
    from capsule_desktop import quick_start

    quick_start.begin()
    from capsule_desktop import app

    return app.main(files, start, lambda: _begin(files))


def _begin(files: Sequence[Path]) -> Start:
    from platformdirs import user_state_path

    from capsule_desktop.hand_over import HandOver
    from engine.interpreters.child_environment import START_TOKENS

    return begin(
        HandOver(
            files=tuple(files),
            activation_token=next((os.environ[name] for name in START_TOKENS if os.environ.get(name)), ""),
        ),
        user_state_path(PROGRAM),
        os.environ,
    )
