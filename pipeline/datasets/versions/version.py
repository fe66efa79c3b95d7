"""A dataset version on disk: four Parquet files, a manifest and a report."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field

from pipeline.datasets.problem import Problem
from pipeline.datasets.row import Draft, Row, Turns
from pipeline.errors import BadInput
from pipeline.files import read_json, write_json
from pipeline.plan.model import Split

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
MANIFEST, REPORT, QUARANTINE = "manifest.json", "report.json", "quarantine.parquet"
GROUP_ROWS = 1_000  # source: measured, a page of 100 rows out of a million takes 1.2 ms, and opening them 3 ms
_GROUP_CHARACTERS = 32 << 20  # of long rows fewer are in a group
_REPEATED = ["label", "reason", "split", "messages.list.element.role"]  # columns with few different values


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
        for batch in _batches(self.folder / f"{split}.parquet"):
            yield from _rows(batch)

    def quarantined(self) -> Iterator[QuarantinedRow]:
        """Yields the rows that were set aside."""
        for batch in _batches(self.folder / QUARANTINE):
            reasons = (batch.column(name).to_pylist() for name in ("reason", "message", "split"))
            for row, reason, message, split in zip(_rows(batch), *reasons, strict=True):
                yield QuarantinedRow(row, reason, message, split)

    def report(self) -> Report:
        """What the import found.

        Raises:
            BadInput: `data.broken_version`.
        """
        try:
            return Report.model_validate(read_json(self.folder / REPORT))
        except (OSError, ValueError) as error:
            raise _broken(self.folder, f"{self.folder / REPORT} can't be read: {error}") from error


def load_version(folder: Path) -> DatasetVersion:
    """Opens a version, also one that was copied into a run's folder.

    Raises:
        BadInput: `data.no_version`, `data.broken_version`.
    """
    manifest = read_dataset_manifest(folder)
    missing = [f"{name}.parquet" for name in (*SPLITS, "quarantine") if not (folder / f"{name}.parquet").is_file()]
    if missing:
        raise _broken(folder, f"{folder} lacks {', '.join(missing)}.")
    return DatasetVersion(folder, manifest)


def read_dataset_manifest(folder: Path) -> DatasetManifest:
    """Reads what a version is made of, and nothing else of it.

    Raises:
        BadInput: `data.no_version`, `data.broken_version`.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise BadInput("data.no_version", f"{folder} is no dataset version: it has no {MANIFEST}.", "Build it again.")
    try:
        return DatasetManifest.model_validate(read_json(path))
    except ValueError as error:
        raise _broken(folder, f"{path} can't be read: {error}") from error


def _broken(folder: Path, text: str) -> BadInput:
    # A version that lies there is not written again, so that the folder has to go first.
    return BadInput("data.broken_version", text, f"Move {folder} away; the next run builds it again from the data.")


def whole_versions(kept_in: Path) -> tuple[list[DatasetVersion], list[BadInput]]:
    """All versions of one dataset that can be read, oldest first, and why the others can't be.

    Args:
        kept_in: `datasets/NAME`.
    """
    found: list[DatasetVersion] = []
    broken: list[BadInput] = []
    for path in sorted(kept_in.glob(f"[!.]*/{MANIFEST}")):
        try:
            found.append(load_version(path.parent))
        except BadInput as error:
            broken.append(error)
    return sorted(found, key=lambda version: (version.manifest.created, version.id)), broken


def write_version(
    folder: Path,
    manifest: DatasetManifest,
    rows: Iterable[tuple[Split, Row | Draft]],
    quarantined: Sequence[QuarantinedRow],
    report: Report,
) -> None:
    """Writes all files of a version into an empty folder; the same rows give the same bytes.

    Args:
        folder: empty.
        manifest: what the rows were made of.
        rows: in the order of the sources, with their splits.
        quarantined: rows that were set aside.
        report: what the import found.
    """
    with ExitStack() as stack:
        files = {split: stack.enter_context(_RowFile(folder / f"{split}.parquet")) for split in SPLITS}
        for split, row in rows:
            files[split].append(row)
        aside = stack.enter_context(_RowFile(folder / QUARANTINE, ("reason", "message", "split")))
        for one in quarantined:
            aside.append(one.row, one.reason, one.message, one.split)
    write_json(folder / REPORT, report.model_dump())
    write_json(folder / MANIFEST, manifest.model_dump())


