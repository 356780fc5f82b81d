"""What a reader asks of a cell's past runs, as values: one signal carries them from the cell to the presenter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HistoryWanted:
    """The reader stays at the cell: whether it ran before may be looked up now."""


@dataclass(frozen=True)
class StepWanted:
    """To the run before (-1) or after (1) the one that is shown."""

    by: int


@dataclass(frozen=True)
class PresentWanted:
    """Back to what the cell shows now."""


@dataclass(frozen=True)
class PinWanted:
    execution_id: str
    pinned: bool


@dataclass(frozen=True)
class SourceWanted:
    """The source of that run in the place of the present one."""

    execution_id: str


@dataclass(frozen=True)
class WholeSourceWanted:
    """All of the source as it ran (True), or what differs (False)."""

    whole: bool


@dataclass(frozen=True)
class FullOutputWanted:
    """All of a long output of that run."""

    execution_id: str
    index: int


@dataclass(frozen=True)
class DetailsWanted:
    """What else the worker said when the present run was lost."""


HistoryRequest = (
    HistoryWanted
    | StepWanted
    | PresentWanted
    | PinWanted
    | SourceWanted
    | WholeSourceWanted
    | FullOutputWanted
    | DetailsWanted
)
