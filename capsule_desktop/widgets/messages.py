"""The words of message dialogs, and of a file's banner: what happened, what is still safe, what to do next.

Pure: values in, a MessageView or a BannerView out.  Escape always means the harmless choice.
"""

from __future__ import annotations

from collections.abc import Sequence

from capsule_desktop.widgets.actions import Action
from capsule_desktop.widgets.banner import BannerButton, BannerView, Tone
from capsule_desktop.widgets.beside_dialog import BesideView
from capsule_desktop.widgets.message_dialog import Choice, MessageButton, MessageView

OPEN_COPY = "open the copy"  # the key of a banner's button
TRY_AGAIN = "try again"  # the key of a banner's button that is no Action
KEEPING_DRAFT = (
    "Waiting for the disk to record your latest changes. What runs goes on; the window closes when they are recorded, "
    "or the disk has refused."
)
DROPPING_DRAFT = (
    "Waiting for the disk to drop what you did not want to save. The window closes when it has done so, or refused."
)
NOT_YOURS = "This checkpoint was not saved by you"
RUNS_CODE = (
    "Restoring a checkpoint runs code that it contains, with your rights. Nothing has been loaded. Restore it only if "
    "you trust whoever made it."
)
_CANCEL = MessageButton(label="Cancel", choice=Choice.CANCEL)
_STOP_AND_CLOSE = MessageButton(label="Stop it and close", choice=Choice.SHUT_DOWN)
_UNSAVED = "\n\nIf it is kept, unsaved changes stay as a draft; if not, they are dropped unless they are saved first."


def unsaved_work(name: str) -> MessageView:
    """On closing a notebook with changes that are not in its file."""
    return MessageView(
        heading=f"Save {name} before closing?",
        text="Its latest changes are not in the file yet.",
        buttons=(
            MessageButton(label="Don’t save", choice=Choice.DISCARD),
            _CANCEL,
            MessageButton(label="Save", choice=Choice.SAVE),
        ),
        escape=Choice.CANCEL,
    )


def keep_running(name: str, cell: str, *, unsaved: bool) -> MessageView:
    """On closing a notebook while a cell of it runs, which can go on without a window.  cell: "Cell 15"."""
    return MessageView(
        heading="Keep the running cell going?",
        text=f"{cell} of {name} is still running. It can go on without this window; open the notebook again to see all "
        "that it printed. Logging out or shutting down may still end it; what it had printed by then is kept."
        f"{_UNSAVED if unsaved else ''}",
        buttons=(_CANCEL, _STOP_AND_CLOSE, MessageButton(label="Keep running", choice=Choice.KEEP_RUNNING)),
        escape=Choice.CANCEL,
        option=_save_first(name) if unsaved else "",
    )


def keep_waiting(name: str, count: int, *, unsaved: bool) -> MessageView:
    """On closing a notebook where nothing runs, but cells wait to."""
    cells, them = (f"{count:,} cells", "them") if count > 1 else ("A cell", "it")
    return MessageView(
        heading="Keep what waits to run?",
        text=f"{cells} of {name} wait{'' if count > 1 else 's'} to run. You find {them} waiting when you open the "
        f"notebook again, with Python and its variables; nothing runs before you say so.{_UNSAVED if unsaved else ''}",
        buttons=(
            _CANCEL,
            MessageButton(label=f"Remove {them} and close", choice=Choice.SHUT_DOWN),
            MessageButton(label="Keep waiting", choice=Choice.KEEP_RUNNING),
        ),
        escape=Choice.CANCEL,
        option=_save_first(name) if unsaved else "",
    )


def running_cell(name: str, *, unsaved: bool) -> MessageView:
    """On closing a notebook whose cell cannot go on without a window, since nothing is kept of it."""
    return MessageView(
        heading="A cell is still running: close and stop it?",
        text=f"Closing {name} ends its Python with all variables; nothing of this notebook is kept but its file.",
        buttons=(_CANCEL, _STOP_AND_CLOSE),
        escape=Choice.CANCEL,
        option=_save_first(name) if unsaved else "",
    )


def _save_first(name: str) -> str:
    return f"Save the latest changes to {name} first"


def gone_from_disk(name: str) -> MessageView:
    """On saving to a file that is no longer where it was."""
    return MessageView(
        heading=f"{name} is no longer where it was",
        text="It was moved, renamed or deleted since you opened it. The notebook is still here with your changes. "
        "Save it in the old place again, or under another name.",
        buttons=(
            MessageButton(label="Save in the old place", choice=Choice.OVERWRITE),
            _CANCEL,
            MessageButton(label="Save as…", choice=Choice.SAVE_AS),
        ),
        escape=Choice.CANCEL,
    )


def open_elsewhere(name: str) -> MessageView:
    """On saving as a file that another window shows: one of the two would overwrite the other."""
    return failure(
        f"{name} is open in another window",
        "Nothing was written, and your changes are still here.",
        "Close the other window first, or choose another name.",
    )


