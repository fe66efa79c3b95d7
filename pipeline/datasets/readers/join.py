"""Several tables into one: sheets of a workbook, files of a folder, members of an archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.datasets.packed import PackedRows
from pipeline.datasets.problem import Problem, counted
from pipeline.datasets.readers.table import Format, Table

Part = tuple[str, Table]


def join_parts(path: Path, parts: Sequence[Part]) -> Table:
    """One table of the parts that have the same columns; where they differ, of those with the most rows.

    Args:
        path: of the container.
        parts: name within the container and its table; at least one.
    """
    filled = [part for part in parts if part[1].rows or part[1].bad] or list(parts[:1])
    chosen = _largest_group(filled)
    left = [part for part in filled if part not in chosen]
    table = _joined(path, chosen)
    if left:
        table.problems.append(_left_out(path, left))
    return table


def _largest_group(parts: Sequence[Part]) -> list[Part]:
    groups: dict[frozenset[str], list[Part]] = {}
    for part in parts:
        groups.setdefault(frozenset(part[1].columns), []).append(part)
    largest = max(groups, key=lambda columns: sum(len(table.rows) for _, table in groups[columns]))
    return [part for columns, group in groups.items() if _fits(columns, largest) for part in group]


def _fits(columns: frozenset[str], largest: frozenset[str]) -> bool:
    """Records may lack what is optional: parts fit where most of their columns are the same."""
    return columns == largest or 2 * len(columns & largest) > max(len(columns), len(largest))


def _joined(path: Path, parts: Sequence[Part]) -> Table:
    columns = list(dict.fromkeys(name for _, table in parts for name in table.columns))
    first = parts[0][1]
    formats: set[Format] = {table.format for _, table in parts}
    joined = Table(
        path,
        first.format if len(formats) == 1 else "several",
        columns,
        [],
        [],
        first.encoding if len({table.encoding for _, table in parts}) == 1 else "several",
        first.delimiter,
    )
    rows: PackedRows[tuple[Any, ...]] = PackedRows()
    for name, table in parts:
        positions = [table.columns.index(column) if column in table.columns else None for column in columns]
        if table.columns == columns:
            rows.extend(table.rows)
        else:
            rows.extend(tuple(None if at is None else row[at] for at in positions) for row in table.rows)
        _add(joined, name, table)
    joined.rows = rows.done()
    return joined


def _add(joined: Table, name: str, table: Table) -> None:
    joined.lines += table.lines
    joined.parts += [f"{name}#{part}" for part in table.parts] if table.parts else [name] * len(table.rows)
    joined.bad += [replace(bad, part=f"{name}#{bad.part}" if bad.part else name) for bad in table.bad]
    joined.problems += table.problems


def _left_out(path: Path, left: Sequence[Part]) -> Problem:
    rows = sum(len(table.rows) for _, table in left)
    name, table = max(left, key=lambda part: len(part[1].rows))
    return Problem(
        code="data.left_out",
        severity="warning",
        count=len(left),
        message=f"Of {path.name}, {counted(len(left), 'part')} with {counted(rows, 'row')} left out for their columns: "
        f"{', '.join(part for part, _ in left[:5])}.",
        hint=f"To read one alone, name it after a #, e.g. {path.name}#{name}.",
        examples=[f"{name}: {', '.join(table.columns[:8])}"],
    )
