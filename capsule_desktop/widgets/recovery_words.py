"""The words of what came back with a notebook: one line for the banner, and all of it for who asks.

Pure.  Says what is here again, what was interrupted and what can be done; nothing that is not so.
"""

from __future__ import annotations

from dataclasses import dataclass

from capsule_desktop.widgets.banner import BannerButton, BannerView, Tone
from capsule_desktop.widgets.message_dialog import Choice, MessageButton, MessageView
from capsule_desktop.widgets.state_words import stopped_after_text

RESUME, VARIABLES, DETAILS = "resume", "bring back variables", "what came back"  # the banner's buttons
_NONE_KEPT = "Its variables could not be kept: run the cells above it again."


@dataclass(frozen=True, kw_only=True)
class Interrupted:
    """A cell whose Python ended while it ran.  duration_s None: it had not begun, as far as is known."""

    label: str
    duration_s: float | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class CameBack:
    """crashed: the application had not ended in order.  edited, outputs: the cells whose edits and outputs no file has,
    as people count.  finished: those that came to their end while nothing was open.

    variables: after which cell they were kept ("cell 14"), "" where none are kept or a living Python has them.
    resume: where to go on ("cell 15"), "" for nowhere.
    """

    crashed: bool = False
    edited: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    finished: tuple[int, ...] = ()
    interrupted: tuple[Interrupted, ...] = ()
    variables: str = ""
    variables_kept: str = ""  # when and how much, for the details
    resume: str = ""

    @property
    def is_worth_telling(self) -> bool:
        return bool(self.interrupted or self.finished or self.edited or (self.crashed and self.outputs))


def banner(came: CameBack) -> BannerView:
    buttons = [BannerButton(label="Details", key=DETAILS)]
    if came.resume:
        buttons.append(BannerButton(label=f"Resume from {came.resume}", key=RESUME))
    elif came.variables and (came.crashed or came.interrupted):
        buttons.append(BannerButton(label="Bring back the variables", key=VARIABLES))
    words = [_here(came), *map(_interrupted, came.interrupted), *_finished(came.finished)]
    if came.interrupted:
        kept = f"The variables are kept as after {came.variables}." if came.variables else _NONE_KEPT
        words.append(kept)
    tone = Tone.WARNING if came.interrupted else Tone.INFO
    return BannerView(text=" ".join(filter(None, words)), tone=tone, buttons=tuple(buttons))


def details_view(came: CameBack) -> MessageView:
    """All of it, a paragraph each."""
    return MessageView(
        heading="What came back with this notebook",
        text="\n\n".join(_paragraphs(came)),
        buttons=(MessageButton(label="OK", choice=Choice.OK),),
        escape=Choice.OK,
    )


def _paragraphs(came: CameBack) -> list[str]:
    parts = []
    if came.edited:
        parts.append(f"Edits that were not saved are here: {cells_in_words(came.edited)}.")
    if came.outputs:
        parts.append(f"Outputs that were not saved are here: {cells_in_words(came.outputs)}.")
    for one in came.interrupted:
        parts.append(" ".join(filter(None, (_interrupted(one), one.reason, "What it had printed is in the cell."))))
    parts += _finished(came.finished)
    if came.variables:
        parts.append(f"The variables are kept as they were after {came.variables}{came.variables_kept}.")
    elif came.interrupted:
        parts.append(_NONE_KEPT)
    parts.append("Nothing runs before you say so, and the notebook’s file is as it was.")
    return parts


def _here(came: CameBack) -> str:
    """ "Recovered after Capsule ended unexpectedly: your edits and the outputs of 14 cells are here." """
    outputs = f"the outputs of {len(came.outputs)} cells" if len(came.outputs) > 1 else "the output of a cell"
    things = [*(["your edits"] if came.edited else []), *([outputs] if came.outputs else [])]
    if not things:
        return "Capsule ended unexpectedly; the notebook is whole." if came.crashed else ""
    is_one = things == ["the output of a cell"]
    said = f"{' and '.join(things)} {'is' if is_one else 'are'} here"
    if came.crashed:
        return f"Recovered after Capsule ended unexpectedly: {said}."
    return f"{said[0].upper()}{said[1:]}, not saved yet."


def _interrupted(one: Interrupted) -> str:
    after = "" if not one.duration_s else f" after {stopped_after_text(one.duration_s)}"
    return f"{one.label} was interrupted{after}."


def _finished(numbers: tuple[int, ...]) -> list[str]:
    if not numbers:
        return []
    words = cells_in_words(numbers)
    return [f"{words[0].upper()}{words[1:]} finished while the notebook was not open."]


def cells_in_words(numbers: tuple[int, ...]) -> str:
    """ "cell 3", "cells 3 and 5", "cells 2–15 and 17"; numbers in any order, at least one."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [part for run in runs for part in _run_in_words(run)]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"cell{'s' if len(set(numbers)) > 1 else ''} {listed}"


def _run_in_words(run: list[int]) -> list[str]:
    return [str(number) for number in run] if len(run) < 3 else [f"{run[0]}–{run[-1]}"]
