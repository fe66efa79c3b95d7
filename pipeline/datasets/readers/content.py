"""The content of one file into a table; what it is decides, its name where content leaves a choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pipeline.datasets.readers.chat_lines import looks_like_chat, read_chat_lines
from pipeline.datasets.readers.container import read_members
from pipeline.datasets.readers.delimited import read_delimited, sniffs_as_delimited
from pipeline.datasets.readers.html_page import looks_like_html, read_html
from pipeline.datasets.readers.json_records import looks_like_json_lines, read_json, read_jsonl, read_large_jsonl
from pipeline.datasets.readers.plain_text import MARKDOWN_SUFFIXES, read_plain_text
from pipeline.datasets.readers.table import Table
from pipeline.datasets.readers.text import DecodedText, decode, refuse_binary
from pipeline.datasets.readers.unpack import member_names, unpack_members, unpack_stream
from pipeline.datasets.transcript import transcript_style
from pipeline.errors import BadInput

ReadText = Callable[[DecodedText, Path], Table]
_JSON_LINES = (".jsonl", ".ndjson")
_LARGE_BYTES = 16 << 20
_DELIMITED = (".csv", ".tsv", ".tab", ".psv")
_TEXTS = (".txt", ".text", ".log", "", *MARKDOWN_SUFFIXES)
_DEEPEST = 2  # an archive in an archive: `export.zip` with `rows.csv.gz`
_TRANSCRIPT_SAMPLE = 1 << 16
_MOST_BAD = 0.05  # share of lines that don't fit, from which on a .txt is no table
_REFUSED_PACKAGES = {
    "ppt/presentation.xml": ("a presentation", "Save its text as DOCX or TXT."),
    "xl/workbook.bin": ("a binary workbook (XLSB)", "Save it as XLSX."),
    "META-INF/container.xml": ("an e-book", "Save it as HTML or TXT."),
    "content.xml": ("an OpenDocument file", "Save it as XLSX or DOCX."),
}


def read_content(raw: bytes, path: Path, part: str | None = None, depth: int = 0) -> Table:
    """Reads a file's bytes.

    Args:
        raw: the whole file.
        path: its name decides between text formats; for messages.
        part: sheet or member that is wanted alone.
        depth: archives around it.

    Raises:
        BadInput: see `read_table`.
    """
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_zip(raw, path, part, depth)
    if raw.startswith((b"\x1f\x8b", b"BZh")):
        _refuse_depth(path, depth)
        inner = path.with_suffix("") if path.suffix.lower() in (".gz", ".bz2", ".gzip") else path
        return replace(read_content(unpack_stream(raw, path), inner, part, depth + 1), path=path)
    binary = _read_binary(raw, path, part)
    if binary is not None:
        return binary
    if path.suffix.lower() in _JSON_LINES and len(raw) > _LARGE_BYTES and raw.startswith(b'{"'):
        refuse_binary(raw, path)
        table = read_large_jsonl(raw, path)
        if table is not None:
            return table
    decoded = decode(raw, path)
    if not decoded.text.strip("\ufeff\x00 \t\r\n"):
        raise BadInput(
            "data.empty_file", f"{path} has no content but blanks.", "Export it again, with its rows.", line=1
        )
    return _read_text(DecodedText(decoded.text.lstrip("\ufeff"), decoded.encoding, decoded.problems), path)


def _read_zip(raw: bytes, path: Path, part: str | None, depth: int) -> Table:
    names = member_names(raw, path)
    if "xl/workbook.xml" in names:
        from pipeline.datasets.readers.workbook import read_workbook

        return read_workbook(raw, path, part)
    if "word/document.xml" in names:
        from pipeline.datasets.readers.word_document import read_word

        return read_word(raw, path)
    for name, (kind, hint) in _REFUSED_PACKAGES.items():
        if name in names:
            raise BadInput("data.unreadable", f"{path} is {kind}, which can't be read.", hint)
    _refuse_depth(path, depth)
    return read_members(
        path, unpack_members(raw, path), lambda inner, name, rest: read_content(inner, name, rest, depth + 1), part
    )


def _refuse_depth(path: Path, depth: int) -> None:
    if depth >= _DEEPEST:
        raise BadInput("data.too_large", f"{path} is an archive in an archive in an archive.", "Unpack it first.")


def _read_binary(raw: bytes, path: Path, part: str | None) -> Table | None:
    if raw.startswith(b"PAR1"):
        from pipeline.datasets.readers.parquet import read_parquet

        return read_parquet(raw, path)
    if raw.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        from pipeline.datasets.readers.arrow_file import read_arrow

        return read_arrow(raw, path)
    if raw.startswith(b"%PDF") or (path.suffix.lower() == ".pdf" and b"%PDF" in raw[:1024]):
        from pipeline.datasets.readers.pdf_pages import read_pdf

        return read_pdf(raw, path)
    if raw.startswith(b"\xd0\xcf\x11\xe0") and path.suffix.lower() in (".xls", ".xlsx", ".xlt", ""):
        from pipeline.datasets.readers.workbook import read_workbook

        return read_workbook(raw, path, part)
    return None


def _read_text(decoded: DecodedText, path: Path) -> Table:
    suffix, text = path.suffix.lower(), decoded.text
    if suffix in _JSON_LINES:
        return read_json(decoded, path) if _is_one_document(text) else read_jsonl(decoded, path)
    if suffix == ".json":
        return read_jsonl(decoded, path) if _is_json_lines(text) else read_json(decoded, path)
    return _reader_by_content(text, suffix)(decoded, path)


def _reader_by_content(text: str, suffix: str) -> ReadText:
    """The first reader whose form the text has; JSON lines go before what a name says."""
    is_json_like = text.lstrip()[:1] in ("{", "[")
    is_transcript = suffix in MARKDOWN_SUFFIXES or transcript_style(text[:_TRANSCRIPT_SAMPLE]) is not None
    forms: tuple[tuple[bool, ReadText], ...] = (
        (is_json_like and looks_like_json_lines(text), read_jsonl),
        (suffix in _DELIMITED, read_delimited),
        (suffix in (".html", ".htm", ".xhtml") or looks_like_html(text), read_html),
        (looks_like_chat(text), read_chat_lines),
        (is_transcript, read_plain_text),
        (is_json_like, read_json),
    )
    return next((reader for fits, reader in forms if fits), _read_unnamed)


def _read_unnamed(decoded: DecodedText, path: Path) -> Table:
    """A text of unknown kind: a table where it is cut evenly, prose where its name allows that."""
    suffix = path.suffix.lower()
    if suffix in (".xml", ".svg", ".rss") or (suffix not in _TEXTS and decoded.text.startswith("<?xml")):
        raise BadInput(
            "data.unknown_format", f"{path} is XML.", "Export it as CSV or JSON, or name it .txt for its text."
        )
    if sniffs_as_delimited(decoded.text):
        table = read_delimited(decoded, path)
        is_even = len(table.rows) > 1 and len(table.bad) <= _MOST_BAD * len(table.rows)
        if is_even or suffix not in _TEXTS:
            return table
    if suffix in _TEXTS:
        return read_plain_text(decoded, path)
    raise BadInput(
        "data.unknown_format",
        f"{path} has text, but neither columns nor JSON records.",
        "Give a CSV, JSON, JSONL, Parquet, Excel, PDF, DOCX or HTML file; name it .txt to read it as plain text.",
    )


def _is_json_lines(text: str) -> bool:
    """Several objects, one a line, in a file that is named .json."""
    return "\n" in text.strip() and looks_like_json_lines(text)


def _is_one_document(text: str) -> bool:
    """A list over many lines in a file that is named .jsonl."""
    stripped = text.strip()
    return stripped.startswith("[") and stripped.endswith("]") and not _first_line_is_whole(stripped)


def _first_line_is_whole(text: str) -> bool:
    first = text.split("\n", 1)[0].strip()
    return first.endswith("]") and len(first) < len(text)
