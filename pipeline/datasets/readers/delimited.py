"""CSV and TSV in any dialect."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.datasets.readers.dialect import Dialect, Record, detect_dialect, fits
from pipeline.datasets.readers.header import has_header, no_header
from pipeline.datasets.readers.progress import EVERY, tell
from pipeline.datasets.readers.table import BadRow, Format, Table, unique_names
from pipeline.datasets.readers.text import DecodedText
from pipeline.errors import BadInput

_EXCEL_SEPARATOR = re.compile(r"sep=(.)(\r\n|\r|\n)")
_HEADER_SAMPLE = 200
_CUT = 0.6  # share of the time that goes into cutting a file into records, for its progress
_RECOVERIES = 100  # quotes that are never closed; more of them mean that the file is something else


def read_delimited(decoded: DecodedText, path: Path) -> Table:
    """Reads delimited text; records that don't fit the columns become bad rows with their line.

    Raises:
        BadInput: `data.empty_file`, where no record is left.
    """
    text, skipped, declared = _without_separator_line(decoded.text)
    preferred = "\t" if path.suffix.lower() in (".tsv", ".tab") else ","
    dialect = Dialect(declared) if declared else detect_dialect(text, preferred)
    records, unclosed = _records(dialect, text, first_line=1 + skipped)
    if not records:
        raise BadInput("data.empty_file", f"{path} has no rows.", "Export it again, with its rows.")
    table = _table(records, decoded, dialect, path)
    table.bad = sorted(table.bad + unclosed, key=lambda row: row.line)
    return table


def sniffs_as_delimited(text: str) -> bool:
    """Whether text of unknown kind has columns."""
    return detect_dialect(text).delimiter is not None


def _without_separator_line(text: str) -> tuple[str, int, str | None]:
    """Excel's `sep=;` line, if there is one: (text below it, lines skipped, delimiter)."""
    match = _EXCEL_SEPARATOR.match(text)
    return (text[match.end() :], 1, match[1]) if match else (text, 0, None)


def _records(dialect: Dialect, text: str, first_line: int) -> tuple[list[Record], list[BadRow]]:
    """All records, going on after a quote that is never closed, which would swallow the rest of the file."""
    records: list[Record] = []
    bad: list[BadRow] = []
    while True:
        part = dialect.records(text, lambda share: tell(_CUT * share))
        swallowed = _unclosed(part, text, dialect)
        records += [(first_line + line - 1, fields) for line, fields in (part[:-1] if swallowed else part)]
        if not swallowed or len(bad) == _RECOVERIES:
            return records, bad
        start = part[-1][0]
        lines = text.split("\n")
        bad.append(BadRow(first_line + start - 1, "data.unclosed_quote", "a quote is never closed.", lines[start - 1]))
        text, first_line = "\n".join(lines[start:]), first_line + start


def _unclosed(records: list[Record], text: str, dialect: Dialect) -> bool:
    if not records or not dialect.quoted or dialect.escape or text.count('"') % 2 == 0:
        return False
    return any(field.count("\n") > 0 for field in records[-1][1])


def _table(records: list[Record], decoded: DecodedText, dialect: Dialect, path: Path) -> Table:
    named = has_header([fields for _, fields in records[:_HEADER_SAMPLE]])
    width = len(records[0][1]) if named else _usual_width(records)
    columns = unique_names(records[0][1] if named else [""] * width)
    table = Table(
        path=path,
        format=_format_of(dialect),
        columns=columns,
        rows=[],
        lines=[],
        encoding=decoded.encoding,
        delimiter=dialect.delimiter,
        problems=list(decoded.problems),
    )
    for number, (line, fields) in enumerate(records[1:] if named else records):
        if number % EVERY == 0:
            tell(_CUT + (1 - _CUT) * number / len(records))
        if named and fields == records[0][1]:
            table.bad.append(BadRow(line, "data.repeated_header", "the header again.", ",".join(fields)))
        else:
            _add(table, line, fields, width)
    if not named:
        table.problems.append(no_header(f"line of {path.name}", columns))
    return table


def _usual_width(records: list[Record]) -> int:
    widths = [len(fields) for _, fields in records]
    return max(set(widths), key=lambda width: (widths.count(width), width))


def _format_of(dialect: Dialect) -> Format:
    return "tsv" if dialect.delimiter == "\t" else "csv"


def _add(table: Table, line: int, fields: list[str], width: int) -> None:
    if fits(fields, width):
        table.rows.append(tuple(fields[:width]))
        table.lines.append(line)
        return
    if not any(field.strip() for field in fields):
        return
    raw = (table.delimiter or ",").join(fields)
    message = f"{len(fields)} fields where the header has {width}."
    table.bad.append(BadRow(line, "data.ragged_row", message, raw))
