"""The project's folders as the catalog's entries: what the catalog is filled with, and built from again."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.catalog.entries import AdapterEntry, DatasetEntry, RunEntry, VerdictEntry
from pipeline.catalog.store import Entry, open_catalog
from pipeline.datasets.versions.version import read_dataset_manifest
from pipeline.errors import BadInput, VibetuneError
from pipeline.files import read_json
from pipeline.jobs.aliases import read_changes
from pipeline.jobs.state import summary
from pipeline.runs.layout import ProjectFolder, RunFolder
from pipeline.runs.manifest import MANIFEST_FILE, read_manifest
from pipeline.runs.request import project_of, read_request

_VERSION = re.compile(r"v([1-9]\d*)")


@dataclass(frozen=True)
class Rebuilt:
    """A catalog that was filled from the folders.

    Attributes:
        entries: number of them.
        skipped: why folders are not among them whose files can't be read.
    """

    entries: int
    skipped: tuple[VibetuneError, ...]


def rebuild(project: ProjectFolder) -> Rebuilt:
    """Fills the catalog from the folders, whatever it held before; one that can't be read doesn't hide the others.

    A catalog that can't be opened may be deleted first; the content will be the same.

    Raises:
        Failed: `catalog.damaged`, `catalog.busy`.
    """
    skipped: list[VibetuneError] = []
    entries = list(_all_entries(project, skipped))
    with open_catalog(project.catalog) as catalog:
        catalog.replace_all(entries)
    return Rebuilt(len(entries), tuple(skipped))


def _all_entries(project: ProjectFolder, skipped: list[VibetuneError]) -> Iterator[Entry]:
    for manifest in sorted(project.datasets.glob(f"*/*/{MANIFEST_FILE}")):
        if not manifest.parent.name.startswith("."):
            with _skipping(skipped):
                yield dataset_entry(project, manifest.parent)
    for name in project.run_names():
        run = project.run(name)
        with _skipping(skipped):
            if entry := run_entry(run):
                yield entry
                yield from filter(None, [verdict_entry(run)])
    for name in adapter_names(project):
        for number, folder in adapter_versions(project, name):
            with _skipping(skipped):
                yield adapter_entry(project, number, folder)
        with _skipping(skipped):
            yield from read_changes(project, name)


@contextlib.contextmanager
def _skipping(skipped: list[VibetuneError]) -> Iterator[None]:
    try:
        yield
    except VibetuneError as error:
        skipped.append(error)


def adapter_names(project: ProjectFolder) -> list[str]:
    """Names of all adapters that have a version."""
    if not project.adapters.is_dir():
        return []
    names = sorted(path.name for path in project.adapters.iterdir() if path.is_dir())
    return [name for name in names if adapter_versions(project, name)]


def adapter_versions(project: ProjectFolder, name: str) -> list[tuple[int, Path]]:
    """Numbers and folders of an adapter's versions, oldest first."""
    folder = project.adapters / name
    if not folder.is_dir():
        return []
    found = [(match, path) for path in folder.iterdir() if (match := _VERSION.fullmatch(path.name))]
    return sorted((int(match[1]), path) for match, path in found if (path / MANIFEST_FILE).is_file())


def adapter_entry(project: ProjectFolder, number: int, folder: Path) -> AdapterEntry:
    """One version of an adapter, from its manifest.

    Raises:
        BadInput: `adapter.no_manifest`, `adapter.bad_manifest`.
    """
    manifest = read_manifest(folder)
    return AdapterEntry(
        name=folder.parent.name,
        version=number,
        path=_relative(project, folder),
        sha256=manifest.adapter_sha256,
        base_id=manifest.base.id,
        base_revision=manifest.base.revision,
        base_sha256=manifest.base.sha256,
        task=manifest.task,
        r=manifest.r,
        run=manifest.run,
        created=manifest.created,
    )


def run_entry(run: RunFolder) -> RunEntry | None:
    """A finished run; None for one that is not finished.

    Raises:
        BadInput: `run.damaged`, `run.bad_events`.
    """
    found = summary(run)
    if found.state != "finished":
        return None
    request = read_request(run)
    return RunEntry(
        name=run.name,
        path=run.path.resolve().relative_to(project_of(run)).as_posix(),
        plan_file=request.plan_file,
        task=request.task,
        created=request.created,
        dataset=request.dataset.name,
        dataset_version=request.dataset.version,
        base_id=request.base.id,
        base_sha256=request.base.sha256,
        train_s=found.seconds.get("training", 0.0),
        adapter_sha256=found.adapter_sha256,
    )


def verdict_entry(run: RunFolder) -> VerdictEntry | None:
    """What the evaluation of a run says; None for one that was not measured.

    Raises:
        BadInput: `evaluation.bad_verdict`.
    """
    if not run.verdict.is_file():
        return None
    try:
        return _verdict_entry(run.name, read_json(run.verdict))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        text = f"{run.verdict} can't be read: {error}"
        hint = f"Measure the run again: vibetune evaluate {run.name}"
        raise BadInput("evaluation.bad_verdict", text, hint) from error


def _verdict_entry(run: str, verdict: dict[str, Any]) -> VerdictEntry:
    difference = verdict.get("difference") or {}
    return VerdictEntry(
        run=run,
        outcome=str(verdict["outcome"]),
        metric=str(difference.get("metric", "")),
        against=str(difference.get("against", "")),
        value=float(difference.get("value", 0.0)),
        low=float(difference.get("low", 0.0)),
        high=float(difference.get("high", 0.0)),
        text=str(verdict.get("text", "")),
    )


def dataset_entry(project: ProjectFolder, folder: Path) -> DatasetEntry:
    """One dataset version, from its manifest.

    Raises:
        BadInput: `data.no_version`, `data.broken_version`.
    """
    manifest = read_dataset_manifest(folder)
    if (folder.parent.name, folder.name) != (manifest.name, manifest.id):
        text = f"{folder} holds another version: the manifest says {manifest.name}, {manifest.id}."
        raise BadInput("data.broken_version", text, "Give the folder that name, or move it away.")
    counts = manifest.counts
    return DatasetEntry(
        name=manifest.name,
        version=manifest.id,
        path=_relative(project, folder),
        task=manifest.task,
        created=manifest.created,
        train_rows=counts.train,
        validation_rows=counts.validation,
        test_rows=counts.test,
        quarantined_rows=counts.quarantined,
    )


def _relative(project: ProjectFolder, path: Path) -> str:
    return path.resolve().relative_to(project.path.resolve()).as_posix()
