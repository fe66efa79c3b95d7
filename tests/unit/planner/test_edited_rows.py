"""Planning sees corrected cells and labels as building a version does."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from assistant.planner.estimating import estimate_for
from assistant.planner.planner import plan
from assistant.planner.proposal import Proposal
from pipeline.datasets.edits import EDITS_FILE, Edit, row_key
from pipeline.datasets.versions.build import build_version
from pipeline.errors import BadInput
from pipeline.plan.rendering import flow
from tests.support.conversations import LAPTOP

SUBJECTS = {"billing": ["invoice", "refund", "card"], "delivery": ["parcel", "courier", "address"]}
WISH = "Sort our messages into the right queue"
COLUMNS = {"prompt": ["text"], "completion": ["queue"]}


def texts() -> list[tuple[str, str]]:
    return [
        (f"My {subjects[n % 3]} {'is wrong' if n % 2 else 'worries me'} in case {n * 7919 % 997}", label)
        for n in range(40)
        for label, subjects in SUBJECTS.items()
    ]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A file without a column of labels; the labels are the project's edits."""
    (tmp_path / "data").mkdir()
    with (tmp_path / "data" / "tickets.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["text"], *([text] for text, _ in texts())])
    return tmp_path


def edit(project: Path, **cells: Any) -> None:
    """Labels every row, or gives every row these cells."""
    lines = []
    for line, (text, label) in enumerate(texts(), start=2):
        values = cells or {"queue": label}
        lines.append(Edit("data/tickets.csv", f"tickets.csv:{line}", row_key(["text"], [text]), values).line)
    with (project / EDITS_FILE).open("a") as file:
        file.writelines(lines)


def propose(project: Path, *overrides: str, kept: tuple[str, ...] = (), sentence: str = WISH) -> Proposal:
    return plan(
        sentence, [project / "data" / "tickets.csv"], overrides=overrides, kept=kept, machine=LAPTOP, project=project
    )


def test_labels_of_the_edits_file_are_found_and_named(project: Path) -> None:
    assert propose(project).require_plan().dataset.columns == {"text": ["text"]}
    edit(project)
    proposal = propose(project)
    made = proposal.require_plan()
    assert (made.task, made.dataset.columns, made.dataset.edits) == ("classification", COLUMNS, EDITS_FILE)
    assert "corrected or filled in" in proposal.reasons["dataset.edits"]
    assert build_version(made, project).labels == ["billing", "delivery"]


def test_numbers_are_those_of_the_edited_rows(project: Path) -> None:
    edit(project)
    short = propose(project)
    edit(project, text="a much longer text than before " * 8)
    long = propose(project)
    assert long.estimate["seconds"] > short.estimate["seconds"]
    made = short.require_plan()
    assert estimate_for(made, project, "none")["seconds"] > 0
    unedited = made.model_copy(update={"dataset": made.dataset.model_copy(update={"edits": None})})
    with pytest.raises(BadInput, match="no column `queue`"):
        estimate_for(unedited, project, "none")


def test_a_plan_that_leaves_the_edits_out_keeps_to_it(project: Path) -> None:
    edit(project)
    made = propose(project).require_plan()
    sources = flow([source.model_dump(exclude_none=True) for source in made.dataset.sources])
    kept = (f"dataset.sources={sources}", "dataset.columns={text: [text]}", "task=continued-pretraining")
    assert propose(project, kept=kept, sentence="Use a rank of 16").require_plan().dataset.edits is None
    again = propose(project, kept=(f"dataset.sources={sources}", f"dataset.edits={EDITS_FILE}"))
    assert again.require_plan().dataset.columns == COLUMNS


def test_other_files_and_broken_edits(project: Path) -> None:
    edit(project)
    (project / "data" / "other.csv").write_text(
        "text,queue\n" + "".join(f"{text},{label}\n" for text, label in texts())
    )
    other = plan(WISH, [project / "data" / "other.csv"], machine=LAPTOP, project=project)
    assert other.require_plan().dataset.edits is None
    data = project / "data" / "tickets.csv"
    data.write_text(data.read_text().replace("My invoice", "Our invoice"))
    lost = [warning for warning in propose(project).warnings if warning.code == "data.lost_edits"]
    assert "14 edits" in lost[0].message
    (project / EDITS_FILE).write_text("garbage\n")
    told = [warning for warning in propose(project).warnings if warning.code == "data.bad_edits"]
    assert [warning.field for warning in told] == ["dataset.edits"]
