"""Whether typed answers are kept: one choice for all windows, remembered."""

from __future__ import annotations

from pathlib import Path

from capsule_desktop.notebook.outputs import StreamOutput
from capsule_desktop.presenters.answer_keeping import AnswerKeeping
from capsule_desktop.presenters.prompts import PromptsPresenter
from capsule_desktop.settings import Settings
from capsule_desktop.widgets.input_dialog import InputDialog
from engine.events import InputAnswered
from tests.gui.presenters.conftest import Scripted


def test_the_choice_is_remembered(tmp_path: Path) -> None:
    answers = AnswerKeeping(Settings(tmp_path / "settings.ini"))
    heard: list[bool] = []
    answers.changed.connect(heard.append)
    assert answers.kept
    answers.keep(False)
    answers.keep(False)
    assert heard == [False]
    assert not AnswerKeeping(Settings(tmp_path / "settings.ini")).kept


def test_a_waiting_prompt_follows_the_choice_in_cell_and_dialog(scripted: Scripted) -> None:
    notebook = scripted(["input()"])
    prompts = PromptsPresenter(notebook.parts, lambda: None)
    prompts.take(notebook.ask(notebook.start(1), 1))
    prompts.show_kept(False)
    prompt = notebook.parts.cells.cell(notebook.cells[0]).prompt
    dialog = notebook.window.findChild(InputDialog)
    assert prompt is not None
    assert not prompt.kept
    assert dialog is not None
    assert dialog._keep is not None
    assert not dialog._keep.isChecked()
    prompts.dismiss_all()


def test_an_answer_that_is_not_kept_is_not_among_the_outputs_either(scripted: Scripted) -> None:
    notebook = scripted(["input()"])
    execution = notebook.start(1)
    for kept, text in ((True, "Ada"), (False, "Bob")):
        notebook.parts.cells.keeps_answers = kept
        notebook.ask(execution, 1)
        notebook.tell(InputAnswered(execution_id=execution, input_number=1, text=text))
    outputs = notebook.parts.document.outputs(notebook.cells[0])
    assert outputs == (StreamOutput(name="stdout", text="? Ada\n? (answered; not kept)\n"),)
