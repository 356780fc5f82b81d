"""The application as its command starts it, which prints when its first cell was painted (time.perf_counter()).

Run by start.py in a process of its own: `python -m tests.benchmarks.start_probe FILE.ipynb`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from capsule_desktop import cli, quick_start

quick_start.begin()  # as the command does before it imports what is watched here

from capsule_desktop import app  # noqa: E402
from capsule_desktop.widgets.cell_widget import CellWidget  # noqa: E402
from tests.benchmarks.paint_ends import PaintEnds  # noqa: E402

_run = app.Application.run


async def _watched(application: app.Application, files: Sequence[Path]) -> None:
    watching = asyncio.create_task(_watch(application))
    await asyncio.wait({asyncio.create_task(_run(application, files)), watching}, return_when=asyncio.FIRST_COMPLETED)
    await watching


async def _watch(application: app.Application) -> None:
    while not application.windows.windows:
        await asyncio.sleep(0)
    window = application.windows.windows[0]
    end = await PaintEnds(window).after(lambda: any(cell.isVisible() for cell in window.findChildren(CellWidget)))
    print(end, flush=True)
    await application.close()


if __name__ == "__main__":
    app.Application.run = _watched  # type: ignore[method-assign]  # the one place where a paint can be watched from the start
    sys.exit(cli.main(sys.argv[1:]))
