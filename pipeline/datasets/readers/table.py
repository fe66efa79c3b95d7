"""A table: what every reader makes of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pipeline.datasets.packed import PackedRows
from pipeline.datasets.problem import EXAMPLES, Problem, counted, excerpt
from pipeline.datasets.readers.split_name import split_of_name
from pipeline.plan.model import Split

Format = Literal[
    "csv",
    "tsv",
    "json",
    "jsonl",
    "parquet",
    "arrow",
    "excel",
    "text",
    "markdown",
    "pdf",
    "docx",
    "html",
    "chat",
    "several",
]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read; it is set aside with its place."""

    line: int
    code: str
    message: str
    raw: str
    part: str = ""


@dataclass(slots=True)
class Table:
    """Columns and rows of one file.

    Attributes:
        rows: one value per column; text from CSV, any JSON value from JSON, plain Python values from Parquet. Many
            rows are packed: they are read in their order, or at a few positions.
        lines: 1-based line on which each row begins; row numbers where a format has no lines.
        parts: name of the file, sheet or member that each row comes from; empty where there is one part only.
        splits: of each part; filled when it is first asked for.
    """

    path: Path
    format: Format
    columns: list[str]
    rows: list[tuple[Any, ...]] | PackedRows[tuple[Any, ...]]
    lines: list[int]
    encoding: str = "utf-8"
    delimiter: str | None = None
    bad: list[BadRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    splits: dict[str, Split | None] = field(default_factory=dict)

    def place(self, index: int) -> str:
        """`file:line` of a row."""
        part = f"#{self.parts[index]}" if self.parts else ""
        return f"{self.path.name}{part}:{self.lines[index]}"

    def index_of(self, place: str) -> int | None:
        """The row that `place` names; None where it names none of this table's."""
        line = place.rpartition(":")[2]
        numbered = (at for at, number in enumerate(self.lines) if str(number) == line)
        return next((at for at in numbered if self.place(at) == place), None)

    def split_of(self, index: int) -> Split | None:
        """The split that the name of a row's part speaks of, where the parts' names tell several splits apart."""
        if not self.parts:
            return None
        if not self.splits:
            self.splits = _splits(self.parts)
        return self.splits[self.parts[index]]

    def subset(self, indices: Sequence[int]) -> Table:
        """The same table with some of its rows, and all that could not be read."""
        return replace(
            self,
            rows=[self.rows[index] for index in indices],
            lines=[self.lines[index] for index in indices],
            parts=[self.parts[index] for index in indices] if self.parts else [],
        )

    def all_problems(self) -> list[Problem]:
        """The reader's findings, with one more per kind of bad row."""
        kinds: dict[str, list[BadRow]] = {}
        for row in self.bad:
            kinds.setdefault(row.code, []).append(row)
        return self.problems + [_bad_rows(self.path, code, rows) for code, rows in kinds.items()]


def _bad_rows(path: Path, code: str, rows: list[BadRow]) -> Problem:
    first = rows[0]
    return Problem(
        code=code,
        severity="warning",
        count=len(rows),
        message=f"{counted(len(rows), 'row')} of {path.name} can't be read; the first is line {first.line}: "
        f"{first.message}",
        hint="Set aside. Correct such lines to use them.",
        examples=[f"{bad_place(path, row)}: {excerpt(row.raw)}" for row in rows[:EXAMPLES]],
    )


def _splits(parts: list[str]) -> dict[str, Split | None]:
    """Of each part, by its own name or its folder's; of no part where only one split is named."""
    splits = {part: _split_of_part(part) for part in dict.fromkeys(parts)}
    return splits if len(set(splits.values()) - {None}) > 1 else dict.fromkeys(splits)


def _split_of_part(part: str) -> Split | None:
    name = PurePosixPath(part.partition("#")[0])
    found = (split_of_name(PurePosixPath(level)) for level in (name.name, *reversed(name.parts[:-1])))
    return next((split for split in found if split), None)


def bad_place(path: Path, row: BadRow) -> str:
    """`file:line` of a row that could not be read."""
    return f"{path.name}{'#' * bool(row.part)}{row.part}:{row.line}"


def unique_names(names: list[str]) -> list[str]:
    """Column names without blanks and repetitions: empty ones become `column_3`, a second `text` becomes `text_2`."""
    result: list[str] = []
    for position, raw in enumerate(names, start=1):
        name = " ".join(raw.split()) or f"column_{position}"
        candidate, number = name, 2
        while candidate in result:
            candidate, number = f"{name}_{number}", number + 1
        result.append(candidate)
    return result
