"""Generates the heavy notebook that `open` measures: 10,000 cells with the outputs of long work.

Made like notebooks that people complain about: a third markdown, the rest code with printed logs,
pandas-style HTML tables with their text, and matplotlib-like PNGs of 640 by 480.  About 100 MB.  The same
seed gives the same bytes.  `python -m tests.benchmarks.heavy_notebook FILE.ipynb [CELLS]` writes one.
"""

from __future__ import annotations

import base64
import json
import random
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

CELLS = 10_000
SEED = 20261122
WIDTH, HEIGHT = 640, 480
TABLE_COLUMNS = 12

Json = dict[str, object]


def write_notebook(path: Path, cells: int = CELLS) -> int:
    """Write a notebook of so many cells; returns its size in bytes."""
    chance = random.Random(SEED)
    notebook = {
        "cells": [_cell(number, chance) for number in range(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "version": "3.12.1"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    return path.write_bytes(text.encode("utf-8"))


def _cell(number: int, chance: random.Random) -> Json:
    if number % 3 == 0:
        return _markdown(number, chance)
    kinds: list[Callable[[int, random.Random], list[Json]]] = [_nothing, _printed, _table, _image]
    outputs = chance.choices(kinds, weights=[15, 40, 22, 23])[0](number, chance)
    source = "\n".join(
        f"frame_{number}_{line} = load({line!r}).groupby('key').mean()  # step {line}"
        for line in range(chance.randint(1, 14))
    )
    return {
        "cell_type": "code",
        "execution_count": number,
        "id": f"cell-{number:05d}",
        "metadata": {},
        "outputs": outputs,
        "source": source.splitlines(keepends=True),
    }


def _markdown(number: int, chance: random.Random) -> Json:
    heading = f"{'#' * chance.randint(1, 4)} Section {number}\n\n" if number % 6 == 0 else ""
    words = " ".join(chance.choices(["mean", "of", "**each**", "`frame`", "*over*", "time", "$x^2$", "and"], k=60))
    return {
        "cell_type": "markdown",
        "id": f"cell-{number:05d}",
        "metadata": {},
        "source": f"{heading}{words}\n\n- one\n- two\n".splitlines(keepends=True),
    }


def _nothing(_number: int, _chance: random.Random) -> list[Json]:
    return []


def _printed(number: int, chance: random.Random) -> list[Json]:
    lines = [f"epoch {line:4d}  loss {chance.random():.6f}  step {number}\n" for line in range(chance.randint(1, 120))]
    return [{"name": "stdout", "output_type": "stream", "text": lines}]


def _table(number: int, chance: random.Random) -> list[Json]:
    rows = [[f"{chance.gauss(0, 100):.6f}" for _ in range(TABLE_COLUMNS)] for _ in range(chance.randint(5, 60))]
    header = "".join(f"<th>column {i}</th>" for i in range(TABLE_COLUMNS))
    body = "\n".join(
        f"<tr><th>{i}</th>{''.join(f'<td>{value}</td>' for value in row)}</tr>" for i, row in enumerate(rows)
    )
    rows_html = f"<thead><tr><th></th>{header}</tr></thead>\n<tbody>\n{body}\n</tbody>"
    html = f'<div>\n<table border="1" class="dataframe">\n{rows_html}\n</table>\n</div>'
    plain = "\n".join(" ".join(f"{value:>12}" for value in row) for row in rows)
    data = {"text/html": html.splitlines(keepends=True), "text/plain": plain.splitlines(keepends=True)}
    return [{"data": data, "execution_count": number, "metadata": {}, "output_type": "execute_result"}]


def _image(number: int, chance: random.Random) -> list[Json]:
    png = base64.b64encode(_plot(number)).decode("ascii")
    data = {"image/png": png, "text/plain": [f"<Figure size {WIDTH}x{HEIGHT} with {chance.randint(1, 4)} Axes>"]}
    return [{"data": data, "metadata": {}, "output_type": "display_data"}]


def _plot(number: int) -> bytes:
    """A PNG with three random walks and a noisy heat map, which compresses as figures do."""
    chance = np.random.default_rng(SEED + number)
    pixels = np.full((HEIGHT, WIDTH, 3), 255, dtype=np.uint8)
    x = np.arange(40, WIDTH - 200)
    for colour in ((31, 119, 180), (255, 127, 14), (44, 160, 44)):
        y = np.clip(HEIGHT // 2 + np.cumsum(chance.normal(0, 4, x.size)), 20, HEIGHT - 20).astype(int)
        pixels[y, x] = pixels[y + 1, x] = colour
    pixels[60:160, WIDTH - 160 : WIDTH - 60] = chance.integers(0, 255, (100, 100, 3), dtype=np.uint8)
    raw = np.concatenate([np.zeros((HEIGHT, 1), dtype=np.uint8), pixels.reshape(HEIGHT, -1)], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(raw, 4)) + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    print(write_notebook(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else CELLS), "bytes")
