"""Two versions compared row by row, in full."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.workbench.data_comparison import RowChange, compare
from app.workbench.data_store import DataStore
from app.workbench.project import create_project
from app.workbench.tasks import InlineTasks
from pipeline.datasets.versions.build import build_version
from pipeline.datasets.versions.version import DatasetVersion
from pipeline.errors import BadInput
from pipeline.plan.model import Plan
from pipeline.runs.layout import ProjectFolder

LONG = "I was charged twice for the same order, and nobody answers my mails about it. " * 4
ROWS = [
    (f"{LONG}first", "billing"),
    ("Where is my parcel", "delivery"),
    ("The box came broken", "delivery"),
    ("The invoice is wrong", "billing"),
    ("Please send an offer", "sales"),
]


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    return create_project(tmp_path / "project")


def built(project: ProjectFolder, rows: list[tuple[str, str]], **dataset: Any) -> DatasetVersion:
    lines = [json.dumps({"text": text, "queue": queue}) for text, queue in rows]
    (project.path / "data" / "tickets.jsonl").write_text("\n".join(lines), "utf-8")
    plan = Plan.model_validate(
        {
            "name": "queues",
            "task": "classification",
            "dataset": {
                "sources": [{"path": "data/tickets.jsonl"}],
                "columns": {"prompt": ["text"], "completion": ["queue"]},
                "split": {"validation": 0, "test": 0},
                **dataset,
            },
        }
    )
    return build_version(plan, project.path)


def kinds(changes: tuple[RowChange, ...]) -> list[str]:
    return [each.kind for each in changes]


def test_a_corrected_answer_is_shown_with_both(project: ProjectFolder) -> None:
    older = built(project, ROWS)
    newer = built(project, [(ROWS[0][0], "sales"), *ROWS[1:]])
    found = compare(older.folder, newer.folder)
    (change,) = found.changes
    assert (change.kind, change.answers) == ("changed", "billing → sales")
    assert change.before[-2].text == change.after[-2].text == ROWS[0][0], "in full, not an excerpt"
    assert (found.same, found.leaks) == (4, 0)


def test_a_corrected_question_is_one_row_that_changed(project: ProjectFolder) -> None:
    older = built(project, ROWS)
    newer = built(project, [*ROWS[:3], ("The invoice is right", "billing"), ROWS[4]])
    (change,) = compare(older.folder, newer.folder).changes
    assert change.kind == "changed"
    assert (change.before[-2].text, change.after[-2].text) == ("The invoice is wrong", "The invoice is right")


def test_rows_come_go_and_move(project: ProjectFolder) -> None:
    older = built(project, ROWS)
    aside = next(row.id for row in older.rows("train") if row.label == "sales")
    more = [*ROWS[1:], ("Nobody called me back", "sales"), ("My card was refused", "billing")]
    newer = built(project, more, checks={"set_aside": [aside]})
    found = compare(older.folder, newer.folder)
    assert {kind: found.count(kind) for kind in ("changed", "added", "removed", "moved")} == {
        "changed": 0,
        "added": 2,
        "removed": 1,
        "moved": 1,
    }
    moved = next(each for each in found.changes if each.kind == "moved")
    assert moved.places == "train → set aside (set aside)"
    assert [name for name, _, _ in found.settings] == ["checks.set_aside"]


def test_a_test_row_that_is_trained_now_is_named(project: ProjectFolder) -> None:
    rows = [(f"message {number} of many, about {number * 7} things", "ab"[number % 2]) for number in range(40)]
    older = built(project, rows, split={"validation": 0, "test": 0.5})
    newer = built(project, rows, split={"validation": 0, "test": 0, "seed": 7})
    found = compare(older.folder, newer.folder)
    assert found.leaks == older.counts.test > 0
    assert all(each.is_leak for each in found.changes)


def test_the_store_knows_the_version_before(project: ProjectFolder) -> None:
    older = built(project, ROWS)
    newer = built(project, ROWS[:4])
    manifest = older.folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace(older.manifest.created, "2020-01-01T00:00:00+00:00"))
    store = DataStore(InlineTasks())
    store.open(project)
    before = store.before(f"queues@{newer.id}")
    assert before is not None
    assert before.version == older.id
    assert store.before(f"queues@{older.id}") is None
    assert store.before("queues@000000000000") is None


def test_what_is_no_version_is_said(project: ProjectFolder, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as error:
        compare(built(project, ROWS).folder, tmp_path)
    assert error.value.code == "data.no_version"
