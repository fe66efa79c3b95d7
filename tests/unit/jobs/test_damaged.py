"""Files below `.vibetune` that were cut off or edited to garbage: a clear error, or skipped with the reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.__main__ import cli
from app.workbench.adapter_store import AdapterStore
from app.workbench.lineage import lineage_of
from app.workbench.recent import RecentProject
from app.workbench.recent_lines import recent_lines
from app.workbench.run_store import RunStore
from app.workbench.running import outcome
from app.workbench.tasks import InlineTasks
from pipeline.catalog.store import open_catalog
from pipeline.errors import VibetuneError
from pipeline.jobs.adapters import damaged_adapters, list_adapters
from pipeline.jobs.folders import rebuild
from pipeline.jobs.registry import register_run
from pipeline.jobs.state import summary
from pipeline.processes.record import read_record
from pipeline.runs.layout import ProjectFolder
from serving.deployments import DeploymentFiles, read_deployment, read_state
from tests.support.runs import DATASET_ID, finished_run, plant_verdict, project_in

GARBAGE = {
    "empty": b"",
    "cut off": b'{"version": 1, "na',
    "a list": b"[1]\n",
    "null": b"null\n",
    "other fields": b'{"version": [], "counts": 3, "difference": [], "changes": [7]}\n',
    "bytes": b"\xff\xfe\x00\x80\n",
    "deep": b"[" * 5_000 + b"\n",
}
FIRST, SECOND = "20260101-100000-queues-aaaa", "20260102-100000-queues-bbbb"

pytestmark = pytest.mark.parametrize("garbage", GARBAGE.values(), ids=list(GARBAGE))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two measured runs with a registered adapter each."""
    made = project_in(tmp_path_factory.mktemp("whole"))
    for seed, name in enumerate((FIRST, SECOND), 1):
        run = finished_run(made, name, seed=seed)
        plant_verdict(run)
        register_run(made, run)
    made.plan.write_text("version: 1\n")
    return made.path


@pytest.fixture
def project(whole: Path, tmp_path: Path) -> ProjectFolder:
    return ProjectFolder(Path(shutil.copytree(whole, tmp_path / "project")))


def code_of(work: Callable[[], object]) -> str:
    with pytest.raises(VibetuneError) as refused:
        work()
    assert refused.value.message and refused.value.hint
    return refused.value.code


def codes_skipped(project: ProjectFolder) -> list[str]:
    project.catalog.unlink()
    return [error.code for error in rebuild(project).skipped]


def look_everywhere(project: ProjectFolder) -> None:
    """Whatever lists runs, adapters and projects goes on."""
    runs, adapters = RunStore(InlineTasks()), AdapterStore(InlineTasks())
    runs.open(project)
    assert {row.name for row in runs.runs} == {FIRST, SECOND}
    adapters.open(project)
    for row in adapters.adapters:
        assert lineage_of(project, row)
    assert recent_lines([RecentProject(project.path, 0.0)])[0].text


def test_a_run_is_listed_as_damaged_beside_the_others(project: ProjectFolder, garbage: bytes) -> None:
    run = project.run(FIRST)
    run.request.write_bytes(garbage)
    found = outcome(project, run)
    assert found.state == "damaged"
    assert found.error is not None
    assert found.error["code"] == "run.damaged"
    assert outcome(project, project.run(SECOND)).state == "finished"
    assert code_of(lambda: register_run(project, run)) == "run.damaged"
    assert codes_skipped(project) == ["run.damaged"]
    with open_catalog(project.catalog) as catalog:
        assert [entry.name for entry in catalog.runs()] == [SECOND]
    look_everywhere(project)


def test_an_event_log_that_is_none(project: ProjectFolder, garbage: bytes) -> None:
    run = project.run(FIRST)
    run.events.write_bytes(garbage.replace(b'"version": []', b'"event": "started"').rstrip(b"\n") + b"\n")
    assert code_of(lambda: summary(run)) == "run.bad_events"
    assert outcome(project, run).state == "damaged"
    assert codes_skipped(project) == ["run.bad_events"]
    look_everywhere(project)


def test_a_verdict_is_told_and_measured_anew(project: ProjectFolder, garbage: bytes) -> None:
    run = project.run(FIRST)
    run.verdict.write_bytes(garbage)
    found = outcome(project, run)
    assert (found.state, found.verdict) == ("finished", None)
    assert found.error is not None
    assert found.error["code"] == "evaluation.bad_verdict"
    assert codes_skipped(project) == ["evaluation.bad_verdict"]
    with open_catalog(project.catalog) as catalog:
        assert {entry.name for entry in catalog.runs()} == {FIRST, SECOND}
    assert register_run(project, run) == "queues@v1", "measuring begins with it"
    look_everywhere(project)


def test_an_adapter_is_left_out_with_the_reason(project: ProjectFolder, garbage: bytes) -> None:
    (project.adapters / "queues" / "v1" / "manifest.json").write_bytes(garbage)
    assert codes_skipped(project) == ["adapter.bad_manifest"]
    assert [adapter.address for adapter in list_adapters(project)] == ["queues@v2"]
    assert [error.code for error in damaged_adapters(project)] == ["adapter.bad_manifest"]
    told = CliRunner().invoke(cli, ["adapters", "--project", str(project.path), "--json"])
    assert [error["code"] for error in json.loads(told.stdout)["damaged"]] == ["adapter.bad_manifest"]
    third = finished_run(project, "20260103-100000-queues-cccc", seed=3)
    assert register_run(project, third) == "queues@v3"


def test_a_catalog_that_misses_only_damaged_adapters_is_not_built_again(project: ProjectFolder, garbage: bytes) -> None:
    (project.adapters / "queues" / "v1" / "manifest.json").write_bytes(garbage)
    codes_skipped(project)
    before = project.catalog.stat().st_mtime_ns
    assert len(list_adapters(project)) == 1
    assert project.catalog.stat().st_mtime_ns == before


def test_the_adapter_of_a_run(project: ProjectFolder, garbage: bytes) -> None:
    run = project.run(FIRST)
    (run.adapter / "manifest.json").write_bytes(garbage)
    assert code_of(lambda: register_run(project, run)) == "adapter.bad_manifest"
    look_everywhere(project)


def test_a_probe(project: ProjectFolder, garbage: bytes) -> None:
    (project.adapters / "queues" / "v1" / "probe.json").write_bytes(garbage)
    look_everywhere(project)
    store = AdapterStore(InlineTasks())
    store.open(project)
    assert len(store.adapters) == 2


def test_aliases(project: ProjectFolder, garbage: bytes) -> None:
    (project.adapters / "queues" / "aliases.json").write_bytes(garbage)
    assert codes_skipped(project) == ["adapter.bad_aliases"]
    assert len(list_adapters(project)) == 2


def test_a_dataset_version(project: ProjectFolder, garbage: bytes) -> None:
    manifest = project.datasets / "queues" / DATASET_ID / "manifest.json"
    manifest.write_bytes(garbage)
    assert register_run(project, project.run(FIRST)) == "queues@v1"
    (project.run(FIRST).dataset / "manifest.json").write_bytes(garbage)
    assert codes_skipped(project) == ["data.broken_version"]
    look_everywhere(project)


def test_records_of_processes_and_deployments(project: ProjectFolder, garbage: bytes) -> None:
    files = DeploymentFiles(project.state, "local")
    for path in (files.state, files.intent, files.records / "engine-local.json"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(garbage)
    assert read_state(files).state == "Stopped"
    assert read_record(files.records, "engine-local") is None
    assert code_of(lambda: read_deployment(project.state, "local")) == "deployment.broken"
