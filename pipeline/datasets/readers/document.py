"""What documents have in common: sections of text, and tables that may be what the document is for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.datasets.problem import Problem
from pipeline.datasets.readers.header import has_header
from pipeline.datasets.readers.table import BadRow, Format, Table, unique_names
from pipeline.datasets.transcript import parse_transcript
from pipeline.errors import BadInput

_SMALLEST_TABLE = 3  # rows, names included
_MOSTLY = 0.5  # share of a document's characters from which on its table is what it is for


@dataclass
class Document:
    """Blocks of a document in reading order.

    Attributes:
        sections: (number of the first block, line or page; text), a heading being the first line of its section.
        tables: cells of each table, row by row.
        text: the whole, where lines count.
    """

    path: Path
    format: Format
    encoding: str
    sections: list[tuple[int, str]] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    text: str = ""

    def as_table(self) -> Table:
        """The document's main table, its conversation, or one row of text per section.

        Raises:
            BadInput: `data.no_text`.
        """
        table = Table(self.path, self.format, [], [], [], self.encoding, problems=list(self.problems))
        sections = [(line, text.strip()) for line, text in self.sections if text.strip()]
        main = max(self.tables, key=_characters, default=[])
        if len(main) >= _SMALLEST_TABLE and _characters(main) > _MOSTLY * sum(len(text) for _, text in sections):
            _fill_from_cells(table, main)
        elif conversations := conversation_rows(self.text or "\n\n".join(text for _, text in sections)):
            table.columns, table.rows = ["messages"], [(turns,) for _, turns in conversations]
            table.lines = [line for line, _ in conversations]
        elif sections:
            table.columns, table.rows = ["text"], [(text,) for _, text in sections]
            table.lines = [line for line, _ in sections]
        else:
            raise BadInput(
                "data.no_text",
                f"{self.path} has no text.",
                "If it is scanned, run text recognition (OCR) over it first.",
            )
        return table


def conversation_rows(text: str) -> list[tuple[int, list[dict[str, str]]]]:
    """Marked transcripts in a text, parted by rules or blank lines: (line, turns); empty where most of it is none."""
    lines = text.split("\n")
    for is_border in (_is_rule, _is_blank_or_rule):
        blocks = list(_blocks(lines, is_border))
        found = [(line, turns) for line, block in blocks if (turns := parse_transcript(block))]
        if len(blocks) > 1 and 2 * len(found) > len(blocks):
            return found
    whole = parse_transcript(text)
    return [(1, whole)] if whole and (not found or len(blocks) == 1) else []


def _is_rule(line: str) -> bool:
    return len(line.strip()) > 2 and set(line.strip()) <= set("-=*_")


def _is_blank_or_rule(line: str) -> bool:
    return not line.strip() or _is_rule(line)


def _blocks(lines: list[str], is_border: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """(number of the first line, text) of what stands between borders."""
    kept: list[str] = []
    first = 1
    for number, line in enumerate([*lines, "---"], start=1):
        if not is_border(line):
            first = first if kept else number
            kept.append(line)
        elif kept:
            block = "\n".join(kept)
            if block.strip():
                yield first, block
            kept = []


def sections(blocks: Iterable[tuple[int, bool, str]]) -> Iterator[tuple[int, str]]:
    """From heading to heading; headings without a text of their own stay with what follows.

    Args:
        blocks: number, whether it is a heading, and text of each line or block.

    Yields:
        Number of the first block, and the text.
    """
    kept: list[str] = []
    first, has_body = 1, False
    for number, is_heading, text in blocks:
        if is_heading and has_body:
            yield first, "\n".join(kept)
            kept, first, has_body = [], number, False
        kept.append(text)
        has_body = has_body or (bool(text.strip()) and not is_heading)
    yield first, "\n".join(kept)


def table_text(cells: Sequence[Sequence[str]]) -> str:
    """A table inside of a text, in Markdown's form."""
    return "\n".join("| " + " | ".join(" ".join(cell.split()) for cell in row) + " |" for row in cells)


def _characters(cells: Sequence[Sequence[str]]) -> int:
    return sum(len(cell) for row in cells for cell in row)


def _fill_from_cells(table: Table, cells: list[list[str]]) -> None:
    width = max(map(len, cells))
    named = has_header(cells) and len(cells[0]) == width
    table.columns = unique_names(cells[0] if named else [""] * width)
    for line, row in enumerate(cells[1:] if named else cells, start=2 if named else 1):
        if len(row) == width:
            table.rows.append(tuple(row))
            table.lines.append(line)
        elif any(cell.strip() for cell in row):
            message = f"{len(row)} cells where the table has {width}."
            table.bad.append(BadRow(line, "data.ragged_row", message, " | ".join(row)))
