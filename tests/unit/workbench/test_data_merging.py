"""Merging labels: one step over many rows, laid over the file, undone as one, and followed by the plan."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.workbench import data_merging
from app.workbench.actions import data, data_editing, plan
from app.workbench.bench import Workbench
from app.workbench.data_labelling import Labelling
from app.workbench.data_labels import LabelQueue
from app.workbench.data_merging import merge_labels
from app.workbench.recent import RecentProjects
from app.workbench.settings import SettingsFile
from app.workbench.tasks import InlineTasks, JobList
from pipeline.datasets.versions.build import build_version
from pipeline.plan.document import new_document
from pipeline.plan.model import Plan

ROWS = [
    *((f"the card was charged twice, case {number}", "billing") for number in range(12)),
    *((f"give me the money back, case {number}", "refund") for number in range(12)),
    *((f"I want a refund for case {number}", "Refunds") for number in range(6)),
    *((f"money back please, case {number}", "refunds ") for number in range(6)),
    ("no label here", ""),
]


def make_bench(folder: Path) -> Workbench:
    made = Workbench(
        InlineTasks(), JobList(), SettingsFile(folder / "settings.json"), RecentProjects(folder / "recent.json")
    )
    made.commands.add(*data.commands(), *data_editing.commands(), *plan.commands())
    return made


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    made = make_bench(tmp_path)
    project = made.create(tmp_path / "project")
    with path_of(made).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("text", "queue"), *ROWS])
    content = {"name": "queues", "goal": "", "task": "classification", "dataset": {
        "sources": [{"path": "data/messages.csv"}], "columns": {"prompt": ["text"], "completion": ["queue"]},
        "labels": ["billing", "refund", "Refunds"], "checks": {"duplicates": "off"}}}  # fmt: skip
    new_document(Plan.model_validate(content)).save(project.plan)
    made.open(project.path)
    return made


def path_of(bench: Workbench) -> Path:
    return bench.require_project().path / "data" / "messages.csv"


def labels_of(bench: Workbench) -> dict[str, int]:
    found: list[LabelQueue] = []
    bench.data.label_queue(str(path_of(bench)), "queue", found.append)
    return dict(found[0].names)


def test_all_spellings_of_a_label_get_the_other_one_as_one_step(bench: Workbench) -> None:
    before = path_of(bench).read_bytes()
    merge_labels(bench, path_of(bench), "queue", ["Refunds", "refund"], "refund")
    assert labels_of(bench) == {"refund": 24, "billing": 12}
    assert path_of(bench).read_bytes() == before
    assert len(bench.edits.edits) == 12, "rows that have it already are no edits"
    assert bench.edits.steps.position == 1
    assert bench.notices.items[0].title == "Merged Refunds into refund"
    assert "12 rows changed" in bench.notices.items[0].text


def test_it_is_undone_as_one_also_after_a_restart(bench: Workbench, tmp_path: Path) -> None:
    merge_labels(bench, path_of(bench), "queue", ["Refunds", "refund"], "refund")
    merged = labels_of(bench)
    again = make_bench(tmp_path)
    again.open(bench.require_project().path)
    assert labels_of(again) == merged
    again.run("data.undo")
    assert labels_of(again) == {"billing": 12, "refund": 12, "Refunds": 12}
    again.run("data.redo")
    assert labels_of(again) == merged


def test_the_plan_s_labels_are_undone_and_done_again_with_it(bench: Workbench) -> None:
    def labels() -> list[str] | None:
        bench.plan.refresh()
        return bench.plan.plan.dataset.labels if bench.plan.plan is not None else None

    before = labels()
    merge_labels(bench, path_of(bench), "queue", ["Refunds", "refund"], "refund")
    assert labels() == ["billing", "refund"]
    bench.run("data.undo")
    assert (labels(), len(bench.edits.edits)) == (before, 0)
    bench.run("data.redo")
    assert (labels(), len(bench.edits.edits)) == (["billing", "refund"], 12)
    bench.run("plan.undo")
    bench.plan.change("goal", "Something else", "Another goal")
    bench.run("data.undo")
    assert (bench.plan.plan is not None and bench.plan.plan.goal) != "Something else", "the last change goes first"
    bench.run("data.undo")
    assert (labels(), len(bench.edits.edits)) == (before, 0)
    bench.run("data.redo")
    assert (labels(), len(bench.edits.edits)) == (before, 12), "the checkpoint of that number is another one now"


def test_the_plan_s_labels_follow_and_a_version_is_built_with_the_merge(bench: Workbench) -> None:
    merge_labels(bench, path_of(bench), "queue", ["Refunds", "refund"], "refund")
    plan = bench.plan.plan
    assert plan is not None
    assert plan.dataset.labels == ["billing", "refund"]
    assert plan.dataset.edits == "edits.jsonl"
    assert build_version(plan, bench.require_project().path).labels == ["billing", "refund"]


def test_a_new_name_takes_the_place_of_both(bench: Workbench) -> None:
    merge_labels(bench, path_of(bench), "queue", ["Refunds", "refund"], "money back")
    assert labels_of(bench) == {"billing": 12, "money back": 24}
    assert bench.plan.plan is not None
    assert bench.plan.plan.dataset.labels == ["billing", "money back"]


def test_merged_rows_are_still_asked_about_but_decided_ones_are_not(bench: Workbench) -> None:
    with path_of(bench).open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("the card was charged twice, case 0", "Refunds")])
    work = Labelling(bench, path_of(bench))
    bench.edits.changed.connect(work.follow_edits)
    work.load()
    first = work.current
    assert first is not None
    work.label("billing")
    assert work.decided == 1
    work.merge(["Refunds"], "refund")
    assert work.queue is not None
    asked = {item.number: item for item in work.queue.items}
    assert first.number not in asked, "a person has decided it"
    assert asked[38].label == "refund", "nobody has looked at this row, and it still contradicts the other"


def test_what_has_no_rows_says_so(bench: Workbench) -> None:
    merge_labels(bench, path_of(bench), "queue", ["nothing"], "refund")
    assert bench.notices.items[0].title == "Nothing to merge"
    assert bench.edits.edits == ()


def test_too_many_rows_are_refused_and_nothing_is_written(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_merging, "MOST_ROWS", 5)
    merge_labels(bench, path_of(bench), "queue", ["Refunds"], "refund")
    assert "12 rows would be changed" in bench.notices.items[0].title
    assert bench.edits.edits == ()
    assert bench.plan.plan is not None
    assert bench.plan.plan.dataset.labels == ["billing", "refund", "Refunds"]
