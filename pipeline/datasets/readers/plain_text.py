"""Plain text and Markdown: conversations where turns are marked, else sections or paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.datasets.readers.document import Document, sections
from pipeline.datasets.readers.table import Table
from pipeline.datasets.readers.text import DecodedText

MARKDOWN_SUFFIXES = (".md", ".markdown")
_HEADING = re.compile(r"#{1,6} +\S")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_LONG_LINE = 200  # characters: nobody wraps lines there, so each is a paragraph of its own


def read_plain_text(decoded: DecodedText, path: Path) -> Table:
    """Reads a text into rows of `text` or, where it is a marked transcript, of `messages`.

    Raises:
        BadInput: `data.no_text`.
    """
    is_markdown = path.suffix.lower() in MARKDOWN_SUFFIXES
    document = Document(path, "markdown" if is_markdown else "text", decoded.encoding, problems=list(decoded.problems))
    document.text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    lines = document.text.split("\n")
    document.sections = list(sections(_marked_lines(lines)) if is_markdown else _paragraphs(lines))
    return document.as_table()


def _marked_lines(lines: list[str]) -> Iterator[tuple[int, bool, str]]:
    """Number, whether it is a heading, and text of every line of Markdown."""
    fenced = False
    for number, line in enumerate(lines, start=1):
        fenced ^= bool(_FENCE.match(line))
        yield number, not fenced and bool(_HEADING.match(line)), line.rstrip()


def _paragraphs(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Blocks between blank lines; without any, each line where lines are long, else the whole."""
    filled = [line for line in lines if line.strip()]
    if len(filled) == len("\n".join(lines).strip("\n").split("\n")) and len(filled) > 1:
        if sorted(map(len, filled))[len(filled) // 2] < _LONG_LINE:
            yield 1, "\n".join(lines)
            return
        yield from ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
        return
    kept: list[str] = []
    first = 1
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            first = number if not kept else first
            kept.append(line.rstrip())
        elif kept:
            yield first, "\n".join(kept)
            kept = []
