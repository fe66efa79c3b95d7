"""Whether a delimited file's first record names its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.datasets import column_names as names
from pipeline.datasets.problem import Problem

_NUMBER = re.compile(r"[-+]?[\d.,]*\d[\d.,]*\s*%?$")
_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}")
_SENTENCE_WORDS = 6
_NAME_CHARACTERS = 60


def has_header(records: Sequence[Sequence[str]]) -> bool:
    """Judges the first record against those below it.

    Args:
        records: fields of the first records, at least one; a hundred are enough.
    """
    first, below = records[0], records[1:]
    cells = [cell.strip() for cell in first]
    if list(first) in [list(record) for record in below]:
        return True  # two exports, one after the other
    if any(_repeats_below(cell, position, below) for position, cell in enumerate(cells)):
        return False
    if any(names.is_known(cell) for cell in cells):
        return True
    filled = [cell for cell in cells if cell]
    return bool(filled) and len(set(filled)) == len(filled) and not any(_is_value(cell) for cell in filled)


def no_header(place: str, columns: Sequence[str]) -> Problem:
    """Says how columns are called that have no names; `place` is where these would stand."""
    return Problem(
        code="data.no_header",
        severity="note",
        count=1,
        message=f"The first {place} looks like values, so the columns are called "
        f"{', '.join(columns[:3])}{' …' if len(columns) > 3 else ''}.",
        hint="Add names on top if you want other ones.",
    )


def _is_value(cell: str) -> bool:
    """Numbers, dates, sentences and addresses are values, not names."""
    if _NUMBER.match(cell) or _DATE.match(cell) or "@" in cell or "://" in cell or "\n" in cell:
        return True
    return len(cell) > _NAME_CHARACTERS or (len(cell.split()) >= _SENTENCE_WORDS and not cell.endswith(")"))


def _repeats_below(cell: str, position: int, below: Sequence[Sequence[str]]) -> bool:
    return bool(cell) and any(len(record) > position and record[position].strip() == cell for record in below)
