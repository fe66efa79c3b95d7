"""A table: what every reader makes of a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pipeline.datasets.problem import Problem, counted, excerpt

Format = Literal["csv", "tsv", "json", "jsonl", "parquet"]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read; it is set aside with its place."""

    line: int
    code: str
    message: str
    raw: str


@dataclass(slots=True)
class Table:
    """Columns and rows of one file.

    Attributes:
        rows: one value per column; text from CSV, any JSON value from JSON, plain Python values from Parquet.
        lines: 1-based line on which each row begins; row numbers where a format has no lines.
    """

    path: Path
    format: Format
    columns: list[str]
    rows: list[tuple[Any, ...]]
    lines: list[int]
    encoding: str = "utf-8"
    delimiter: str | None = None
    bad: list[BadRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def place(self, index: int) -> str:
        """`file:line` of a row."""
        return f"{self.path.name}:{self.lines[index]}"

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
        examples=[f"{path.name}:{row.line}: {excerpt(row.raw)}" for row in rows[:3]],
    )


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
