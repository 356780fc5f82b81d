"""A million printed lines to the last byte received, on both sides byte for byte what was printed."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

from tests.benchmarks.jupyter_peer import jupyter_kernel
from tests.benchmarks.own_engine import open_notebook, own_engine


def measure(*, quick: bool) -> dict[str, object]:
    return asyncio.run(_measure(count=200_000 if quick else 1_000_000, rounds=3))


async def _measure(*, count: int, rounds: int) -> dict[str, object]:
    code = f"for i in range({count}):\n    print(i)"
    expected = "".join(f"{i}\n" for i in range(count))
    ours: list[float] = []
    theirs: list[float] = []
    with jupyter_kernel() as kernel, tempfile.TemporaryDirectory() as folder:
        async with own_engine() as engine:
            notebook = await open_notebook(engine, Path(folder) / "store")
            await notebook.run("1+1")
            kernel.run("1+1")
            for _ in range(rounds):
                own = await notebook.run(code)
                ours.append(own.duration_s)
                peer = kernel.run(code)
                theirs.append(peer.duration_s)
                if own.text != expected or peer.text != expected:
                    raise RuntimeError(
                        f"not what was printed: ours {own.text == expected}, Jupyter {peer.text == expected}"
                    )
    ours_s, jupyter_s = statistics.median(ours), statistics.median(theirs)
    return {
        "ours_s": round(ours_s, 3),
        "jupyter_s": round(jupyter_s, 3),
        "ratio": round(ours_s / jupyter_s, 3),
        "lines": count,
        "bytes": len(expected),
        "rounds": rounds,
    }
