"""DOCX, by python-docx: sections of text and tables."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.datasets.readers.document import Document, sections, table_text
from pipeline.datasets.readers.table import Table
from pipeline.datasets.readers.unpack import unpack_members
from pipeline.errors import BadInput

if TYPE_CHECKING:
    from docx.table import Table as WordTable
    from docx.text.paragraph import Paragraph

_LARGEST_UNPACKED = 256 << 20


def read_word(raw: bytes, path: Path) -> Table:
    """Reads a DOCX file: its table where it is one, its conversation, or a row per section.

    Raises:
        BadInput: `data.unreadable`, `data.too_large`, `data.no_text`.
    """
    import docx
    from docx.opc.exceptions import OpcError
    from lxml.etree import LxmlError

    for _ in unpack_members(raw, path, most=_LARGEST_UNPACKED):
        pass  # measured before the library, which knows no limit, unpacks it
    try:
        # python-docx parses with entities off; what it finds stays within the package.
        blocks = list(docx.Document(io.BytesIO(raw)).iter_inner_content())
        document = _document(path, blocks)
    except (OpcError, LxmlError, zipfile.BadZipFile, KeyError, ValueError, AttributeError, IndexError) as error:
        raise BadInput(
            "data.unreadable", f"{path} can't be read as a Word document: {str(error)[:200]}.", "Save it again as DOCX."
        ) from error
    return document.as_table()


def _document(path: Path, blocks: Sequence[Paragraph | WordTable]) -> Document:
    from docx.text.paragraph import Paragraph

    document = Document(path, "docx", "binary")
    written: list[tuple[int, bool, str]] = []
    for number, block in enumerate(blocks, start=1):
        if isinstance(block, Paragraph):
            level, text = _heading_level(block), block.text.strip()
            written.append((number, level > 0, f"{'#' * level} {text}" if text and level else text))
        else:
            cells = _cells(block)
            document.tables.append(cells)
            written.append((number, False, table_text(cells)))
    document.sections = list(sections(block for block in written if block[2]))
    return document


def _heading_level(paragraph: Paragraph) -> int:
    name = str(getattr(getattr(paragraph, "style", None), "name", ""))
    if name == "Title":
        return 1
    _, _, digits = name.partition("Heading ")
    return min(int(digits), 6) if digits.isdigit() else 0


def _cells(table: WordTable) -> list[list[str]]:
    return [[cell.text.strip() for cell in row.cells] for row in table.rows]
