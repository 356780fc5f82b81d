"""`%time` and `%timeit`, with the words and figures of IPython's."""

from __future__ import annotations

import argparse
import ast
import math
import resource
import statistics
import time
import timeit
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from .compiling import Compiler
from .errors import UsageError

_LONG_ENOUGH_S = 0.2  # of all loops of one run, where their number is not given
_CACHED_RATIO = 4  # the slowest run by the fastest, from which on it is told
_UNITS = (("s", 1.0), ("ms", 1e3), ("μs", 1e6), ("ns", 1e9))
_PARTS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def span(seconds: float, precision: int = 3) -> str:
    """A span of time as people read it: "1min 5s", "1.23 ms"."""
    if seconds >= 60:
        words, left = [], seconds
        for unit, length in _PARTS:
            count, left = int(left // length), left % length
            if count:
                words.append(f"{count}{unit}")
        return " ".join(words)
    order = min(-int(math.floor(math.log10(seconds)) // 3), 3) if seconds > 0 else 3
    unit, factor = _UNITS[max(order, 0)]
    return f"{seconds * factor:.{precision}g} {unit}"


def timed(code: str, shown: str, compiler: Compiler, namespace: dict[str, Any]) -> Any:
    """Run code, say how long it took, and give the value of its last expression.  shown: as the user wrote it."""
    cell = compiler.compile(code, shown)
    if cell.awaits:
        raise UsageError("%time takes no await at the top level without IPython.")
    value = None
    began, cpu = time.perf_counter(), _cpu()
    try:
        exec(cell.body, namespace)  # the user's own code
        if cell.value is not None:
            value = eval(cell.value, namespace)  # likewise
    finally:
        wall = time.perf_counter() - began
        user, system = (after - before for after, before in zip(_cpu(), cpu, strict=True))
        print(f"CPU times: user {span(user)}, sys: {span(system)}, total: {span(user + system)}")
        print(f"Wall time: {span(wall)}")
    return value


def _cpu() -> tuple[float, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime, used.ru_stime


@dataclass(frozen=True)
class TimeitResult:
    """What `%timeit -o` gives."""

    loops: int
    repeat: int
    all_runs: list[float]
    precision: int = 3

    @property
    def timings(self) -> list[float]:
        """Seconds a loop, of each run."""
        return [each / self.loops for each in self.all_runs]

    @property
    def average(self) -> float:
        return math.fsum(self.timings) / len(self.timings)

    @property
    def stdev(self) -> float:
        return statistics.pstdev(self.timings)

    @property
    def best(self) -> float:
        return min(self.timings)

    @property
    def worst(self) -> float:
        return max(self.timings)

    def __str__(self) -> str:
        runs = f"{self.repeat} run{'' if self.repeat == 1 else 's'}"
        loops = f"{self.loops:,} loop{'' if self.loops == 1 else 's'}"
        return (
            f"{span(self.average, self.precision)} ± {span(self.stdev, self.precision)} per loop "
            f"(mean ± std. dev. of {runs}, {loops} each)"
        )

    def __repr__(self) -> str:
        return f"<TimeitResult : {self}>"


class _Options(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%timeit: {message}")


def timed_often(options: argparse.Namespace, code: str, setup: str, namespace: dict[str, Any]) -> TimeitResult | None:
    """Run code again and again and say how long it took; the result where the option -o asks for it."""
    if not code.strip():
        raise UsageError("%timeit: what is to be timed?")
    ast.parse(code)  # else timeit says that a line of its own is wrong
    clock: Callable[[], float] = time.process_time if options.c else timeit.default_timer
    timer = timeit.Timer(code, setup, clock, globals=namespace)
    loops = options.n or _enough_loops(timer)
    runs = timer.repeat(options.r, loops)
    result = TimeitResult(loops, options.r, runs, options.p)
    if not options.q:
        if result.worst > _CACHED_RATIO * result.best and result.best > 0 and result.worst > 1e-6:
            print(
                f"The slowest run took {result.worst / result.best:0.2f} times longer than the fastest. "
                "This could mean that an intermediate result is being cached."
            )
        print(result)
    return result if options.o else None


def timeit_options(line: str) -> tuple[argparse.Namespace, str]:
    """The options at its beginning, and the statement, in which an option's letters mean nothing."""
    parser = _Options(add_help=False)
    parser.add_argument("-n", type=int, default=0)
    parser.add_argument("-r", type=int, default=7)
    parser.add_argument("-p", type=int, default=3)
    for flag in "tcqov":
        parser.add_argument(f"-{flag}", action="store_true")
    words: list[str] = []
    rest = line.lstrip()
    while rest.startswith("-") and rest[1:2] in tuple("nrptcqov"):
        word, _, rest = rest.partition(" ")
        rest = rest.lstrip()
        words.append(word)
        if word in ("-n", "-r", "-p"):
            number, _, rest = rest.partition(" ")
            words.append(number)
    return parser.parse_args(words), rest


def _enough_loops(timer: timeit.Timer) -> int:
    number = 1
    while number < 10**9 and timer.timeit(number) < _LONG_ENOUGH_S:
        number *= 10
    return number