class _RowFile:
    """A Parquet file of rows that is written in small groups, each of which can be read without the others.

    Args:
        path: of the file.
        more: names of further columns of text.
    """

    def __init__(self, path: Path, more: Sequence[str] = ()) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        turn = pa.struct([("role", pa.string()), ("content", pa.string())])
        names = ("id", "messages", "label", "group", "source", *more)
        self._schema = pa.schema(
            [pa.field(name, pa.list_(pa.field("item", turn)) if name == "messages" else pa.string()) for name in names]
        )
        # Statistics of texts help nobody, and would have to be read to open a version.
        self._writer = pq.ParquetWriter(
            path, self._schema, compression="zstd", use_dictionary=_REPEATED, write_statistics=False
        )
        self._begin_group()

    def _begin_group(self) -> None:
        self._turns: list[Turns] = []
        self._texts: list[tuple[str | None, ...]] = []
        self._characters = 0

    def append(self, row: Row | Draft, *more: str | None) -> None:
        """Adds a row."""
        turns = row.turns
        self._turns.append(turns)
        self._texts.append((row.id, row.label, row.group, row.source, *more))
        self._characters += sum(map(len, turns))
        if len(self._texts) == GROUP_ROWS or self._characters > _GROUP_CHARACTERS:
            self._write()

    def _write(self) -> None:
        import pyarrow as pa

        flat = list(chain.from_iterable(self._turns))
        sides = pa.StructArray.from_arrays([_text_array(flat[at::2]) for at in (0, 1)], names=["role", "content"])
        ends = _ends(len(turns) // 2 for turns in self._turns)
        kind = self._schema.field("messages").type
        messages = pa.Array.from_buffers(kind, len(self._turns), [None, ends], children=[sides])
        texts = [_text_array(column) for column in zip(*self._texts, strict=True)]
        self._writer.write_table(pa.Table.from_arrays([texts[0], messages, *texts[1:]], schema=self._schema))
        self._begin_group()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        with self._writer:
            if raised[0] is None and self._texts:
                self._write()


def _text_array(values: Sequence[str | None]) -> Any:
    """An Arrow array of texts, from their bytes: to make it from the values themselves loads pandas."""
    import pyarrow as pa

    texts = [value for value in values if value is not None] if None in values else cast("Sequence[str]", values)
    if len(texts) < len(values):
        return pa.array(values, pa.string()) if texts else pa.nulls(len(values), pa.string())
    whole = "".join(texts)
    sizes = map(len, texts) if whole.isascii() else (len(text.encode()) for text in texts)
    return pa.StringArray.from_buffers(len(texts), _ends(sizes), pa.py_buffer(whole.encode()))


def _ends(sizes: Iterable[int]) -> Any:
    """Where items of these sizes end that lie one behind the other, as Arrow keeps it."""
    import pyarrow as pa

    return pa.py_buffer(array("i", accumulate(sizes, initial=0)))


def _batches(path: Path) -> Iterator[Any]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        yield from file.iter_batches(GROUP_ROWS)


def _rows(batch: Any) -> Iterator[Row]:
    """Rows of an Arrow batch, several times faster than by its own Python values."""
    turns = batch.column("messages")
    flat = turns.flatten()
    texts = zip(flat.field("role").to_pylist(), flat.field("content").to_pylist(), strict=True)
    messages = ({"role": role, "content": content} for role, content in texts)
    others = (batch.column(name).to_pylist() for name in ("id", "label", "group", "source"))
    for length, row_id, label, group, source in zip(turns.value_lengths().to_pylist(), *others, strict=True):
        yield Row(row_id, list(islice(messages, length)), label, group, source)
