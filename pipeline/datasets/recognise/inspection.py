"""`vibetune data inspect`: what a file is, which columns play which role, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from pipeline.datasets import column_names as names
from pipeline.datasets.canonical import canonical_rows
from pipeline.datasets.checks.duplicates import set_exact_aside
from pipeline.datasets.checks.labels import settle_contradictions, unify_labels
from pipeline.datasets.checks.personal import check_personal_data
from pipeline.datasets.checks.texts import check_mojibake, check_rare_labels, unusable_rows
from pipeline.datasets.problem import Problem
from pipeline.datasets.readers.read import read_table
from pipeline.datasets.readers.split_name import split_of_name
from pipeline.datasets.readers.table import Table
from pipeline.datasets.recognise.columns import ColumnFacts, column_facts, sampled_indices
from pipeline.datasets.recognise.mapping import candidate_mappings
from pipeline.datasets.recognise.reading import Mapping
from pipeline.datasets.row import Draft, SetAside
from pipeline.datasets.trl import as_trl
from pipeline.errors import BadInput
from pipeline.plan.model import Split, Task

_UNSURE = 0.6
_EXAMPLES = 2


class InspectedSource(BaseModel):
    """One of the inspected files."""

    path: str
    format: str
    encoding: str
    delimiter: str | None
    rows: int
    split: Split | None = Field(description="what the file's name says, where several files are given")


class Inspection(BaseModel):
    """Facts about files that belong together, and how their columns are read.

    Columns, mapping and problems are those of at most 20,000 rows of each file; `rows` counts all.
    """

    sources: list[InspectedSource]
    rows: int
    columns: list[ColumnFacts]
    mapping: Mapping | None
    runner_up: Mapping | None
    others: list[Mapping] = Field(description="further readings, the likelier ones first")
    problems: list[Problem]
    examples: list[dict[str, Any]] = Field(default_factory=list, description="first rows as a trainer takes them")

    @property
    def task_hint(self) -> Task | None:
        return self.mapping.task_hint if self.mapping else None

    @property
    def labels(self) -> list[str]:
        """Classification: the values of the completion's column, most frequent first; empty for other tasks."""
        if self.mapping is None or self.mapping.task_hint != "classification":
            return []
        completion = self.mapping.columns["completion"][0]
        return next(column.values for column in self.columns if column.name == completion)

    def as_json(self) -> dict[str, Any]:
        """The object that `vibetune data inspect --json` prints."""
        first = self.sources[0]
        mapping = None
        if self.mapping:
            runner_up = self.runner_up.model_dump() if self.runner_up else None
            mapping = {**self.mapping.model_dump(exclude={"task_hint"}), "runner_up": runner_up}
        return {
            "format": first.format,
            "encoding": first.encoding,
            "rows": self.rows,
            "columns": [column.model_dump() for column in self.columns],
            "mapping": mapping,
            "task_hint": self.task_hint,
            "problems": [problem.model_dump() for problem in self.problems],
            "sources": [source.model_dump() for source in self.sources],
            "examples": self.examples,
        }


def inspect(paths: Sequence[Path]) -> Inspection:
    """Reads files that belong together and says what they are.

    Raises:
        BadInput: a file that can't be read (see `read_table`), or none given.
    """
    if not paths:
        raise BadInput("data.missing_file", "No data file was given.", "Give one, e.g. --data tickets.csv.")
    return inspect_tables([read_table(path) for path in paths])


def inspect_tables(tables: Sequence[Table]) -> Inspection:
    """As `inspect`, of files that were read already."""
    facts = column_facts(tables[0])
    candidates = candidate_mappings(tables[0], facts)
    mapping = candidates[0] if candidates else None
    problems = [problem for table in tables for problem in table.all_problems()]
    problems += _different_columns(tables)
    problems += _about_mapping(tables[0], facts, candidates)
    examples: list[dict[str, Any]] = []
    if mapping and not problems_block(problems):
        drafts, aside = _canonical(tables, mapping)
        problems += _row_problems(tables, mapping, drafts, aside)
        examples = [as_trl(draft, mapping.columns) for draft in drafts[:_EXAMPLES]]
    return Inspection(
        sources=[_source(table, is_alone=len(tables) == 1) for table in tables],
        rows=sum(len(table.rows) for table in tables),
        columns=facts,
        mapping=mapping,
        runner_up=candidates[1] if len(candidates) > 1 else None,
        others=candidates[2:],
        problems=problems,
        examples=examples,
    )


def problems_block(problems: Sequence[Problem]) -> bool:
    """Whether one of the problems stands in the way of a version."""
    return any(problem.severity == "block" for problem in problems)


