"""JSON and JSON Lines: strict, with places; NaN and Infinity are refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from pipeline.datasets.packed import PackedRows
from pipeline.datasets.problem import Problem, excerpt
from pipeline.datasets.readers.chat_json import chat_messages
from pipeline.datasets.readers.progress import tell
from pipeline.datasets.readers.table import BadRow, Table
from pipeline.datasets.readers.text import DecodedText
from pipeline.errors import BadInput

_DECODED_BYTES = 1 << 20  # lines are decoded together
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


class NotJson(ValueError):
    """Text that is no JSON, with the place inside it."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.line, self.column = line, column


def parse_json(text: str) -> Any:
    """One JSON value.

    Raises:
        NotJson: with line and column where the parser knows them.
    """
    try:
        value, end = _DECODER.raw_decode(text) if text[:1] in ("{", "[") else (None, -1)
        if end != len(text):  # not one value alone, from the first character to the last
            value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJson(error.msg, error.lineno, error.colno) from error
    except RecursionError as error:
        raise NotJson("nested too deeply", 1, 1) from error
    except ValueError as error:
        raise NotJson(str(error), *_constant_place(text)) from error
    return _without_lone_surrogates(value) if "\\ud" in text or "\\uD" in text else value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _finite(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError(f"{digits[:20]} is too large a number")
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _constant_place(text: str) -> tuple[int, int]:
    match = re.search(r"\bNaN\b|-?\bInfinity\b|\d[eE]\+?\d{3,}|\d{4000,}", text)
    start = match.start() if match else 0
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _without_lone_surrogates(value: Any) -> Any:
    """Half characters can't be written as UTF-8; each becomes U+FFFD."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_lone_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_lone_surrogates(key): _without_lone_surrogates(item) for key, item in value.items()}
    return value


def read_json(decoded: DecodedText, path: Path) -> Table:
    """Reads one JSON document: all of it or nothing.

    Records are a list of objects, alone or under a key; an object of equally long lists is read as columns, a list of
    texts as the column `text`, a list of lists of messages as the column `messages`.

    Raises:
        BadInput: `data.invalid_json`, with line and column.
    """
    try:
        value = parse_json(decoded.text)
    except NotJson as error:
        raise BadInput(
            "data.invalid_json",
            f"{path} is not valid JSON: {error} at line {error.line}, column {error.column}.",
            "Correct that place. If every line is an object of its own, name the file .jsonl.",
            line=error.line,
            column=error.column,
        ) from error
    table = Table(path, "json", [], [], [], decoded.encoding, problems=list(decoded.problems))
    messages = chat_messages(value)
    if messages:
        table.format = "chat"
        _fill(table, enumerate(messages, start=1))
        return table
    records = _records(value)
    if records is None:
        table.problems.append(_no_records(path, value))
        return table
    _fill(table, enumerate(records, start=1))
    return table


def _records(value: Any) -> list[dict[str, Any]] | None:
    if isinstance(value, list):
        return _records_of_list(value)
    return _records_of_object(value) if isinstance(value, dict) and value else None


def _records_of_object(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    if any(_are_turns(item) for item in value.values()):
        return [value]  # one conversation, with what belongs to it
    if _are_columns(value):
        return [dict(zip(value, row, strict=True)) for row in zip(*value.values(), strict=True)]
    wrapped = [item for item in value.values() if isinstance(item, list) and item and _all(item, dict)]
    if wrapped:
        return max(wrapped, key=len)
    if len(value) > 1 and all(isinstance(item, dict) for item in value.values()):
        return [{"key": key, **item} for key, item in value.items()]
    return None


def _are_columns(value: dict[str, Any]) -> bool:
    items = list(value.values())
    if not all(isinstance(item, list) and item for item in items) or len(items) < 2:
        return False
    return len({len(item) for item in items}) == 1 and not any(isinstance(item[0], dict) for item in items)


def _records_of_list(value: list[Any]) -> list[dict[str, Any]] | None:
    if not value:
        return None
    if _are_turns(value):
        return [{"messages": value}]
    if _all(value, dict):
        return value
    if _all(value, str):
        return [{"text": item} for item in value]
    if all(isinstance(item, list) and item and _all(item, dict) for item in value):
        return [{"messages": item} for item in value]
    return None


def _are_turns(value: Any) -> bool:
    """Whether a list is one conversation: turns of at most a few speakers, each with a text, and nothing else."""
    if not isinstance(value, list) or len(value) < 2 or not _all(value, dict):
        return False
    for speaker, text in (("role", "content"), ("from", "value")):
        if all(speaker in turn and (text in turn or "tool_calls" in turn) for turn in value):
            speakers = [turn[speaker] for turn in value]
            return speakers[0] in ("system", "user", "human", "developer") and len(set(map(str, speakers))) <= 5
    return False


def _all(items: list[Any], kind: type) -> bool:
    return all(isinstance(item, kind) for item in items)


def _no_records(path: Path, value: Any) -> Problem:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    kind = kinds.get(type(value), "a number")
    return Problem(
        code="data.no_records",
        severity="block",
        count=1,
        message=f"{path.name} is valid JSON, but {kind} without a list of records, so it has no rows.",
        hint='Give a list of objects, e.g. [{"text": "…", "label": "…"}].',
    )


def _fill(table: Table, records: Iterable[tuple[int, dict[str, Any]]]) -> None:
    kept = list(records)
    columns = dict.fromkeys(key for _, record in kept for key in record)
    table.columns = list(columns)
    table.rows = [tuple(map(record.get, columns)) for _, record in kept]
    table.lines = [line for line, _ in kept]


def read_jsonl(decoded: DecodedText, path: Path) -> Table:
    """Reads one object a line; lines that are no object become bad rows.

    Raises:
        BadInput: `data.unreadable`, where no line can be read.
    """
    table = Table(path, "jsonl", [], [], [], decoded.encoding, problems=list(decoded.problems))
    return _fill_from_lines(table, decoded.text.split("\n"))


def read_large_jsonl(raw: bytes, path: Path) -> Table | None:
    """As `read_jsonl`, of UTF-8 without ever holding the text as a whole; None for other bytes.

    Raises:
        BadInput: see `read_jsonl`.
    """
    try:
        return _fill_from_lines(Table(path, "jsonl", [], [], []), _decoded_lines(raw))
    except UnicodeDecodeError:
        return None


def _decoded_lines(raw: bytes) -> Iterator[str]:
    start = 0
    while start <= len(raw):
        end = raw.find(b"\n", start + _DECODED_BYTES)
        end = len(raw) if end < 0 else end
        yield from raw[start:end].decode("utf-8").split("\n")
        tell(end / len(raw))
        start = end + 1


def _fill_from_lines(table: Table, lines: Iterable[str]) -> Table:
    columns: dict[str, None] = {}
    rows: PackedRows[tuple[Any, ...]] = PackedRows()
    for number, line in enumerate(lines, start=1):
        if not line or line.isspace():
            continue
        try:
            record = _record(parse_json(line))
        except NotJson as error:
            table.bad.append(BadRow(number, "data.bad_line", f"{error} at column {error.column}.", line[:1000]))
        else:
            if not record.keys() <= columns.keys():
                columns |= dict.fromkeys(record)
            rows.append(tuple(map(record.get, columns)))
            table.lines.append(number)
    if not rows:
        first = table.bad[0]
        raise BadInput(
            "data.unreadable",
            f"No line of {table.path} is a JSON object; line {first.line}: {first.message}",
            "Put one object on each line, e.g. " + '{"text": "…", "label": "…"}.',
            line=first.line,
        )
    table.columns = list(columns)
    table.rows = (rows if len(rows[0]) == len(columns) else _filled_up(rows, len(columns))).done()
    return table


def _filled_up(rows: Iterable[tuple[Any, ...]], width: int) -> PackedRows[tuple[Any, ...]]:
    """Rows that were read before the last columns were seen, with nothing in these."""
    filled: PackedRows[tuple[Any, ...]] = PackedRows()
    filled.extend((*row, *[None] * (width - len(row))) for row in rows)
    return filled


def _record(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, list) and value and _all(value, dict):
        return {"messages": value}
    raise NotJson(f"{excerpt(json.dumps(value), 40)} is no object", 1, 1)


def looks_like_json_lines(text: str) -> bool:
    """Whether the first line, and the second where there is one, is a JSON object of its own."""
    lines = [line for line in text[: 1 << 22].split("\n", 50) if line.strip()][:2]
    try:
        return bool(lines) and all(isinstance(parse_json(line), dict) for line in lines)
    except NotJson:
        return False
