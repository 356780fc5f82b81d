"""What a killed application had acknowledged, and what of it is missing after it was opened again.  Pure.

A fact counts once the driver has read it from the pipe; what was typed or pressed after the last acknowledgement may
be there or not.  Cells' sources are `n = <number>` and lines that never change.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

FINAL = frozenset({"done", "error", "stopped", "lost"})


@dataclass(frozen=True)
class Losses:
    """Sentences, one a loss."""

    edits: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    executions: tuple[str, ...] = ()
    doubles: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.edits) + len(self.outputs) + len(self.executions) + len(self.doubles)

    def __bool__(self) -> bool:
        return len(self) > 0


@dataclass
class _Run:
    cell: str
    execution_id: str
    number: int  # in the order of their first acknowledgement
    text: str = ""
    final: str = ""


@dataclass
class Ledger:
    """acks: how many facts were taken."""

    acks: int = 0
    _sources: dict[str, str] = field(default_factory=dict)
    _typing: dict[str, int] = field(default_factory=dict)  # by cell: the number that is not acknowledged yet
    _runs: dict[str, _Run] = field(default_factory=dict)
    _last_printed: dict[str, str] = field(default_factory=dict)  # by cell: the run whose output was shown last
    _presses: Counter[tuple[str, str]] = field(default_factory=Counter)
    _started: Mapping[str, float] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)  # cells that show a prompt

    def typing(self, cell: str, number: int) -> None:
        """The driver is about to type."""
        self._typing[cell] = number

    def take(self, fact: Mapping[str, Any]) -> None:
        match fact["ack"]:
            case "draft" | "saved":
                self._take_sources(fact["sources"])
            case "pressed":
                self._presses[fact["cell"], _number(fact["source"])] += 1
                return
            case "state":
                self._take_state(fact)
            case "output" if fact["run"]:
                self._run(fact).text = fact["text"]
                self._last_printed[fact["cell"]] = fact["run"]
            case _:
                return
        self.acks += 1

    def forget(self, counted: Sequence[str]) -> None:
        """What was lost counts once: only what comes from now on is expected."""
        for facts in (self._sources, self._runs, self._last_printed):
            facts.clear()
        for which, times in Counter(counted).items():
            cell, _, number = which.partition(" ")
            self._presses[cell, number] = max(times, self._presses[cell, number])

    def losses(
        self,
        cells: Mapping[str, Mapping[str, str]],
        recorded: Mapping[str, str],
        counted: Sequence[str],
        started: Mapping[str, float] = MappingProxyType({}),
    ) -> Losses:
        """cells: what is shown now.  recorded: the store's executions and their states.  counted: "cell n", each run
        of a cell as the cell itself wrote it down.  started: when the store says that an execution began."""
        self._started = started
        edits = tuple(words for cell in self._sources if (words := self._lost_edit(cell, cells)))
        outputs = tuple(words for cell in self._last_printed if (words := self._lost_output(cell, cells)))
        executions = tuple(words for run in self._runs if (words := self._lost_run(run, cells, recorded)))
        runs = Counter(counted)
        doubles = tuple(
            f"{which} ran {times} times" for which, times in runs.items() if times > self._presses[*which.split(" ", 1)]
        )
        return Losses(edits, outputs, executions, doubles)

    def _take_sources(self, sources: Mapping[str, str]) -> None:
        self._sources.update(sources)
        for cell, source in sources.items():
            if self._typing.get(cell) == int(_number(source) or -1):
                del self._typing[cell]

    def _take_state(self, fact: Mapping[str, Any]) -> None:
        run, state = self._run(fact), fact["state"]
        (self.waiting.add if state == "waiting" else self.waiting.discard)(fact["cell"])
        if state in FINAL:
            run.final = state

    def _run(self, fact: Mapping[str, Any]) -> _Run:
        return self._runs.setdefault(fact["run"], _Run(fact["cell"], fact["run"], len(self._runs)))

    def _lost_edit(self, cell: str, cells: Mapping[str, Mapping[str, str]]) -> str:
        shown, kept = cells.get(cell, {}).get("source"), self._sources[cell]
        if shown == kept or (cell in self._typing and shown and shown.partition("\n")[2] == kept.partition("\n")[2]):
            return ""
        return f"{cell}: {_first(kept)!r} was kept, {_first(shown or '')!r} is there"

    def _lost_output(self, cell: str, cells: Mapping[str, Mapping[str, str]]) -> str:
        """Of the last run that had printed: that, or a later one, is shown."""
        run_id = self._last_printed[cell]
        there, run = cells.get(cell, {}), self._runs[run_id]
        shown, text = there.get("shown", ""), there.get("text", "")
        is_its_own = shown in (run_id, "") and text.startswith(run.text)  # "": out of the file that was saved
        if self._is_later(shown, run) or is_its_own:
            return ""
        return f"{cell}: {len(run.text)} characters of {run_id} were shown, of {shown} {len(text)} are"

    def _lost_run(self, run_id: str, cells: Mapping[str, Mapping[str, str]], recorded: Mapping[str, str]) -> str:
        run = self._runs[run_id]
        if run_id not in recorded:
            return f"{run_id} of {run.cell} is not in the store"
        if run.final and recorded[run_id] != "settled":
            return f"{run_id} of {run.cell} had ended as {run.final} and is {recorded[run_id]}"
        shown = cells.get(run.cell, {})
        if run.final and shown.get("run") == run_id and shown["state"] != run.final:
            return f"{run_id} of {run.cell} was shown as {run.final} and is as {shown['state']}"
        return ""

    def _is_later(self, shown: str, run: _Run) -> bool:
        """A run that had waited, held, may begin after one that was asked for later."""
        known = self._runs.get(shown)
        began = self._started.get(shown, 0.0) > self._started.get(run.execution_id, math.inf)
        return bool(shown) and (known is None or known.number > run.number or began)


def _number(source: str) -> str:
    return _first(source).removeprefix("n = ").strip()


def _first(source: str) -> str:
    return source.partition("\n")[0]
