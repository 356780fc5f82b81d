"""`python -m tests.benchmarks NAME [--quick] --json`: measures one thing and prints it as JSON in the last line.

Peers run in the same call and on equal work, so that ratios hold on any machine.  --quick takes fewer
samples, for CI.  With DISPLAY set the window is measured on that X server, else on Qt's offscreen
platform; the JSON says which.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys

# Jupyter's time in the same call is 1, as an empty store's is; what may not be lost; what may not wait for the disk
GATES: dict[str, dict[str, float]] = {
    "roundtrip": {"ratio": 0.9},  # with two commits on the disk, which Jupyter does not make
    "lines": {"ratio": 0.4},
    "durable": {"ratio": 1.0, "to_empty": 1.3, "recover_100k_s": 2.0, "recover_10k_s": 2.0},
    "slow_disk": {"fsyncs_on_the_loop": 0.0},
    "package": {"deb_mb": 45.0, "tar_mb": 45.0},
}
NAMES = (
    "roundtrip",
    "shift_enter",
    "lines",
    "start",
    "flood",
    "open",
    "crash",
    "durable",
    "slow_disk",
    "package",
    "interpreters",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--quick", action="store_true", help="fewer samples")
    parser.add_argument("--json", action="store_true", help="nothing but the JSON")
    parser.add_argument("--gate", action="store_true", help="exit with 1 where a figure is over its limit")
    options = parser.parse_args()
    if os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "xcb")
    from tests.support import surroundings

    surroundings.isolate()
    try:
        figures = run(options.name, quick=options.quick)
    finally:
        surroundings.remove()
    if not options.json:
        for key, value in figures.items():
            print(f"{key:>28}  {value}")
    print(json.dumps({"benchmark": options.name, "quick": options.quick, **machine(), **figures}), flush=True)
    return int(options.gate and (_is_too_slow(options.name, figures) or _loses(options.name, figures)))


def _loses(name: str, figures: dict[str, object]) -> bool:
    """Whether the crash benchmark found a loss, or would not have found one."""
    if name != "crash":
        return False
    losses = [figure for key, figure in figures.items() if key.startswith(("lost_", "double_", "corrupt_"))]
    return any(losses) or not figures["broken_build_losses"]


def _is_too_slow(name: str, figures: dict[str, object]) -> bool:
    over = False
    for key, limit in GATES.get(name, {}).items():
        figure = figures.get(key)
        if isinstance(figure, int | float) and figure > limit:
            print(f"{name}: {key} {figure} is over its limit of {limit}", file=sys.stderr)
            over = True
    return over


def run(name: str, *, quick: bool) -> dict[str, object]:
    match name:
        case "roundtrip":
            from tests.benchmarks.roundtrip import measure
        case "shift_enter":
            from tests.benchmarks.shift_enter import measure
        case "lines":
            from tests.benchmarks.lines import measure
        case "start":
            from tests.benchmarks.start import measure
        case "flood":
            from tests.benchmarks.flood import measure
        case "crash":
            from tests.benchmarks.crash import measure
        case "durable":
            from tests.benchmarks.durable import measure
        case "slow_disk":
            from tests.benchmarks.slow_disk import measure
        case "package":
            from tests.benchmarks.package import measure
        case "interpreters":
            from tests.benchmarks.interpreters import measure
        case _:
            from tests.benchmarks.open_notebook import measure
    return measure(quick=quick)


def machine() -> dict[str, object]:
    return {"cpus": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}


if __name__ == "__main__":
    sys.exit(main())
