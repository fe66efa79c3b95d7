"""Any file of the five formats into a table; content decides where the name and it disagree."""

from __future__ import annotations

from pathlib import Path

from pipeline.datasets.readers.delimited import read_delimited, sniffs_as_delimited
from pipeline.datasets.readers.json_records import looks_like_json_lines, read_json, read_jsonl
from pipeline.datasets.readers.table import Table
from pipeline.datasets.readers.text import DecodedText, decode
from pipeline.errors import BadInput

DATA_SUFFIXES = (".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet")
_DELIMITED = (".csv", ".tsv", ".tab", ".psv")


def read_table(path: Path) -> Table:
    """Reads a CSV, TSV, JSON, JSONL or Parquet file.

    Raises:
        BadInput: `data.missing_file`, `data.directory`, `data.empty_file`, `data.no_permission`, `data.unreadable`,
            `data.invalid_json`, `data.unknown_format`; message and hint name the place.
    """
    raw = _bytes_of(path)
    if raw.startswith(b"PAR1"):
        from pipeline.datasets.readers.parquet import read_parquet

        return read_parquet(path)
    decoded = decode(raw, path)
    if not decoded.text.strip("\ufeff\x00 \t\r\n"):
        raise BadInput("data.empty_file", f"{path} has no content but blanks.", "Export it again, with its rows.")
    return _read_text(decoded, path)


def _bytes_of(path: Path) -> bytes:
    if path.is_dir():
        inside = sorted(entry.name for entry in path.iterdir() if entry.suffix.lower() in DATA_SUFFIXES)
        hint = f"Give one of its files: {', '.join(inside[:5])}." if inside else "Give a file."
        raise BadInput("data.directory", f"{path} is a folder, not a file.", hint)
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise BadInput("data.missing_file", f"There is no file {path}.", _similar(path)) from error
    except PermissionError as error:
        raise BadInput("data.no_permission", f"{path} can't be read: permission denied.", "Allow reading.") from error
    except OSError as error:
        raise BadInput("data.unreadable", f"{path} can't be read: {error.strerror}.", "Check the path.") from error
    if not raw:
        raise BadInput("data.empty_file", f"{path} is empty (0 bytes).", "Export it again, with its rows.")
    return raw


def _similar(path: Path) -> str:
    import difflib

    if not path.parent.is_dir():
        return f"There is no folder {path.parent} either. Check the path."
    names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    close = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f"Did you mean {path.parent / close[0]}?" if close else "Check the path; it is relative to where you are."


def _read_text(decoded: DecodedText, path: Path) -> Table:
    suffix = path.suffix.lower()
    text = decoded.text.lstrip("\ufeff")
    decoded = DecodedText(text, decoded.encoding, decoded.problems)
    is_json_like = text.lstrip()[:1] in ("{", "[")
    if suffix in (".jsonl", ".ndjson"):
        return read_json(decoded, path) if _is_one_document(text) else read_jsonl(decoded, path)
    if suffix == ".json":
        return read_jsonl(decoded, path) if _is_json_lines(text) else read_json(decoded, path)
    if is_json_like and looks_like_json_lines(text):
        return read_jsonl(decoded, path)
    if suffix in _DELIMITED:
        return read_delimited(decoded, path)
    if is_json_like:
        return read_json(decoded, path)
    if sniffs_as_delimited(text):
        return read_delimited(decoded, path)
    raise BadInput(
        "data.unknown_format",
        f"{path} has text, but neither columns nor JSON records.",
        "Give a CSV, TSV, JSON, JSONL or Parquet file.",
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