def not_saved(name: str, why: str) -> MessageView:
    """why: a full sentence."""
    return MessageView(
        heading=f"{name} was not saved",
        text=f"{why} Your changes are still here. Mend what is in the way and save again, or save under another name.",
        buttons=(
            MessageButton(label="Cancel", choice=Choice.CANCEL),
            MessageButton(label="Save as…", choice=Choice.SAVE_AS),
        ),
        escape=Choice.CANCEL,
    )


def saving_slowly(name: str) -> str:
    """While a save takes long, which whoever closes the window waits for."""
    return (
        f"Saving {name}: the disk takes long, or cannot be written just now. Your changes are still here; this ends by "
        "itself, and says so if it cannot be saved."
    )


def ended_twice(name: str) -> MessageView:
    """Instead of opening again by itself what the application ended at, twice in a row."""
    return MessageView(
        heading=f"{name} was not opened again",
        text="Capsule ended unexpectedly twice while it opened this notebook. Nothing of it is lost, neither the file "
        "nor what was not saved. Opening it may end Capsule again.",
        buttons=(
            MessageButton(label="Don’t ask again", choice=Choice.DISCARD),
            MessageButton(label="Not now", choice=Choice.CANCEL),
            MessageButton(label="Open it", choice=Choice.OK),
        ),
        escape=Choice.CANCEL,
    )


def crash_report_kept() -> BannerView:
    """At the first start after a crash."""
    return BannerView(
        text="Capsule ended unexpectedly. A report of it is kept on this computer only.",
        tone=Tone.INFO,
        buttons=(BannerButton(label="Show report", key=Action.SHOW_CRASH_REPORT),),
    )


def no_crash_reports() -> MessageView:
    return MessageView(
        heading="There are no crash reports",
        text="Nothing has gone wrong in Capsule that would have left one. Reports are kept on this computer only; "
        "nothing is ever sent.",
        buttons=(MessageButton(label="OK", choice=Choice.OK),),
        escape=Choice.OK,
    )


def crash_reports(count: int, folder: str) -> MessageView:
    """Where they are, in words: not every desktop has something that shows a folder."""
    are = "One report is" if count == 1 else f"{count} reports are"
    return MessageView(
        heading="Crash reports",
        text=f"{are} kept in {folder}. You can read, copy and delete what is there; nothing is ever sent.",
        buttons=(
            MessageButton(label="Close", choice=Choice.OK),
            MessageButton(label="Open folder", choice=Choice.CHOOSE),
        ),
        escape=Choice.OK,
    )


def folder_not_opened(folder: str) -> MessageView:
    return MessageView(
        heading="The folder could not be opened",
        text="No program that shows folders was found on this computer. The reports are as they were, in the folder "
        "below; copy its name, and go there in a terminal.",
        detail=folder,
        buttons=(MessageButton(label="OK", choice=Choice.OK),),
        escape=Choice.OK,
    )


def open_in_another(name: str) -> BannerView:
    """On opening a notebook whose store another process has."""
    return BannerView(
        text=f"{name} is open in another process of Capsule. You can read, edit and run it here, but only what you "
        "save is kept, and the file may be written there, too. Close it there, then try again.",
        tone=Tone.WARNING,
        buttons=(BannerButton(label="Try again", key=TRY_AGAIN),),
        dismissable=False,
    )


def beside_another(why: str, names: Sequence[str], *, is_again: bool = False) -> BesideView:
    """On a start that the application that runs has not taken.  why: its first sentence is what happened."""
    happened, _, safe = why.partition(". ")
    what = names[0] if len(names) == 1 else f"the {len(names)} files" if names else "a window"
    both = ": a notebook that is open in both says in its window what is kept of it" if names else ""
    return BesideView(
        heading=happened.rstrip("."),
        text=f"{safe} Nothing was opened yet. Look after the other one and try again, or open {what} separately, "
        f"beside it{both}.".strip(),
        note="It was asked again, and has not taken it." if is_again else "",
    )


def kept_by_later(name: str) -> BannerView:
    return BannerView(
        text=f"A later version of Capsule keeps the runs and edits of {name}; they are left as they are. You can work "
        "here, but only what you save is kept. Open it with that version to have the rest.",
        tone=Tone.WARNING,
        dismissable=False,
    )


def not_kept(reason: str) -> BannerView:
    """reason: the store's own words, with what is safe."""
    return BannerView(
        text=f"{reason[:1].upper()}{reason[1:]} You can go on working, but only what you save outlives this window.",
        tone=Tone.ERROR,
        buttons=(BannerButton(label="Try again", key=TRY_AGAIN),),
        dismissable=False,
    )


def reopen_by_hand(name: str) -> MessageView:
    """On trying again where something was done meanwhile, which the other process knows nothing of."""
    return failure(
        f"{name} has to be opened anew",
        "What you did here while it was open elsewhere is still here, and in no record but this window’s.",
        "Save it, under another name where the file was written elsewhere. Then close this window and open it again.",
    )


