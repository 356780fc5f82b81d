"""What is said about environments: plans, refusals and offers as values for dialogs and cells.  Pure."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from capsule_desktop.widgets.environment_dialog import EnvironmentChoice, PlannedView
from capsule_desktop.widgets.message_dialog import Choice, MessageButton, MessageView
from capsule_desktop.widgets.progress_sheet import SheetEnd

if TYPE_CHECKING:  # loaded when it is first needed: the first window is painted without it
    from engine.environments.plan import Plan, Refusal
    from engine.environments.plan_run import Ended

_CANCEL = MessageButton(label="Cancel", choice=Choice.CANCEL)
_OK = MessageButton(label="OK", choice=Choice.OK)


def planned(plan: Plan | Refusal, *, asks_address: bool) -> PlannedView:
    """What the present choice of a new environment would run, or why it cannot."""
    from engine.environments.plan import Refusal

    if isinstance(plan, Refusal):
        return PlannedView(commands="", words=plan.words, asks_address=asks_address)
    return PlannedView(commands=plan.shown, words=plan.changes, asks_address=asks_address)


def packages_of(choice: EnvironmentChoice) -> list[str]:
    from engine.environments.requirements import split_typed

    return [*choice.ticked, *split_typed(choice.typed)]


def consent(plan: Plan, by_pip: Plan | None) -> MessageView:
    """Before something is changed that is not the user's alone.  by_pip: the same, past conda."""
    otherwise = MessageButton(label="Use pip instead", choice=Choice.INSTALL_OTHERWISE)
    shown = plan.shown if by_pip is None else f"{plan.shown}\n\n# with pip instead:\n{by_pip.shown}"
    return MessageView(
        heading=f"{plan.title}?",
        text=plan.changes,
        buttons=(
            _CANCEL,
            *(() if by_pip is None else (otherwise,)),
            MessageButton(label="Install", choice=Choice.INSTALL),
        ),
        escape=Choice.CANCEL,
        detail=shown,
    )


def refused(words: str, instead: str) -> MessageView:
    """instead: the label of what can be done in its place, "" for nothing."""
    buttons = (_CANCEL, MessageButton(label=instead, choice=Choice.CHOOSE)) if instead else (_OK,)
    return MessageView(
        heading="Nothing was changed", text=words, buttons=buttons, escape=Choice.CANCEL if instead else Choice.OK
    )


def busy(home: Path) -> MessageView:
    words = f"{home} is being changed already. That goes on, and nothing else was begun. Try again when it is done."
    return MessageView(heading="Another change is under way", text=words, buttons=(_OK,), escape=Choice.OK)


def end_of(ended: Ended) -> SheetEnd:
    """What was cancelled is what the user wanted, and no failure."""
    from engine.environments.plan_run import Ended

    match ended:
        case Ended.DONE:
            return SheetEnd.DONE
        case Ended.FAILED:
            return SheetEnd.FAILED
        case Ended.STOPPED:
            return SheetEnd.CANCELLED
        case _:
            assert_never(ended)