def _source(table: Table, *, is_alone: bool) -> InspectedSource:
    return InspectedSource(
        path=str(table.path),
        format=table.format,
        encoding=table.encoding,
        delimiter=table.delimiter,
        rows=len(table.rows),
        split=None if is_alone else split_of_name(table.path),
    )


def _different_columns(tables: Sequence[Table]) -> list[Problem]:
    first = tables[0]
    different = [table for table in tables[1:] if not set(first.columns) & set(table.columns)]
    if not different:
        return []
    other = different[0]
    return [
        Problem(
            code="data.different_columns",
            severity="block",
            count=len(different),
            message=f"{other.path.name} has no column in common with {first.path.name}: "
            f"{', '.join(other.columns[:5])} against {', '.join(first.columns[:5])}.",
            hint="Give files with the same columns.",
        )
    ]


def _about_mapping(table: Table, facts: Sequence[ColumnFacts], candidates: Sequence[Mapping]) -> list[Problem]:
    if not table.rows:
        return [] if problems_block(table.problems) else [_no_rows(table)]
    constant = _constant_label(facts)
    if constant and (not candidates or candidates[0].task_hint == "continued-pretraining"):
        return [_one_class(constant)]
    if not candidates:
        return [_no_mapping(table)]
    best = candidates[0]
    if best.confidence >= _UNSURE:
        return []
    others = " or ".join(_described(one) for one in candidates[1:3])
    return [
        Problem(
            code="data.unsure_mapping",
            severity="warning",
            count=1,
            message=f"It is not certain that the columns are {_described(best)}. {best.reason}",
            hint=f"It could also be {others}. " * bool(others) + "Set dataset.columns to be sure.",
        )
    ]


def _described(mapping: Mapping) -> str:
    return ", ".join(f"{role}: {' + '.join(columns)}" for role, columns in mapping.columns.items())


def _no_rows(table: Table) -> Problem:
    return Problem(
        code="data.no_rows",
        severity="block",
        count=1,
        message=f"{table.path.name} has columns ({', '.join(table.columns[:5])}), but no rows.",
        hint="Export it again, with its rows.",
    )


def _constant_label(facts: Sequence[ColumnFacts]) -> ColumnFacts | None:
    """A column that is named as what is to be learned and has one value only, beside one column of text."""
    constant = [column for column in facts if column.kind == "category" and column.distinct == 1]
    targets = [column for column in constant if names.normal(column.name) in names.TARGETS]
    texts = [column for column in facts if column.kind == "text"]
    return targets[0] if targets and len(texts) == 1 else None


def _one_class(column: ColumnFacts) -> Problem:
    return Problem(
        code="data.one_class",
        severity="block",
        count=1,
        message=f"All rows have the same label, {column.values[0]!r} (column `{column.name}`): nothing to tell apart.",
        hint="Add rows with at least one other label, or name another column.",
    )


def _no_mapping(table: Table) -> Problem:
    return Problem(
        code="data.no_mapping",
        severity="block",
        count=1,
        message=f"No column of {table.path.name} looks like a prompt, an answer, a conversation or a text.",
        hint=f"Its columns are: {', '.join(table.columns[:20])}. Name the right ones in dataset.columns.",
    )


def _canonical(tables: Sequence[Table], mapping: Mapping) -> tuple[list[Draft], list[SetAside]]:
    drafts: list[Draft] = []
    aside: list[SetAside] = []
    for table in tables:
        if set(table.columns) >= {name for columns in mapping.columns.values() for name in columns}:
            found, unusable = canonical_rows(_sampled(table), mapping.columns)
            drafts, aside = drafts + found, aside + unusable
    return drafts, aside


def _row_problems(
    tables: Sequence[Table], mapping: Mapping, drafts: list[Draft], aside: list[SetAside]
) -> list[Problem]:
    """What the quick checks find with this mapping; near duplicates and leakage are the version's."""
    problems = check_mojibake(drafts) + check_personal_data(drafts, "warn")[2]
    if mapping.task_hint == "classification":
        problems += unify_labels(drafts, None) + settle_contradictions(drafts)[2] + check_rare_labels(drafts)
    problems += set_exact_aside(drafts)[2]
    read = [problem for table in tables for problem in table.all_problems()]
    unusable_ones = unusable_rows(aside, [*problems, *read])
    return [*unusable_ones, *problems] if drafts else [*unusable_ones, _none_usable(mapping, aside)]


def _none_usable(mapping: Mapping, aside: Sequence[SetAside]) -> Problem:
    return Problem(
        code="data.no_rows",
        severity="block",
        count=len(aside),
        message=f"None of the rows can be used with the columns {_described(mapping)}: {aside[0].message}",
        hint="Name other columns in dataset.columns, or correct the rows.",
    )


def _sampled(table: Table) -> Table:
    chosen = sampled_indices(len(table.rows))
    return table if len(chosen) == len(table.rows) else table.subset(chosen)
