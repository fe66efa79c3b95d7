"""Cells that a person corrected or filled in, laid over rows whose file stays as it is.

An edits file holds one JSON object per line, in the order in which they were made; of two edits of a cell the later one
holds:

    {"source": "data/tickets.csv", "place": "tickets.csv:407", "row": "9f2c…", "cells": {"queue": "refund"}}

`"bulk": true` stands beside where many rows were changed at once, as when labels are merged.
`row` is the hash of the row's own content, so that an edit finds its row in a newer export of the same file, too. Of
rows that are alike, each has edits of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, cast, overload

from pipeline.datasets.cell import cell_text
from pipeline.datasets.problem import EXAMPLES, Problem, counted
from pipeline.datasets.readers.read import read_table
from pipeline.datasets.readers.table import Table
from pipeline.errors import BadInput

EDITS_FILE = "edits.jsonl"  # beside plan.yaml
Mark = tuple[str, str]  # a row's content and place
_KEY_DIGITS = 32


@dataclass(frozen=True)
class Edit:
    """New values of one row's cells.

    Args:
        source: as `dataset.sources` names it.
        place: `file:line` where the row stood when it was edited.
        row: `row_key` of the row as its file has it.
        cells: by column; a column that the file lacks is added to it.
        is_bulk: one of many that were made at once, as when labels are merged: nobody looked at this row.
    """

    source: str
    place: str
    row: str
    cells: Mapping[str, Any]
    is_bulk: bool = False

    @property
    def mark(self) -> Mark:
        """What its row is found by."""
        return self.row, self.place

    @property
    def line(self) -> str:
        """The edit as its file has it, with the line's end."""
        content = {"source": self.source, "place": self.place, "row": self.row, "cells": dict(self.cells)}
        return json.dumps(content | ({"bulk": True} if self.is_bulk else {}), ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Edited:
    """A table with its edits.

    Attributes:
        columns_of: row → its columns that were edited.
        by_hand: the same without what was changed for many rows at once.
        lost: edits whose row is not there any more.
    """

    table: Table
    columns_of: Mapping[int, frozenset[str]]
    by_hand: Mapping[int, frozenset[str]]
    lost: tuple[Edit, ...]


class EditedRows(Sequence[tuple[Any, ...]]):
    """Rows of which a few are others; the rest isn't copied, since there may be a million.

    Args:
        rows: as they were read.
        added: empty cells that each gets at its end.
        changed: rows by their index.
    """

    def __init__(self, rows: Sequence[tuple[Any, ...]], added: int, changed: dict[int, tuple[Any, ...]]) -> None:
        self._rows, self._empty, self.changed = rows, (None,) * added, changed

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> tuple[Any, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[Any, ...]]: ...
    def __getitem__(self, index: int | slice) -> tuple[Any, ...] | list[tuple[Any, ...]]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        index = index + len(self) if index < 0 else index
        found = self.changed.get(index)
        return found if found is not None else (*self._rows[index], *self._empty)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for index, row in enumerate(self._rows):
            found = self.changed.get(index)
            yield found if found is not None else (*row, *self._empty)


def row_key(columns: Sequence[str], row: Sequence[Any]) -> str:
    """Hash of a row's content, 32 hex digits; neither the order of columns nor empty cells change it."""
    cells = {name: text for name, value in zip(columns, row, strict=True) if (text := cell_text(value))}
    content = json.dumps(cells, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:_KEY_DIGITS]


def read_edits(path: Path) -> list[Edit]:
    """Reads an edits file; a last line without its end that is no JSON was being written when something stopped.

    Raises:
        BadInput: `data.no_edits`, `data.bad_edits`.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        hint = "Put it back, or take dataset.edits out of the plan."
        raise BadInput("data.no_edits", f"There is no file {path.name} with edits.", hint) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("data.bad_edits", f"{path.name} can't be read: {error}", "Put an earlier copy back.") from error
    *lines, last = text.split("\n")
    lines += [last] if _is_json(last) else []
    return [_edit(path, number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _edit(path: Path, number: int, line: str) -> Edit:
    try:
        return _parsed(line)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        message = f"Line {number} of {path.name} is no edit: {error}"
        raise BadInput("data.bad_edits", message, "Correct the line or take it out.", line=number) from error


@lru_cache(maxsize=50_000)  # the file is read anew with every key that labels a row
def _parsed(line: str) -> Edit:
    content = json.loads(line)
    found = Edit(
        content["source"], content["place"], content["row"], dict(content["cells"]), content.get("bulk") is True
    )
    if not all(isinstance(text, str) for text in (found.source, found.place, found.row)):
        raise TypeError("source, place and row are texts")
    return found


def edits_of(edits: Iterable[Edit], source: str) -> list[Edit]:
    """The edits of one source's rows."""
    wanted = PurePosixPath(source)
    return [edit for edit in edits if PurePosixPath(edit.source) == wanted]


def with_edits(table: Table, edits: Sequence[Edit]) -> Edited:
    """Lays edits over a table: each on the row at its place, else on the first row of the same content that is free."""
    rows = _rows_of(table, edits)
    lost = tuple(edit for edit in edits if edit.mark not in rows)
    cells: dict[int, dict[str, Any]] = {}
    by_hand: dict[int, frozenset[str]] = {}
    for edit in edits:
        if (index := rows.get(edit.mark)) is not None:
            cells.setdefault(index, {}).update(edit.cells)
            if not edit.is_bulk:
                by_hand[index] = by_hand.get(index, frozenset()) | edit.cells.keys()
    if not cells:
        return Edited(table, {}, {}, lost)
    added = list(dict.fromkeys(name for edit in cells.values() for name in edit if name not in table.columns))
    columns = [*table.columns, *added]
    rows_now = EditedRows(table.rows, len(added), {})
    position = {name: at for at, name in enumerate(columns)}
    for index, values in cells.items():
        changed = list(rows_now[index])
        for name, value in values.items():
            changed[position[name]] = value
        rows_now.changed[index] = tuple(changed)
    edited = replace(table, columns=columns, rows=cast("list[tuple[Any, ...]]", rows_now))
    return Edited(edited, {index: frozenset(values) for index, values in cells.items()}, by_hand, lost)


def _rows_of(table: Table, edits: Sequence[Edit]) -> dict[Mark, int]:
    """Content and place of each edit → its row."""
    marks = dict.fromkeys(edit.mark for edit in edits)
    by_place: dict[str, set[str]] = {}
    for key, place in marks:
        by_place.setdefault(place, set()).add(key)
    lines = {int(line) for place in by_place if (line := place.rpartition(":")[2]).isdecimal()}
    found: dict[Mark, int] = {}
    for index, line_number in enumerate(table.lines):
        if line_number in lines and (place := table.place(index)) in by_place:
            key = row_key(table.columns, table.rows[index])
            if key in by_place[place]:
                found.setdefault((key, place), index)
    return found | _moved(table, [mark for mark in marks if mark not in found], set(found.values()))


def _moved(table: Table, marks: Sequence[Mark], taken: set[int]) -> dict[Mark, int]:
    """Rows that stand elsewhere now, by their content alone."""
    if not marks:
        return {}
    wanted: dict[str, list[Mark]] = {}
    for mark in marks:
        wanted.setdefault(mark[0], []).append(mark)
    found: dict[Mark, int] = {}
    for index, row in enumerate(table.rows):
        waiting = wanted.get(row_key(table.columns, row)) if index not in taken else None
        if waiting:
            found[waiting.pop(0)] = index
    return found


def read_edited(sources: Sequence[tuple[str, Path]], edits: Path | None) -> list[Edited]:
    """Reads files with a plan's edits over their rows, as building a version and planning both do.

    Args:
        sources: each as `dataset.sources` names it, and where it is.
        edits: file with the edits; None: the rows as they are.

    Raises:
        BadInput: `data.no_edits`, `data.bad_edits`, and what `read_table` raises.
    """
    found = [] if edits is None else read_edits(edits)
    return [with_edits(read_table(place), edits_of(found, name)) for name, place in sources]


def lost_edits(lost: Sequence[Edit]) -> list[Problem]:
    """Names edits whose rows are gone."""
    if not lost:
        return []
    return [
        Problem(
            code="data.lost_edits",
            severity="warning",
            count=len(lost),
            message=f"{counted(len(lost), 'edit')} of the plan's edits file "
            f"{'stands' if len(lost) == 1 else 'stand'} in no row: the file holds other rows now.",
            hint="Put the earlier file back, or edit these rows again.",
            examples=[f"{edit.place}: {', '.join(f'{n} = {v}' for n, v in edit.cells.items())}" for edit in lost][
                :EXAMPLES
            ],
        )
    ]
