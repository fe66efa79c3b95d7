"""Readers of rows: dataset versions and Parquet through Arrow, the other formats through the import's own tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.workbench.data_rows import (
    ColumnSummary,
    Finding,
    Part,
    Query,
    RowDetail,
    RowReader,
    SourceFacts,
    Turn,
    compiled,
    preview,
    words_of,
)
from pipeline.errors import BadInput

if TYPE_CHECKING:
    from pipeline.datasets.problem import Problem
    from pipeline.datasets.readers.table import Table
    from pipeline.datasets.recognise.inspection import Inspection

BARS = 10
DETAIL_CHARACTERS = 200_000  # of one text: what a person can read, and a widget can show


def open_reader(path: Path) -> RowReader:
    """Opens a dataset version's folder or a data file.

    Raises:
        BadInput: it can't be read; says where and why.
    """
    if path.is_dir():
        from app.workbench.version_reader import VersionReader

        return VersionReader(path)
    return FileReader(path)


class FileReader:
    """Rows of a file as its own columns have them."""

    def __init__(self, path: Path) -> None:
        from pipeline.datasets.readers.read import read_table

        self._table: Table = read_table(path)

    @cached_property
    def _inspection(self) -> Inspection:
        from pipeline.datasets.recognise.inspection import inspect

        return inspect([self._table.path])

    @cached_property
    def _roles(self) -> dict[str, str]:
        """Column → role."""
        mapping = self._inspection.mapping
        return {name: role for role, names in mapping.columns.items() for name in names} if mapping else {}

    def columns(self, _part: Part) -> tuple[str, ...]:
        return tuple(self._table.columns)

    def total(self, part: Part) -> int:
        return len(self._table.rows) if part == "all" else len(self._table.bad) if part == "quarantine" else 0

    def matching(self, query: Query) -> Sequence[int]:
        if query.part != "all":
            return range(self.total(query.part))
        matches = matcher(query, self._table.columns)
        return [index for index, row in enumerate(self._table.rows) if matches(row)]

    def cells(self, part: Part, indices: Sequence[int]) -> list[tuple[str, ...]]:
        if part == "quarantine":
            width = len(self._table.columns)
            bad = [self._table.bad[index] for index in indices]
            return [(preview(row.raw), preview(row.message), *("",) * width)[:width] for row in bad]
        return [tuple(map(preview, self._table.rows[index])) for index in indices]

    def detail(self, part: Part, index: int) -> RowDetail:
        if part == "quarantine":
            bad = self._table.bad[index]
            return RowDetail(
                index + 1, (), (("line", bad.raw),), f"{self._table.path.name}:{bad.line}", "", bad.message
            )
        row = self._table.rows[index]
        turns = self._turns(row)
        rest = [
            (name, _whole(value))
            for name, value in zip(self._table.columns, row, strict=True)
            if not turns or name not in self._roles
        ]
        return RowDetail(index + 1, turns, tuple(rest), self._table.place(index))

    def index_of(self, part: Part, place: str) -> int | None:
        name, _, line = place.rpartition(":")
        if name != self._table.path.name or not line.isdigit():
            return None
        lines = self._table.lines if part == "all" else [row.line for row in self._table.bad]
        return lines.index(int(line)) if int(line) in lines else None

    def facts(self, source: str) -> SourceFacts:
        seen = self._inspection
        counts = self._counts()
        return SourceFacts(
            source=source,
            title=self._table.path.name,
            rows=len(self._table.rows),
            parts=(("all", len(self._table.rows)), ("quarantine", len(self._table.bad))),
            columns=tuple(
                ColumnSummary(
                    each.name,
                    each.kind,
                    each.distinct,
                    self._roles.get(each.name, ""),
                    tuple(count for _, count in counts.get(each.name, ())[:BARS]),
                )
                for each in seen.columns
            ),
            findings=findings(seen.problems),
            labels=self._labels(counts),
            set_aside=tuple(Counter(row.code for row in self._table.bad).most_common()),
            reading=_reading(seen),
        )

    def _counts(self) -> dict[str, list[tuple[str, int]]]:
        """Values of the columns that hold categories, frequent ones first."""
        found = {}
        for position, name in enumerate(self._table.columns):
            if any(each.name == name and each.kind == "category" for each in self._inspection.columns):
                found[name] = Counter(preview(row[position]) for row in self._table.rows).most_common()
        return found

    def _labels(self, counts: dict[str, list[tuple[str, int]]]) -> tuple[tuple[str, int], ...]:
        mapping = self._inspection.mapping
        if mapping is None or mapping.task_hint != "classification":
            return ()
        return _merged(counts.get(mapping.columns["completion"][0], ()))

    def _turns(self, row: tuple[Any, ...]) -> tuple[Turn, ...]:
        from pipeline.datasets.canonical import canonical_rows
        from pipeline.datasets.readers.table import Table

        mapping = self._inspection.mapping
        if mapping is None:
            return ()
        table = self._table
        one = Table(table.path, table.format, table.columns, [row], [1])
        try:
            drafts, _aside = canonical_rows(one, mapping.columns)
        except BadInput:
            return ()  # preference pairs and the like: shown as fields
        return as_turns(drafts[0].messages) if drafts else ()


def findings(problems: Sequence[Problem]) -> tuple[Finding, ...]:
    """Problems as plain values: what stands in the way first, then what to look at, then notes."""
    order = {"block": 0, "warning": 1, "note": 2}
    found = [
        Finding(each.code, each.severity, each.count, each.message, each.hint, tuple(each.examples))
        for each in problems
    ]
    return tuple(sorted(found, key=lambda each: order[each.severity]))


def _merged(counts: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Labels whose spellings differ in case and blanks only, as the import merges them."""
    from pipeline.datasets.cell import label_key

    names: dict[str, str] = {}
    found: Counter[str] = Counter()
    for label, count in counts:
        if label.strip():
            found[names.setdefault(label_key(label), label.strip())] += count
    return tuple(found.most_common())


def matcher(query: Query, columns: Sequence[str]) -> Callable[[Sequence[Any]], bool]:
    """Says of a row whether the query leaves it."""
    if query.is_regex:
        pattern = compiled(query.text)
        return lambda row: any(pattern.search(_text(value)) for value in row)
    words = words_of(query.text, columns)
    anywhere = words.anywhere.casefold()
    terms = [(list(columns).index(name), text.casefold()) for name, text in words.in_columns]

    def matches(row: Sequence[Any]) -> bool:
        if any(text not in _text(row[position]).casefold() for position, text in terms):
            return False
        return not anywhere or any(anywhere in _text(value).casefold() for value in row)

    return matches


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _whole(value: Any) -> str:
    import json

    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return "" if value is None else text[:DETAIL_CHARACTERS]


def as_turns(messages: Sequence[dict[str, str]]) -> tuple[Turn, ...]:
    return tuple(Turn(each["role"], each["content"][:DETAIL_CHARACTERS]) for each in messages)


def _reading(seen: Inspection) -> str:
    if seen.mapping is None:
        return ""
    roles = ", ".join(f"{role}: {' + '.join(names)}" for role, names in seen.mapping.columns.items())
    return f"{seen.mapping.task_hint}; {roles}"
