"""A dataset version on disk: four Parquet files, a manifest and a report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.datasets.problem import Problem
from pipeline.datasets.row import Row
from pipeline.errors import BadInput
from pipeline.files import write_json
from pipeline.plan.model import Split

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
MANIFEST, REPORT, QUARANTINE = "manifest.json", "report.json", "quarantine.parquet"


class SourceFacts(BaseModel):
    """One file that rows came from."""

    path: str = Field(description="relative to the project folder")
    sha256: str
    bytes: int
    rows: int
    encoding: str
    format: str
    split: Split | None = None


class EditsFacts(BaseModel):
    """The file with the plan's edits, as it was."""

    path: str = Field(description="relative to the project folder")
    sha256: str
    bytes: int
    rows: int = Field(description="rows that it changed")


class Counts(BaseModel):
    """Rows of each part."""

    train: int = 0
    validation: int = 0
    test: int = 0
    quarantined: int = 0


class DatasetManifest(BaseModel):
    """What a version is made of."""

    model_config = ConfigDict(extra="ignore")

    version: Literal[1] = 1
    name: str
    id: str = Field(description="12 hex digits of the content: rows, splits and spec")
    task: str
    created: str = Field(description="UTC, ISO 8601")
    sources: list[SourceFacts]
    edits: EditsFacts | None = None
    columns: dict[str, list[str]] = Field(description="role: columns that filled it")
    spec: dict[str, Any] = Field(description="plan.dataset")
    counts: Counts
    labels: list[str] | None = None


class Report(BaseModel):
    """What the import found."""

    version: Literal[1] = 1
    problems: list[Problem] = Field(default_factory=list)


@dataclass(frozen=True)
class QuarantinedRow:
    """A row that was set aside, and why."""

    row: Row
    reason: str
    message: str
    split: str | None


@dataclass(frozen=True)
class DatasetVersion:
    """An immutable set of rows."""

    folder: Path
    manifest: DatasetManifest

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def task(self) -> str:
        return self.manifest.task

    @property
    def labels(self) -> list[str] | None:
        return self.manifest.labels

    @property
    def counts(self) -> Counts:
        return self.manifest.counts

    @property
    def trains_every_answer(self) -> bool:
        """Whether all assistant messages are trained (conversations), or the last one only (prompt and completion)."""
        return "messages" in self.manifest.columns

    def rows(self, split: Split) -> Iterator[Row]:
        """Yields the rows of one split, in the order of the sources."""
        for value in _values(self.folder / f"{split}.parquet"):
            yield _row(value)

    def quarantined(self) -> Iterator[QuarantinedRow]:
        """Yields the rows that were set aside."""
        for value in _values(self.folder / QUARANTINE):
            yield QuarantinedRow(_row(value), value["reason"], value["message"], value["split"])

    def report(self) -> Report:
        """What the import found."""
        return Report.model_validate(json.loads((self.folder / REPORT).read_text("utf-8")))


def load_version(folder: Path) -> DatasetVersion:
    """Opens a version, also one that was copied into a run's folder.

    Raises:
        BadInput: `data.no_version`, `data.broken_version`.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise BadInput("data.no_version", f"{folder} is no dataset version: it has no {MANIFEST}.", "Build it again.")
    try:
        manifest = DatasetManifest.model_validate(json.loads(path.read_text("utf-8")))
    except ValueError as error:
        raise BadInput("data.broken_version", f"{path} can't be read: {error}", "Build the version again.") from error
    missing = [f"{name}.parquet" for name in (*SPLITS, "quarantine") if not (folder / f"{name}.parquet").is_file()]
    if missing:
        raise BadInput("data.broken_version", f"{folder} lacks {', '.join(missing)}.", "Build the version again.")
    return DatasetVersion(folder, manifest)


def write_version(
    folder: Path,
    manifest: DatasetManifest,
    rows: Mapping[Split, Sequence[Row]],
    quarantined: Sequence[QuarantinedRow],
    report: Report,
) -> None:
    """Writes all files of a version into an empty folder; the same rows give the same bytes."""
    for split in SPLITS:
        _write(folder / f"{split}.parquet", _columns(rows[split]))
    _write(folder / QUARANTINE, _columns([one.row for one in quarantined]) | _reasons(quarantined))
    write_json(folder / REPORT, report.model_dump())
    write_json(folder / MANIFEST, manifest.model_dump())


def _columns(rows: Sequence[Row]) -> dict[str, Any]:
    import pyarrow as pa

    messages = [message for row in rows for message in row.messages]
    ends = [0]
    for row in rows:
        ends.append(ends[-1] + len(row.messages))
    turns = pa.StructArray.from_arrays(
        [pa.array([message[key] for message in messages], pa.string()) for key in ("role", "content")],
        names=["role", "content"],
    )
    return {
        "id": pa.array([row.id for row in rows], pa.string()),
        "messages": pa.ListArray.from_arrays(pa.array(ends, pa.int32()), turns),
        "label": pa.array([row.label for row in rows], pa.string()),
        "group": pa.array([row.group for row in rows], pa.string()),
        "source": pa.array([row.source for row in rows], pa.string()),
    }


def _reasons(quarantined: Sequence[QuarantinedRow]) -> dict[str, Any]:
    import pyarrow as pa

    return {
        "reason": pa.array([one.reason for one in quarantined], pa.string()),
        "message": pa.array([one.message for one in quarantined], pa.string()),
        "split": pa.array([one.split for one in quarantined], pa.string()),
    }


def _write(path: Path, columns: dict[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path, compression="zstd")


def _values(path: Path) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            yield from batch.to_pylist()


def _row(value: dict[str, Any]) -> Row:
    return Row(value["id"], value["messages"], value["label"], value["group"], value["source"])
