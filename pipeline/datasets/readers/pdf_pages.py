"""PDF, by pypdf: one row of text per page."""

from __future__ import annotations

import io
import logging
import re
from pathlib import Path
from typing import Any

from pipeline.datasets.problem import Problem, counted
from pipeline.datasets.readers.document import Document
from pipeline.datasets.readers.table import Table
from pipeline.errors import BadInput

_MOST_PAGES = 5_000
_GAPS = re.compile(r"(?<=\S) {3,}")


def read_pdf(raw: bytes, path: Path) -> Table:
    """Reads the text of a PDF, columns and tables in the order in which they stand on the page.

    Raises:
        BadInput: `data.unreadable`, `data.encrypted`, `data.too_large`, `data.no_text`.
    """
    import pypdf
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it reports every flaw that it repairs
    try:
        reader = pypdf.PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise FileNotDecryptedError
        texts = _texts(reader, path)
    except (FileNotDecryptedError, DependencyError) as error:
        raise BadInput("data.encrypted", f"{path} is locked with a password.", "Save it without one.") from error
    except LimitReachedError as error:
        raise BadInput("data.too_large", f"{path} has a part that is too large to unpack.", "Split it.") from error
    except (
        PyPdfError,
        ArithmeticError,
        AttributeError,
        LookupError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        # A damaged file reaches every corner of the library.
        place = "" if not str(error) else f": {str(error)[:200]}"
        raise BadInput("data.unreadable", f"{path} can't be read as PDF{place}.", "Export it again.") from error
    return _document(path, texts).as_table()


def _texts(reader: Any, path: Path) -> list[str]:
    pages = len(reader.pages)
    if pages > _MOST_PAGES:
        raise BadInput("data.too_large", f"{path} has {pages:,} pages.", f"At most {_MOST_PAGES:,} are read: split it.")
    return [_tidy(page.extract_text(extraction_mode="layout")) for page in reader.pages]


def _tidy(text: str) -> str:
    """Lines without margins; what stands in columns is parted by two blanks."""
    lines = [_GAPS.sub("  ", line.strip()) for line in text.replace("\x00", "").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _document(path: Path, texts: list[str]) -> Document:
    document = Document(path, "pdf", "binary", list(enumerate(texts, start=1)))
    empty = [str(number) for number, text in enumerate(texts, start=1) if not text]
    if empty and len(empty) < len(texts):
        document.problems.append(
            Problem(
                code="data.page_without_text",
                severity="warning",
                count=len(empty),
                message=f"{counted(len(empty), 'page')} of {path.name} {'has' if len(empty) == 1 else 'have'} no text: "
                f"{', '.join(empty[:10])}.",
                hint="If they are scanned, run text recognition (OCR) over the file first.",
            )
        )
    return document
