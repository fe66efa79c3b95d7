"""Rows with their edits as a file of their own, for other programs, and for plans of rows that had no labels before."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.workbench.data_rows import written
from pipeline.files import write_text


def write_rows(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Path:
    """Writes rows beside their file: as CSV, or as JSON lines where a cell holds a list or an object.

    Returns:
        The new file: NAME-edited, with a number where that is taken.
    """
    is_nested = any(isinstance(value, dict | list) for row in rows for value in row)
    text = _json_lines(columns, rows) if is_nested else _csv(columns, rows)
    target = _free(path, ".jsonl" if is_nested else ".csv")
    write_text(target, text)
    return target


def _csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([written(value) for value in row] for row in rows)
    return out.getvalue()


def _json_lines(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = (json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False, default=str) for row in rows)
    return "".join(f"{line}\n" for line in lines)


def _free(path: Path, suffix: str) -> Path:
    target, number = path.with_name(f"{path.stem}-edited{suffix}"), 2
    while target.exists():
        target, number = path.with_name(f"{path.stem}-edited-{number}{suffix}"), number + 1
    return target
