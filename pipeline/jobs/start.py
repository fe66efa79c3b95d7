"""Starting a run: everything that it needs into a folder of its own, then a detached worker on that folder."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from pipeline.bases.base import Base
from pipeline.datasets.facts import RowFacts
from pipeline.datasets.versions.version import read_dataset_manifest
from pipeline.errors import BadInput
from pipeline.files import new_folder, write_json
from pipeline.jobs.worker import alone_with, start_worker
from pipeline.plan.document import new_document
from pipeline.plan.model import Plan
from pipeline.runs.layout import ProjectFolder, RunFolder, new_run_name
from pipeline.runs.manifest import BaseReference
from pipeline.runs.request import DatasetReference, RunRequest, write_request
from pipeline.training.device import worker_threads
from pipeline.training.hyperparameters import Resolved, resolve

DATASET_FILES = ("train.parquet", "validation.parquet", "test.parquet", "manifest.json")


def start_run(
    project: ProjectFolder,
    plan: Plan,
    *,
    dataset: Path,
    base: Base,
    rows: RowFacts,
    chat_turn: str | None = None,
    threads: int | None = None,
    plan_file: str = "plan.yaml",
    worker_python: str | None = None,
) -> RunFolder:
    """Makes the run's folder and starts its worker, which outlives this process.

    Args:
        project: that the run belongs to.
        plan: `auto` allowed; the run's own copy has numbers.
        dataset: folder of a dataset version.
        base: what the plan's base was found to be.
        rows: facts about the training rows in this base's tokens.
        chat_turn: the conversation's turn that caused the run.
        threads: CPU threads of the worker; by default one for a small base, else as many as there are cores.
        plan_file: that the plan came from, relative to the project.
        worker_python: interpreter of the worker, if not our own.

    Raises:
        BadInput: the plan or the dataset can't be used: see `resolve`, `PlanErrors`, `run.no_dataset`.
        Failed: `disk.full`, `process.no_program`.
    """
    resolved = resolve(plan, rows, base)
    request = RunRequest(
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        plan_file=plan_file,
        plan_name=plan.name,
        task=plan.task,
        dataset=_dataset_reference(dataset),
        base=BaseReference(id=base.id, revision=base.revision, sha256=base.sha256),
        base_folder=_base_folder(project, plan, base),
        chat_turn=chat_turn,
        threads=threads or worker_threads(base),
        worker_python=worker_python,
        total_steps=resolved.steps,
    )
    run = project.run(new_run_name(plan.name))
    with alone_with(run):
        _make_folder(run, request, resolved, dataset)
        start_worker(run, request)
    return run


def _make_folder(run: RunFolder, request: RunRequest, resolved: Resolved, dataset: Path) -> None:
    document = new_document(resolved.plan)
    with new_folder(run.path) as folder:
        building = RunFolder(folder)
        document.save(building.plan)
        write_json(building.reasons, resolved.reasons)
        write_request(building, request)
        _bring_in(dataset, building.dataset)


def _bring_in(dataset: Path, target: Path) -> None:
    """Links the version's files, or copies them where links don't reach: they never change."""
    target.mkdir()
    for source in sorted(path for path in dataset.iterdir() if path.is_file()):
        try:
            os.link(source, target / source.name)
        except OSError:
            shutil.copyfile(source, target / source.name)


def _dataset_reference(dataset: Path) -> DatasetReference:
    missing = [name for name in DATASET_FILES if not (dataset / name).is_file()]
    if missing:
        text = f"{dataset} is no dataset version: {', '.join(missing)} is missing."
        raise BadInput("run.no_dataset", text, "Import the data again.")
    manifest = read_dataset_manifest(dataset)
    return DatasetReference(name=manifest.name, version=manifest.id)


def _base_folder(project: ProjectFolder, plan: Plan, base: Base) -> str | None:
    """Where a base lies that has no name to look it up by; None for `pocket` and hub models."""
    given = Path(plan.model.base).expanduser()
    named = given if given.is_absolute() else project.path / given
    if plan.model.base == "pocket" or not named.is_dir() or named.resolve() != base.folder.resolve():
        return None
    folder, root = base.folder.resolve(), project.path.resolve()
    return str(folder.relative_to(root)) if folder.is_relative_to(root) else str(folder)
