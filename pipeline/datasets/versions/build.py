"""Builds an immutable dataset version from a plan."""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path

from pipeline.datasets.row import Draft, Row
from pipeline.datasets.split.assign import assign_splits
from pipeline.datasets.versions.earlier import check_broken, check_released, earlier_tests
from pipeline.datasets.versions.prepare import Prepared, prepare
from pipeline.datasets.versions.version import (
    MANIFEST,
    SPLITS,
    Counts,
    DatasetManifest,
    DatasetVersion,
    QuarantinedRow,
    Report,
    extras_of,
    load_version,
    write_version,
)
from pipeline.errors import BadInput
from pipeline.files import new_folder
from pipeline.plan.model import Plan, Split
from pipeline.runs.layout import ProjectFolder

_HASHED_LINES = 1_000  # at one time


@contextmanager
def _without_collections() -> Iterator[None]:
    """Rows refer to each other in no circle; looking for one among a million takes a seventh of the whole time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_without_collections()
def build_version(plan: Plan, project: Path, out: Path | None = None) -> DatasetVersion:
    """Reads a plan's sources, checks and splits their rows, and stores them; the same content is stored once.

    Args:
        plan: what to read, in which roles, checked and split how.
        project: folder that the plan's paths are relative to.
        out: where versions are kept; by default the project's `.vibetune/datasets`.

    Returns:
        The version in `out/NAME/ID`.

    Raises:
        BadInput: sources that can't be used; the code and the hint say why.
        Failed: `disk.full`.
    """
    kept_in = (out or ProjectFolder(project).datasets) / plan.name
    prepared = prepare(plan, project)
    earlier = earlier_tests(kept_in, plan.dataset.split)
    splits = assign_splits(prepared.drafts, plan.dataset.split, earlier.pinned(prepared.drafts))
    prepared.problems += check_broken(earlier) + check_released(prepared.drafts, splits, earlier)
    rows: dict[Split, list[Draft]] = {split: [] for split in SPLITS}
    for draft, split in zip(prepared.drafts, splits, strict=True):
        rows[split].append(draft)
    if not rows["train"]:
        raise BadInput(
            "data.no_rows", f"None of {len(splits)} rows is left for training.", "Add rows, or lower the test share."
        )
    quarantined = [
        QuarantinedRow(_row(one.draft), one.reason, one.message, one.draft.own_split) for one in prepared.aside
    ]
    version_id = _identity(plan, prepared, rows, quarantined)
    folder = kept_in / version_id
    if not (folder / MANIFEST).is_file():
        manifest = _manifest(plan, prepared, rows, version_id)
        # Somebody else may finish the same version first: then theirs is as good.
        with suppress(FileExistsError), new_folder(folder) as temporary:
            placed = zip(splits, prepared.drafts, strict=True)
            extras = extras_of(chain(prepared.drafts, (one.row for one in quarantined)))
            write_version(temporary, manifest, placed, quarantined, Report(problems=prepared.problems), extras)
    return load_version(folder)


def _row(draft: Draft) -> Row:
    return Row(draft.id, draft.messages, draft.label, draft.group, draft.source, draft.rejected, draft.desired)


def _identity(
    plan: Plan, prepared: Prepared, rows: dict[Split, list[Draft]], quarantined: Sequence[QuarantinedRow]
) -> str:
    digest = hashlib.sha256()
    spec = {"task": plan.task, "columns": prepared.columns, "dataset": plan.dataset.model_dump(mode="json")}
    digest.update(json.dumps(spec, sort_keys=True).encode())
    lines = _lines(rows, quarantined)
    while some := list(islice(lines, _HASHED_LINES)):
        digest.update(("\n".join(some) + "\n").encode("utf-8", "replace"))
    return digest.hexdigest()[:12]


def _lines(rows: dict[Split, list[Draft]], quarantined: Sequence[QuarantinedRow]) -> Iterator[str]:
    for split in SPLITS:
        for row in rows[split]:
            yield f"{split} {row.id} {row.group} {row.label} {row.source}"
    for one in quarantined:
        yield f"quarantine {one.row.id} {one.reason} {one.row.source}"


def _manifest(plan: Plan, prepared: Prepared, rows: dict[Split, list[Draft]], identity: str) -> DatasetManifest:
    return DatasetManifest(
        name=plan.name,
        id=identity,
        task=plan.task,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        sources=prepared.sources,
        edits=prepared.edits,
        columns={role: list(columns) for role, columns in prepared.columns.items()},
        spec=plan.dataset.model_dump(mode="json"),
        counts=Counts(
            train=len(rows["train"]),
            validation=len(rows["validation"]),
            test=len(rows["test"]),
            quarantined=len(prepared.aside),
        ),
        labels=prepared.labels,
    )
