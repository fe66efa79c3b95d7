"""Runs with their real worker: the caller may be killed, the run goes on; pause, resume, cancel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.bases.base import read_base
from pipeline.datasets.facts import row_facts
from pipeline.datasets.versions.build import build_version
from pipeline.errors import BadInput
from pipeline.jobs.adapters import find_adapter
from pipeline.jobs.control import cancel, pause, resume
from pipeline.jobs.follow import wait
from pipeline.jobs.registry import register_run
from pipeline.jobs.start import start_run
from pipeline.jobs.state import state, summary
from pipeline.jobs.worker import find_worker, worker_records
from pipeline.plan.document import load_plan, new_document
from pipeline.plan.model import Plan
from pipeline.processes.detached import module_environment, stop
from pipeline.processes.record import list_records
from pipeline.runs.layout import ProjectFolder, RunFolder
from pipeline.runs.request import read_request
from tests.support.runs import project_in
from tests.support.tiny_model import make_tiny_base

pytestmark = pytest.mark.heavy
DEADLINE_S = 120.0

# The caller of the first test: it starts a run, says so, and waits to be killed.
CALLER = (
    "import sys, time; from pathlib import Path; from tests.process.test_jobs import begin\n"
    "from pipeline.runs.layout import ProjectFolder\n"
    "print(begin(ProjectFolder(Path(sys.argv[1]))).name, flush=True); time.sleep(100)"
)


def begin(project: ProjectFolder) -> RunFolder:
    """Starts a run of the project's plan, as a caller would."""
    plan = load_plan(project.plan).plan
    base = read_base(project.path / plan.model.base)
    version = build_version(plan, project.path)
    return start_run(
        project, plan, dataset=version.folder, base=base, rows=row_facts(version, base), threads=1, chat_turn="turn-7"
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProjectFolder]:
    """Forty rows, a tiny base inside the project, a plan of many short steps, and modules that must not be imported."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    project = project_in(tmp_path)
    make_tiny_base(project.path / "base")
    (project.path / "data").mkdir()
    rows = [json.dumps({"text": f"parcel {n} is late" if n % 2 else f"invoice {n} is wrong", "queue": "ab"[n % 2]})
            for n in range(40)]  # fmt: skip
    (project.path / "data" / "rows.jsonl").write_text("\n".join(rows))
    values = {
        "name": "queues",
        "task": "classification",
        "dataset": {
            "sources": [{"path": "data/rows.jsonl"}],
            "columns": {"prompt": ["text"], "completion": ["queue"]},
            "checks": {"duplicates": "off"},
        },
        "model": {"base": "base"},
        "training": {"num_train_epochs": 15, "save_steps": 10},
    }
    new_document(Plan.model_validate(values)).save(project.plan)
    for name in ("pipeline", "torch"):
        (project.path / f"{name}.py").write_text("raise SystemExit('a module of the user was imported')\n")
    yield project
    for record in list_records(worker_records()):
        stop(worker_records(), record, deadline_s=0)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_under_way(run: RunFolder) -> bool:
    found = summary(run)
    assert found.state in ("preparing", "training"), found
    return found.step > 0


def test_a_run_outlives_its_caller_pauses_and_ends_with_a_registered_adapter(project: ProjectFolder) -> None:
    environment = {**os.environ, **module_environment()}
    command = [sys.executable, "-P", "-c", CALLER, str(project.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=project.path, env=environment) as caller:
        assert caller.stdout is not None
        run = project.run(caller.stdout.readline().strip())
        caller.kill()
    request = read_request(run)
    assert (request.chat_turn, request.threads, request.base_folder) == ("turn-7", 1, "base")
    assert isinstance(load_plan(run.plan).plan.training.learning_rate, float)
    until(lambda: is_under_way(run))
    worker = find_worker(run)
    assert worker is not None
    assert worker.pid is not None
    assert psutil.Process(worker.pid).nice() > psutil.Process().nice()
    assert pause(run) == "paused"
    until(lambda: find_worker(run) is None)
    done = summary(run).step
    resume(run)
    assert state(run) == "preparing"
    with pytest.raises(BadInput, match="running already"):
        resume(run)
    found = wait(run)
    assert (found.state, found.attempts, found.error) == ("finished", 2, None), run.log.read_text()
    assert found.step == found.total == request.total_steps > done > 0
    assert "user was imported" not in run.log.read_text()
    assert register_run(project, run) == register_run(project, run) == "queues@v1"
    assert find_adapter(project, "queues").entry.run == run.name
    until(lambda: find_worker(run) is None)


def test_a_cancelled_run_leaves_no_process_and_a_broken_one_says_why(project: ProjectFolder) -> None:
    run = begin(project)
    until(lambda: is_under_way(run))
    assert cancel(run) == "cancelled"
    until(lambda: find_worker(run) is None)
    assert not run.control.exists()
    with pytest.raises(BadInput) as refusal:
        cancel(run)
    assert refusal.value.code == "run.not_running"
    (project.path / "base" / "model.safetensors").unlink()
    resume(run)
    found = wait(run)
    assert found.state == "failed"
    assert found.error is not None
    assert found.error["code"].startswith("base.")