def read_only(name: str) -> BannerView:
    """On opening a file that may not be written."""
    return BannerView(
        text=f"{name} is read-only. You can run and edit it here; to keep changes, save it under another name.",
        buttons=(BannerButton(label="Save as…", key=Action.SAVE_AS),),
    )


def changed_on_disk(name: str) -> MessageView:
    """On saving over a file that something else has changed since it was read."""
    return MessageView(
        heading=f"{name} has changed on disk",
        text="Another program has written the file since you opened it. Nothing has been overwritten, and your "
        "changes are still here. Compare the two, save yours under another name, or take one of them: the other one "
        "is put aside as a copy.",
        buttons=(
            MessageButton(label="Compare…", choice=Choice.COMPARE),
            MessageButton(label="Take theirs", choice=Choice.RELOAD),
            MessageButton(label="Keep mine", choice=Choice.OVERWRITE),
            _CANCEL,
            MessageButton(label="Save as…", choice=Choice.SAVE_AS),
        ),
        escape=Choice.CANCEL,
    )


def changed_meanwhile(name: str, *, edited: bool) -> BannerView:
    """When it is seen, without a save, that something else has written the file."""
    mine = " Your changes are still here." if edited else ""
    keep = (BannerButton(label="Keep mine", key=Choice.OVERWRITE),) if edited else ()
    return BannerView(
        text=f"{name} was changed on disk by another program.{mine}",
        tone=Tone.WARNING,
        buttons=(
            BannerButton(label="Compare…", key=Choice.COMPARE),
            BannerButton(label="Take theirs", key=Choice.RELOAD),
            *keep,
        ),
    )


def gone_meanwhile(name: str) -> BannerView:
    """When it is seen, without a save, that the file is no longer there."""
    return BannerView(
        text=f"{name} was moved, renamed or deleted. The notebook is still here.",
        tone=Tone.WARNING,
        buttons=(
            BannerButton(label="Save in the old place", key=Choice.OVERWRITE),
            BannerButton(label="Save as…", key=Action.SAVE_AS),
        ),
    )


def put_aside(name: str, *, mine: bool) -> BannerView:
    """After one side of a conflict was taken; the button opens the other."""
    words = "What is on disk was loaded; your version" if mine else "Your version was saved; what was on disk before"
    return BannerView(
        text=f"{words} is put aside as a copy, {name}.",
        buttons=(BannerButton(label="Open the copy", key=OPEN_COPY),),
    )


def failure(what: str, safe: str, next_step: str, detail: str = "") -> MessageView:
    """what: the heading, a short sentence; safe and next_step: full sentences."""
    return MessageView(
        heading=what,
        text=f"{safe} {next_step}".strip(),
        buttons=(MessageButton(label="OK", choice=Choice.OK),),
        escape=Choice.OK,
        detail=detail,
    )


def restart(*, running: bool, clear: bool = False, run_all: bool = False) -> MessageView:
    """Before the variables of Python go."""
    ends = "The running cell is stopped, and all" if running else "All"
    kept = "its outputs are cleared" if clear else "outputs shown are kept"
    verb = "Restart and run all" if run_all else "Restart and clear" if clear else "Restart"
    return MessageView(
        heading="Restart Python?",
        text=f"{ends} variables are lost unless a checkpoint has them. The notebook stays as it is; {kept}.",
        buttons=(_CANCEL, MessageButton(label=verb, choice=Choice.RESTART)),
        escape=Choice.CANCEL,
    )


def restore_last(cell: str) -> MessageView:
    """Before the variables of a living kernel are replaced.  cell: after which they were kept, "Cell 14"."""
    return MessageView(
        heading=f"Go back to the variables as after {cell[0].lower()}{cell[1:]}?",
        text="The variables that Python has now are replaced by those that were kept then. The notebook and its "
        "outputs stay as they are.",
        buttons=(_CANCEL, MessageButton(label="Go back", choice=Choice.RESTORE)),
        escape=Choice.CANCEL,
    )


def shut_down(*, running: bool) -> MessageView:
    ends = "The running cell is stopped, and all" if running else "All"
    return MessageView(
        heading="Shut Python down?",
        text=f"{ends} variables are lost unless a checkpoint has them. The notebook and its outputs stay.",
        buttons=(_CANCEL, MessageButton(label="Shut down", choice=Choice.SHUT_DOWN)),
        escape=Choice.CANCEL,
    )


def foreign_checkpoint(name: str) -> MessageView:
    """Before a checkpoint is loaded that another key than this user's has signed."""
    return MessageView(
        heading=NOT_YOURS,
        text=f"{name} is not signed with your key. {RUNS_CODE}",
        buttons=(
            MessageButton(label="Restore anyway", choice=Choice.RESTORE),
            MessageButton(label="Cancel", choice=Choice.CANCEL),
        ),
        escape=Choice.CANCEL,
    )
