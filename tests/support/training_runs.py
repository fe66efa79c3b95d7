"""Run folders that wait for their worker: a tiny base, a dataset version, a plan with numbers; no process starts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from pipeline.bases.base import read_base
from pipeline.datasets.facts import row_facts
from pipeline.datasets.versions.build import build_version
from pipeline.plan.document import new_document
from pipeline.plan.model import Plan
from pipeline.runs.layout import ProjectFolder, RunFolder
from pipeline.runs.manifest import BaseReference
from pipeline.runs.request import DatasetReference, RunRequest, write_request
from pipeline.training.hyperparameters import resolve
from tests.support.tiny_model import make_tiny_base

PROMPT = "Answer with the queue only."


def make_project(folder: Path, rows: list[dict[str, Any]] | None = None) -> ProjectFolder:
    """A project with a tiny base in `base/` and rows in `data/rows.jsonl`."""
    folder.mkdir(parents=True, exist_ok=True)
    make_tiny_base(folder / "base")
    (folder / "data").mkdir(exist_ok=True)
    lines = [json.dumps(row) for row in rows or queue_rows()]
    (folder / "data" / "rows.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return ProjectFolder(folder)


def queue_rows(count: int = 48) -> list[dict[str, Any]]:
    """Messages of different lengths with two queues."""
    texts = ("parcel {n} is late" + " and so on" * 2, "invoice {n} is wrong")
    return [
        {"text": texts[n % 2].format(n=n) + "!" * (n % 7), "queue": ("delivery", "bill")[n % 2]} for n in range(count)
    ]


def make_run(project: ProjectFolder, name: str = "one", **training: Any) -> RunFolder:
    """A run's folder as `start_run` makes it, without a worker.

    Args:
        project: of `make_project`.
        name: of the run.
        training: fields of the plan's `training`; the others are resolved.
    """
    return freeze_run(_plan(training), project, name)


def freeze_run(plan: Plan, project: ProjectFolder, name: str) -> RunFolder:
    """The folder of a run of any plan on the project's `base`."""
    base = read_base(project.path / "base")
    version = build_version(plan, project.path)
    run = project.run(name)
    run.path.mkdir(parents=True)
    resolved = resolve(plan, row_facts(version, base), base)
    new_document(resolved.plan).save(run.plan)
    shutil.copytree(version.folder, run.dataset)
    request = RunRequest(
        created="2026-01-01T00:00:00+00:00",
        plan_name=plan.name,
        task=plan.task,
        dataset=DatasetReference(name=version.name, version=version.id),
        base=BaseReference(id=base.id, sha256=base.sha256),
        base_folder="base",
        threads=1,
        total_steps=resolved.steps,
    )
    write_request(run, request)
    return run


def _plan(training: dict[str, Any]) -> Plan:
    values = {
        "name": "queues",
        "task": "classification",
        "dataset": {
            "sources": [{"path": "data/rows.jsonl"}],
            "columns": {"prompt": ["text"], "completion": ["queue"]},
            "system_prompt": PROMPT,
            "checks": {"duplicates": "off"},
        },
        "model": {"base": "base"},
        "training": {"num_train_epochs": 8, "save_steps": 6, **training},
    }
    return Plan.model_validate(values)
