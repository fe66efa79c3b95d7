"""A dataset version on disk: four Parquet files, a manifest and a report."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate, chain, islice, repeat
from pathlib import Path
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field

from pipeline.datasets.problem import Problem
from pipeline.datasets.row import Draft, Message, Row, Turns, turns_of
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


# What only some kinds of rows have; a file has these columns where one of its version's rows does.
Extra = Literal["weight", "rejected", "desired"]


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
    extras: Collection[Extra] = (),
) -> None:
    """Writes all files of a version into an empty folder; the same rows give the same bytes.

    Args:
        folder: empty.
        manifest: what the rows were made of.
        rows: in the order of the sources, with their splits.
        quarantined: rows that were set aside.
        report: what the import found.
        extras: of all rows, see `extras_of`.
    """
    with ExitStack() as stack:
        files = {split: stack.enter_context(_RowFile(folder / f"{split}.parquet", (), extras)) for split in SPLITS}
        for split, row in rows:
            files[split].append(row)
        aside = stack.enter_context(_RowFile(folder / QUARANTINE, ("reason", "message", "split"), extras))
        for one in quarantined:
            aside.append(one.row, one.reason, one.message, one.split)
    write_json(folder / REPORT, report.model_dump())
    write_json(folder / MANIFEST, manifest.model_dump())


def extras_of(rows: Iterable[Row | Draft]) -> frozenset[Extra]:
    """What some of the rows have beside a conversation."""
    found: set[Extra] = set()
    for row in rows:
        if row.rejected is not None:
            found.add("rejected")
        if row.desired is not None:
            found.add("desired")
        if row.has_weights:
            found.add("weight")
    return frozenset(found)


class _RowFile:
    """A Parquet file of rows that is written in small groups, each of which can be read without the others.

    Args:
        path: of the file.
        more: names of further columns of text.
        extras: that some rows of the version have.
    """

    def __init__(self, path: Path, more: Sequence[str], extras: Collection[Extra]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        text = pa.string()
        turn = [("role", text), ("content", text)]
        weighted = [*turn, ("weight", text)] if "weight" in extras else turn
        self._extras = extras
        self._schema = pa.schema(
            [
                ("id", text),
                ("messages", _list_of(weighted)),
                *((name, text) for name in ("label", "group", "source", *more)),
                *([("rejected", _list_of(turn))] if "rejected" in extras else []),
                *([("desired", pa.bool_())] if "desired" in extras else []),
            ]
        )
        # Statistics of texts help nobody, and would have to be read to open a version.
        self._writer = pq.ParquetWriter(
            path, self._schema, compression="zstd", use_dictionary=_REPEATED, write_statistics=False
        )
        self._begin_group()

    def _begin_group(self) -> None:
        self._turns: list[Turns] = []
        self._weights: list[str | None] = []  # of each message
        self._rejected: list[Turns] = []
        self._desired: list[str | None] = []
        self._texts: list[tuple[str | None, ...]] = []
        self._characters = 0

    def append(self, row: Row | Draft, *more: str | None) -> None:
        """Adds a row."""
        turns = row.turns
        self._turns.append(turns)
        self._texts.append((row.id, row.label, row.group, row.source, *more))
        self._characters += sum(map(len, turns))
        if self._extras:
            self._add_extras(row)
        if len(self._texts) == GROUP_ROWS or self._characters > _GROUP_CHARACTERS:
            self._write()

    def _add_extras(self, row: Row | Draft) -> None:
        rejected = turns_of(row.rejected or ())
        self._rejected.append(rejected)
        self._characters += sum(map(len, rejected))
        self._desired.append(None if row.desired is None else str(row.desired))
        if "weight" in self._extras:
            self._weights += [message.get("weight") for message in row.messages]

    def _write(self) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        weights = self._weights if "weight" in self._extras else None
        messages = _turn_lists(self._turns, self._schema.field("messages").type, weights)
        texts = [_text_array(column) for column in zip(*self._texts, strict=True)]
        columns = [texts[0], messages, *texts[1:]]
        if "rejected" in self._extras:
            columns.append(_turn_lists(self._rejected, self._schema.field("rejected").type))
        if "desired" in self._extras:
            columns.append(pc.equal(_text_array(self._desired), "True"))
        self._writer.write_table(pa.Table.from_arrays(columns, schema=self._schema))
        self._begin_group()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        with self._writer:
            if raised[0] is None and self._texts:
                self._write()


def _list_of(fields: Sequence[tuple[str, Any]]) -> Any:
    import pyarrow as pa

    return pa.list_(pa.field("item", pa.struct(fields)))


def _turn_lists(turns: Sequence[Turns], kind: Any, weights: Sequence[str | None] | None = None) -> Any:
    """An Arrow array of conversations."""
    import pyarrow as pa

    flat = list(chain.from_iterable(turns))
    sides = [flat[::2], flat[1::2], *([] if weights is None else [weights])]
    fields = [kind.value_type.field(at).name for at in range(len(sides))]
    items = pa.StructArray.from_arrays([_text_array(side) for side in sides], names=fields)
    ends = _ends(len(each) // 2 for each in turns)
    return pa.Array.from_buffers(kind, len(turns), [None, ends], children=[items])


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
    conversations = _conversations(batch.column("messages"))
    others = (batch.column(name).to_pylist() for name in ("id", "label", "group", "source"))
    names = batch.schema.names
    rejected = _conversations(batch.column("rejected")) if "rejected" in names else repeat([])
    desired = batch.column("desired").to_pylist() if "desired" in names else repeat(None)
    plain = zip(conversations, *others, strict=True)
    for (messages, row_id, label, group, source), worse, wanted in zip(plain, rejected, desired, strict=False):
        yield Row(row_id, messages, label, group, source, worse or None, wanted)


def _conversations(column: Any) -> Iterator[list[Message]]:
    flat = column.flatten()
    names = [field.name for field in flat.type]
    texts = zip(*(flat.field(name).to_pylist() for name in ("role", "content")), strict=True)
    messages: Iterator[Message] = ({"role": role, "content": content} for role, content in texts)
    if "weight" in names:
        weights = flat.field("weight").to_pylist()
        messages = (
            message if weight is None else {**message, "weight": weight}
            for message, weight in zip(messages, weights, strict=True)
        )
    for length in column.value_lengths().to_pylist():
        yield list(islice(messages, length))
