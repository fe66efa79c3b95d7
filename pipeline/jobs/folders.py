"""The project's folders as the catalog's entries: what the catalog is filled with, and built from again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.catalog.entries import AdapterEntry, DatasetEntry, RunEntry, VerdictEntry
from pipeline.catalog.store import Entry, open_catalog
from pipeline.jobs.aliases import read_changes
from pipeline.jobs.state import summary
from pipeline.runs.layout import ProjectFolder, RunFolder
from pipeline.runs.manifest import MANIFEST_FILE, read_manifest
from pipeline.runs.request import project_of, read_request

_VERSION = re.compile(r"v([1-9]\d*)")


def rebuild(project: ProjectFolder) -> int:
    """Fills the catalog from the folders, whatever it held before, and returns the number of entries.

    A catalog that can't be opened may be deleted first; the content will be the same.

    Raises:
        Failed: `catalog.damaged`, `catalog.busy`.
    """
    entries = list(_all_entries(project))
    with open_catalog(project.catalog) as catalog:
        catalog.replace_all(entries)
    return len(entries)


def _all_entries(project: ProjectFolder) -> Iterator[Entry]:
    for manifest in sorted(project.datasets.glob(f"*/*/{MANIFEST_FILE}")):
        if not manifest.parent.name.startswith("."):
            yield dataset_entry(project, manifest.parent)
    for name in project.run_names():
        yield from run_entries(project.run(name))
    for name in adapter_names(project):
        for number, folder in adapter_versions(project, name):
            yield adapter_entry(project, number, folder)
        yield from read_changes(project, name)


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
    """One version of an adapter, from its manifest."""
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


def run_entries(run: RunFolder) -> Iterator[RunEntry | VerdictEntry]:
    """A finished run and its verdict; nothing for a run that is not finished."""
    found = summary(run)
    if found.state != "finished":
        return
    request = read_request(run)
    yield RunEntry(
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
    if run.verdict.is_file():
        yield _verdict_entry(run.name, json.loads(run.verdict.read_text(encoding="utf-8")))


def _verdict_entry(run: str, verdict: dict[str, Any]) -> VerdictEntry:
    difference = verdict.get("difference") or {}
    return VerdictEntry(
        run=run,
        outcome=str(verdict.get("outcome", "")),
        metric=str(difference.get("metric", "")),
        against=str(difference.get("against", "")),
        value=float(difference.get("value", 0.0)),
        low=float(difference.get("low", 0.0)),
        high=float(difference.get("high", 0.0)),
        text=str(verdict.get("text", "")),
    )


def dataset_entry(project: ProjectFolder, folder: Path) -> DatasetEntry:
    """One dataset version, from its manifest."""
    manifest = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
    counts = manifest.get("counts", {})
    return DatasetEntry(
        name=manifest["name"],
        version=manifest["id"],
        path=_relative(project, folder),
        task=manifest.get("task", ""),
        created=manifest.get("created", ""),
        train_rows=counts.get("train", 0),
        validation_rows=counts.get("validation", 0),
        test_rows=counts.get("test", 0),
        quarantined_rows=counts.get("quarantined", 0),
    )


def _relative(project: ProjectFolder, path: Path) -> str:
    return path.resolve().relative_to(project.path.resolve()).as_posix()
