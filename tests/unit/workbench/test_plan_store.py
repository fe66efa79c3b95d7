"""The plan as state: proposals in hunks, checkpoints, undo across restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.workbench.history import History
from app.workbench.plan_store import PlanStore
from app.workbench.project import create_project
from app.workbench.tasks import InlineTasks
from assistant.planner.proposal import Proposal
from pipeline.errors import BadInput
from pipeline.plan.document import load_plan, new_document
from pipeline.plan.model import Plan
from pipeline.runs.layout import ProjectFolder
from tests.support.projects import tiny_plan


def open_store(project: ProjectFolder) -> tuple[PlanStore, History]:
    history = History()
    store = PlanStore(InlineTasks(), history)
    history.open(project)
    store.open(project)
    return store, history


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    made = create_project(tmp_path / "project")
    text = new_document(tiny_plan()).text
    made.plan.write_text("# Mine.\n" + text)
    return made


def proposal(project: ProjectFolder) -> Proposal:
    document = load_plan(project.plan)
    document.set("training.num_train_epochs", 7)
    document.set("training.seed", 11)
    return Proposal(plan=document.plan, reasons={"training.num_train_epochs": "You said seven passes."})


def test_only_the_ticked_changes_are_written_and_comments_stay(project: ProjectFolder) -> None:
    store, _ = open_store(project)
    store.propose(proposal(project), "seven passes")
    assert store.pending is not None
    fields = {hunk.field: hunk for hunk in store.pending.hunks}
    assert set(fields) == {"training.num_train_epochs", "training.seed"}
    assert fields["training.num_train_epochs"].reason == "You said seven passes."
    assert any("7" in line for line in fields["training.num_train_epochs"].added)
    store.tick(fields["training.seed"].number, False)
    before = load_plan(project.plan).plan.training.seed
    store.apply()
    written = load_plan(project.plan)
    assert written.plan.training.num_train_epochs == 7
    assert written.plan.training.seed == before
    assert written.text.startswith("# Mine.\n")
    assert not store.is_dirty


def test_undo_and_redo_survive_a_restart(project: ProjectFolder) -> None:
    first = project.plan.read_text()
    store, _ = open_store(project)
    store.propose(proposal(project), "seven passes")
    store.apply()
    second = project.plan.read_text()
    store, history = open_store(project)
    assert history.can_undo and history.checkpoints[0].sentence == "seven passes"
    history.undo()
    assert project.plan.read_text() == first == store.text
    assert history.text_at(1, project.plan) == second
    store, history = open_store(project)
    history.redo()
    assert project.plan.read_text() == second == store.text


def test_undo_never_loses_what_was_written_since(project: ProjectFolder) -> None:
    store, history = open_store(project)
    store.propose(proposal(project), "seven passes")
    store.apply()
    store.set_text(store.text + "# my own note\n")
    store.save()
    with pytest.raises(BadInput, match="changed after checkpoint 1"):
        history.undo()
    assert "# my own note" in project.plan.read_text()


def test_a_broken_text_says_where_and_keeps_the_proposal(project: ProjectFolder) -> None:
    store, _ = open_store(project)
    store.propose(proposal(project), "seven passes")
    store.set_text(store.text.replace("task: ", "tusk: "))
    assert store.plan is None
    assert any(problem.line > 0 for problem in store.problems)
    assert store.pending is not None


def test_an_unsaved_text_survives_a_crash_and_another_plan(project: ProjectFolder) -> None:
    store, _ = open_store(project)
    typed = store.text + "# not saved\n"
    store.set_text(typed)
    store.refresh()
    store.select(project.path / "plans" / "other.yaml")
    assert store.text == ""
    store.select(project.plan)
    assert store.text == typed and store.is_dirty
    again, _ = open_store(project)
    assert again.text == typed and again.is_dirty
    again.save()
    again.refresh()
    assert not open_store(project)[0].is_dirty


def test_a_file_written_under_an_unsaved_text_is_told_not_taken(project: ProjectFolder) -> None:
    store, _ = open_store(project)
    mine = store.text + "# mine\n"
    store.set_text(mine)
    project.plan.write_text(store.text.replace("# mine\n", "# theirs\n"))
    store.refresh()
    assert store.is_outdated and store.text == mine
    store.take_file()
    assert "# theirs" in store.text
    assert not store.is_dirty


def test_changes_that_are_valid_only_together_can_be_proposed(project: ProjectFolder) -> None:
    store, _ = open_store(project)
    values = load_plan(project.plan).plan.model_dump(mode="json")
    values["training"]["method"] = "dpo"
    values["dataset"]["columns"] = {"prompt": ["text"], "chosen": ["queue"], "rejected": ["worse"]}
    store.propose(Proposal(plan=Plan.model_validate(values), reasons={}), "prefer")
    assert store.pending is not None
    hunk = next(each for each in store.pending.hunks if each.field == "training.method")
    store.tick(hunk.number, False)
    store.tick(hunk.number, True)
    store.apply()
    assert load_plan(project.plan).plan.training.method == "dpo"
