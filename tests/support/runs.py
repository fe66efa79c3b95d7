"""Projects with runs in every state, planted as a worker would leave them; and finished ones with a real adapter."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from pipeline.bases.base import read_base
from pipeline.files import sha256, write_json
from pipeline.runs.events import Event, EventLog, Finished, Progress, Started
from pipeline.runs.layout import ProjectFolder, RunFolder
from pipeline.runs.manifest import AdapterManifest, BaseReference, write_manifest
from pipeline.runs.request import DatasetReference, RunRequest, write_request
from tests.support.tiny_model import make_tiny_adapter, make_tiny_base

DATASET_ID = "0a1b2c3d4e5f"


def planted_run(
    project: ProjectFolder, name: str, events: Iterable[Event] = (), *, base_sha256: str = "b"
) -> RunFolder:
    """A run folder with its request and these events, and no worker."""
    run = project.run(name)
    run.path.mkdir(parents=True)
    write_request(
        run,
        RunRequest(
            created="2026-01-01T00:00:00+00:00",
            plan_name="queues",
            task="classification",
            dataset=DatasetReference(name="queues", version=DATASET_ID),
            base=BaseReference(id="tiny", sha256=base_sha256),
        ),
    )
    with EventLog(run.events) as log:
        for event in events:
            log.write(event)
    return run


def finished_run(project: ProjectFolder, name: str, *, adapter: str = "queues", seed: int = 1) -> RunFolder:
    """A run that ended well, with an adapter for a tiny base, its manifest, and its dataset version in the project."""
    base_folder = project.path / "base"
    base = read_base(base_folder if base_folder.is_dir() else make_tiny_base(base_folder))
    run = planted_run(project, name, base_sha256=base.sha256)
    make_tiny_adapter(base_folder, run.adapter, seed=seed)
    digest = sha256(run.adapter / "adapter_model.safetensors")
    write_manifest(
        run.adapter,
        AdapterManifest(
            name=adapter,
            base=BaseReference(id=base.id, sha256=base.sha256),
            task="classification",
            run=name,
            dataset_version=DATASET_ID,
            created="2026-01-01T00:01:00+00:00",
            r=8,
            lora_alpha=16,
            adapter_sha256=digest,
        ),
    )
    _plant_dataset(project, run)
    with EventLog(run.events) as log:
        log.write(Started(pid=1))
        log.write(Progress(stage="training", done=4, total=4))
        log.write(Finished(step=4, seconds={"training": 2.5}, adapter_sha256=digest))
    return run


def plant_verdict(run: RunFolder, *, value: float = 0.3, text: str = "It is better.") -> None:
    """A short verdict, as the evaluation writes it."""
    difference = {"metric": "accuracy", "against": "base+prompt", "value": value, "low": 0.1, "high": 0.5}
    write_json(run.verdict, {"version": 1, "outcome": "better", "difference": difference, "text": text})


def _plant_dataset(project: ProjectFolder, run: RunFolder) -> None:
    manifest = {
        "version": 1,
        "name": "queues",
        "id": DATASET_ID,
        "task": "classification",
        "created": "2026-01-01T00:00:00+00:00",
        "sources": [],
        "columns": {"prompt": ["text"], "completion": ["queue"]},
        "spec": {},
        "counts": {"train": 80, "validation": 10, "test": 10, "quarantined": 3},
    }
    for folder in (run.dataset, project.datasets / "queues" / DATASET_ID):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "manifest.json").write_text(json.dumps(manifest))


def project_in(folder: Path) -> ProjectFolder:
    """An empty project."""
    project = ProjectFolder(folder / "project")
    project.state.mkdir(parents=True)
    return project
