"""Adapters as state: what is read, promoted, rolled back, and where each comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.workbench.adapter_store import AdapterRow, AdapterStore
from app.workbench.tasks import InlineTasks
from pipeline.errors import BadInput
from pipeline.jobs.registry import register_run
from pipeline.runs.layout import ProjectFolder
from tests.support.runs import finished_run, plant_verdict, project_in


@pytest.fixture
def project(tmp_path: Path) -> ProjectFolder:
    """Two versions of one adapter, the second measured."""
    made = project_in(tmp_path)
    register_run(made, finished_run(made, "20260101-100000-queues-aaaa"))
    second = finished_run(made, "20260102-100000-queues-bbbb", seed=2)
    plant_verdict(second)
    register_run(made, second)
    return made


@pytest.fixture
def store(project: ProjectFolder) -> AdapterStore:
    made = AdapterStore(InlineTasks())
    made.open(project)
    return made


def test_versions_stand_newest_first_with_what_they_were_measured_at(store: AdapterStore) -> None:
    assert [row.address for row in store.adapters] == ["queues@v2", "queues@v1"]
    newest = store.adapters[0]
    assert (newest.aliases, newest.rank, newest.run) == (("candidate",), 8, "20260102-100000-queues-bbbb")
    assert (newest.outcome, newest.difference, newest.low, newest.high) == ("better", 0.3, 0.1, 0.5)
    assert newest.bytes > 1000
    assert not store.adapters[1].is_measured


def test_an_address_names_a_version_an_alias_or_the_candidate(store: AdapterStore) -> None:
    assert store.get("queues@v1") is store.adapters[1]
    assert store.get("queues@candidate") is store.get("queues") is store.adapters[0]
    assert store.get("queues@v9") is None
    assert store.get("") is None


def test_promote_and_rollback_are_told_once_and_kept_in_the_history(store: AdapterStore) -> None:
    told: list[str] = []
    store.changed.connect(lambda: told.append("changed"))
    store.promote("queues@v1")
    assert told == ["changed"]
    assert store.earlier("queues") is None
    store.promote("queues@v2")
    assert store.get("queues@production") is store.adapters[0]
    assert store.earlier("queues") == 1
    answers: list[AdapterRow | None] = []
    store.rollback("queues", done=answers.append)
    assert [row and row.address for row in answers] == ["queues@v1"]
    assert [(step.alias, step.version, step.is_undone) for step in store.history("queues")][:2] == [
        ("production", 2, True),
        ("production", 1, False),
    ]


def test_a_rollback_to_nothing_says_why(store: AdapterStore) -> None:
    with pytest.raises(BadInput, match="has named no other version before"):
        store.rollback("queues")


def test_lineage_leads_back_to_plan_data_and_run(store: AdapterStore) -> None:
    steps = {step.kind: step for step in store.lineage("queues@v2")}
    assert list(steps) == ["checkpoint", "dataset", "run", "adapter"]
    assert steps["dataset"].text.startswith("queues, version 0a1b2c3d")
    assert steps["dataset"].detail == "100 rows · 3 set aside"
    assert steps["run"].key == "20260102-100000-queues-bbbb"
    assert "better" in steps["run"].detail
    assert steps["adapter"].detail.startswith("candidate")


def test_nothing_is_told_while_nothing_changes_and_a_new_version_is_found(
    store: AdapterStore, project: ProjectFolder
) -> None:
    told: list[int] = []
    store.changed.connect(lambda: told.append(len(store.adapters)))
    for _ in range(8):
        store.refresh()
    assert told == []
    register_run(project, finished_run(project, "20260103-100000-queues-cccc", seed=3))
    for _ in range(4):
        store.refresh()
    assert told == [3]


def test_without_a_project_there_is_nothing_and_nothing_can_be_promoted(store: AdapterStore) -> None:
    store.open(None)
    assert store.adapters == ()
    with pytest.raises(BadInput, match="No project is open"):
        store.promote("queues@v1")
