"""Excel workbooks, by calamine: the values that were saved; formulas are never run."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from pipeline.datasets.readers.header import has_header, no_header
from pipeline.datasets.readers.join import Part, join_parts
from pipeline.datasets.readers.table import BadRow, Table, unique_names
from pipeline.datasets.readers.unpack import unpack_members
from pipeline.errors import BadInput

_LARGEST_UNPACKED = 1 << 30
_MOST_CELLS = 50_000_000  # a sheet's rows times its columns: the library holds empty cells too
_CELL = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_TITLE_ROWS = 5  # above the names, at most
_HEADER_SAMPLE = 200


def read_workbook(raw: bytes, path: Path, sheet: str | None = None) -> Table:
    """Reads the sheets of an XLSX or XLS file that have the same columns.

    Args:
        raw: the whole file.
        path: for messages.
        sheet: the only one to read.

    Raises:
        BadInput: `data.unreadable`, `data.too_large`, `data.encrypted`, `data.empty_file`, `data.no_part`.
    """
    import python_calamine as calamine

    if raw.startswith(b"PK"):
        _refuse_huge_sheets(raw, path)
    try:
        parts = _parts(calamine, raw, path)
    except calamine.PasswordError as error:
        raise BadInput("data.encrypted", f"{path} is locked with a password.", "Save it without one.") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise _broken(path, str(error)) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # Rust's, which no name can be imported for
            raise
        raise _broken(path, str(error)) from error
    return _chosen(path, parts, sheet)


def _parts(calamine: Any, raw: bytes, path: Path) -> list[Part]:
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
    return [
        (meta.name, _table(path, book.get_sheet_by_name(meta.name)))
        for meta in book.sheets_metadata
        if meta.typ == calamine.SheetTypeEnum.WorkSheet
    ]


def _broken(path: Path, why: str) -> BadInput:
    text = " ".join(why.split())[:200]
    return BadInput("data.unreadable", f"{path} can't be read as a workbook: {text}.", "Save it again as XLSX.")


def _chosen(path: Path, parts: Sequence[Part], sheet: str | None) -> Table:
    if sheet is not None:
        parts = [part for part in parts if part[0] == sheet] or _no_sheet(path, parts, sheet)
    if not any(table.rows for _, table in parts):
        raise BadInput(
            "data.empty_file", f"{path} has no rows on any of its sheets.", "Export it again, with its rows."
        )
    if len(parts) == 1:
        return parts[0][1]
    return join_parts(path, parts)


def _no_sheet(path: Path, parts: Sequence[Part], sheet: str) -> list[Part]:
    names = ", ".join(name for name, _ in parts[:20])
    raise BadInput("data.no_part", f"{path} has no sheet {sheet!r}.", f"Its sheets are: {names}.")


def _refuse_huge_sheets(raw: bytes, path: Path) -> None:
    """Two cells in opposite corners make a sheet of 17 billion: the library would allocate them all."""
    for name, content in unpack_members(raw, path, most=_LARGEST_UNPACKED):
        if not name.startswith("xl/worksheets/"):
            continue
        columns, last_row = set(), 0
        for column, row in _CELL.findall(content):
            columns.add(column)
            last_row = max(last_row, int(row))
        cells = max(map(_column_number, columns), default=0) * last_row
        if cells > _MOST_CELLS:
            raise BadInput(
                "data.too_large",
                f"{path} has a sheet of {cells:,} cells, empty ones counted ({Path(name).stem}).",
                f"At most {_MOST_CELLS:,} are read: delete empty rows and columns, or save it as CSV.",
            )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _table(path: Path, sheet: Any) -> Table:
    first_line = (sheet.start[0] if sheet.start else 0) + 1
    rows = ([_plain(value) for value in row] for row in sheet.to_python(skip_empty_area=True))
    records = [
        (line, row) for line, row in enumerate(rows, start=first_line) if any(value is not None for value in row)
    ]
    table = Table(path, "excel", [], [], [], encoding="binary")
    if records:
        titles = _titles(records)
        titles = titles if _names_columns(records[titles:]) else 0
        table.bad = [_above_header(line, values) for line, values in records[:titles]]
        _fill(table, records[titles:])
    return table


def _titles(records: Sequence[tuple[int, list[Any]]]) -> int:
    """Rows above the names that hold a title: they have far fewer cells than those below."""
    counts = [sum(value is not None for value in values) for _, values in records[:20]]
    wide = max(counts, default=0)
    for position, count in enumerate(counts[: _TITLE_ROWS + 1]):
        if 2 * count >= wide:
            return position
    return 0


def _above_header(line: int, values: list[Any]) -> BadRow:
    raw = " ".join(str(value) for value in values if value is not None)
    return BadRow(line, "data.above_header", "a title above the columns' names.", raw)


def _fill(table: Table, records: list[tuple[int, list[Any]]]) -> None:
    first = _texts(records[0][1])
    named = _names_columns(records)
    below = records[1:] if named else records
    used = [
        at for at in range(len(first)) if (named and first[at]) or any(values[at] is not None for _, values in below)
    ]
    table.columns = unique_names([first[at] if named else "" for at in used])
    table.rows = [tuple(values[at] for at in used) for _, values in below]
    table.lines = [line for line, _ in below]
    if not named:
        table.problems.append(no_header(f"row of a sheet of {table.path.name}", table.columns))


def _texts(values: Sequence[Any]) -> list[str]:
    return ["" if value is None else str(value) for value in values]


def _names_columns(records: Sequence[tuple[int, list[Any]]]) -> bool:
    """Names are texts: above a column of numbers, dates or truth values a text is its name, whatever it says."""
    first = records[0][1]
    width = max(sum(value is not None for value in values) for _, values in records[:_HEADER_SAMPLE])
    names = [value for value in first if value is not None]
    if not all(isinstance(name, str) for name in names) or 2 * len(names) < width:
        return False
    below = [values for _, values in records[1:_HEADER_SAMPLE]]
    for at, name in enumerate(first):
        kinds = {type(values[at]) for values in below if values[at] is not None}
        if name is not None and kinds and str not in kinds:
            return True
    return has_header([_texts(values) for _, values in records[:_HEADER_SAMPLE]])


def _plain(value: Any) -> Any:
    """Whole numbers without `.0`, times as ISO text, missing cells as None."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else value
