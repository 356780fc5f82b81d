"""What every notebook gets of the application, made once by app.Application; holds no behaviour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from capsule_desktop.notebook.cell_list import Clipboard
from capsule_desktop.presenters.answer_keeping import AnswerKeeping
from capsule_desktop.presenters.catalogue import Catalogue
from capsule_desktop.presenters.checkpoint_reader import CheckpointReader
from capsule_desktop.presenters.environments import EnvironmentsPresenter
from capsule_desktop.widgets.theme import Theme


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a notebook gets of the application: its clipboard of cells, folders, and the Pythons that there are.

    warm: keep a spare worker of the Python at a path.
    """

    theme: Theme
    answers: AnswerKeeping
    clipboard: list[Clipboard]
    checkpoints_folder: Path
    checkpoint_reader: CheckpointReader
    notify: Callable[[str, str], None]  # title and text, on the desktop
    catalogue: Catalogue
    environments: EnvironmentsPresenter
    warm: Callable[[str], None]
