"""`capsule-desktop run`: a notebook executed from top to bottom by the same engine, without a window.

Called by cli.py, which owns the loop.  However a run ends, what was computed is written and no worker is left.
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from platformdirs import user_state_path

from capsule_desktop.headless_python import named_one, python_of
from capsule_desktop.headless_run import End, HeadlessRun, RunOptions, is_to_run
from capsule_desktop.notebook import disk
from capsule_desktop.notebook.cell import Cell
from capsule_desktop.notebook.document import Document
from capsule_desktop.notebook.ipynb import NotebookFileError
from capsule_desktop.terminal import RunProgress
from engine.facade import Engine
from engine.kernel_place import KernelPlace
from engine.session.manager import SessionManager
from engine.session.supported_system import must_run_cells

EXIT_CODES: Mapping[End, int] = {
    End.OK: 0,
    End.FAILED: 1,
    End.NOT_STARTED: 2,
    End.INTERRUPTED: 128 + signal.SIGINT,
    End.TERMINATED: 128 + signal.SIGTERM,
}

# asked to go, or its terminal was closed, which Windows has no signal for
_ENDINGS = (signal.SIGTERM, signal.SIGHUP) if hasattr(signal, "SIGHUP") else (signal.SIGTERM,)


async def run(options: RunOptions) -> int:
    """Execute and write; the process's exit code.

    Before anything has run, raises NotebookFileError, and WorkerStartError where this system runs no cells.
    """
    must_run_cells()
    opened = disk.read(options.notebook)
    document = Document(opened.file, options.notebook)
    _refuse_other_languages(document)
    target = options.output or options.notebook
    _refuse_missing_folder(target)
    cells = [cell for cell in map(document.body, document.cell_ids()) if is_to_run(cell)]
    with RunProgress(options.notebook.name, len(cells)) as progress:
        end = await _run_cells(document, cells, options, progress) if cells else End.OK
        if end is not End.NOT_STARTED:
            expected = opened.state if options.output is None else None
            try:
                disk.save(document.snapshot(), target, expected)
            except NotebookFileError as error:
                progress.say(f"{error} What was computed is not kept; run it again with -o to write another file.")
                end = End.FAILED
    return EXIT_CODES[end]


def _refuse_other_languages(document: Document) -> None:
    if not document.language.casefold().startswith(("python", "ipython")):
        raise NotebookFileError(f"The notebook is written in {document.language}, and Capsule runs Python only.")


def _refuse_missing_folder(target: Path) -> None:
    if not target.parent.is_dir():
        raise NotebookFileError(f"{target} cannot be written: there is no folder {target.parent}.")


async def _run_cells(document: Document, cells: list[Cell], options: RunOptions, progress: RunProgress) -> End:
    engine = Engine(state_directory=user_state_path("capsule-desktop"), manager=SessionManager())
    with tempfile.TemporaryDirectory(prefix="capsule-run-") as logs:
        folder = options.notebook.absolute().parent
        place = KernelPlace(
            working_directory=folder,
            log_directory=Path(logs),
            outlives=False,
            allow_stdin=options.stdin,
            choose_python=partial(python_of, document, folder, progress.say)
            if options.kernel_python is None
            else partial(named_one, options.kernel_python),
        )
        handle = engine.open_in_memory(document.capsule_id or "headless", place)
        headless = HeadlessRun(handle, document, cells, options, progress)
        loop = asyncio.get_running_loop()
        # until the workers are gone: a key pressed once too often must not leave one behind
        loop.add_signal_handler(signal.SIGINT, headless.interrupt)
        for ending in _ENDINGS:
            loop.add_signal_handler(ending, headless.terminate)
        following = asyncio.create_task(headless.follow(), name="headless run")
        try:
            await headless.over(following)
        finally:
            await engine.close()
            await following  # which takes what was read before the end
            loop.remove_signal_handler(signal.SIGINT)
            for ending in _ENDINGS:
                loop.remove_signal_handler(ending)
        return headless.end
