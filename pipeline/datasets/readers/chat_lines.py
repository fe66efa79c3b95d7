"""Chats that WhatsApp and Signal export as text: a message begins with its time and its author."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pipeline.datasets.problem import Problem
from pipeline.datasets.readers.table import BadRow, Table
from pipeline.datasets.readers.text import DecodedText

CHAT_COLUMNS = ["timestamp", "author", "message"]
_DATE = r"(?P<first>\d{1,4})(?P<sign>[./-])(?P<second>\d{1,2})(?P=sign)(?P<third>\d{2,4})"
_TIME = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<seconds>\d{2}))?(?:\s?(?P<half>[AaPp])\.?\s?[Mm]\.?)?"
# Android: `30/01/19, 20:49 - Ann: Hello`; iOS and Signal: `[30/01/19, 20:49:10] Ann: Hello`
_START = re.compile(rf"[\u200e\u200f]*(?P<open>\[)?{_DATE},?\s{_TIME}(?(open)\]\s?|\s[-–]\s)(?P<rest>.*)")
_MEDIA = re.compile(
    r"\u200e?<[^>]*(omitted|ausgeschlossen|weggelassen|omis|omitid[oa]|omesso)[^>]*>$|"
    r"\u200e?(image|video|audio|sticker|GIF|document|Contact card) omitted$"
)
_LONGEST_AUTHOR = 60
_SAMPLE_LINES = 60


@dataclass
class _Entry:
    line: int
    date: tuple[int, int, int]
    time: tuple[int, int, int]
    text: list[str] = field(default_factory=list)


def looks_like_chat(text: str) -> bool:
    """Whether the first line and a fair share of those below begin like messages, some with an author."""
    lines = [line for line in text[: 1 << 16].split("\n") if line.strip()][:_SAMPLE_LINES]
    starts = [match["rest"] for line in lines if (match := _START.match(line))]
    has_author = any(_parted(rest)[0] for rest in starts)
    return bool(lines) and has_author and bool(_START.match(lines[0])) and 5 * len(starts) >= len(lines)


def read_chat_lines(decoded: DecodedText, path: Path) -> Table:
    """Reads one message per row; what the app itself noted is set aside."""
    table = Table(path, "chat", list(CHAT_COLUMNS), [], [], decoded.encoding, problems=list(decoded.problems))
    entries = _entries(decoded.text)
    order = _date_order([entry.date for entry in entries])
    if order is None:
        table.problems.append(_unsure_dates(path, entries[0]))
    for entry in entries:
        _add(table, entry, order or "dmy")
    return table


def _entries(text: str) -> list[_Entry]:
    entries: list[_Entry] = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        match = _START.match(line)
        if match:
            date = int(match["first"]), int(match["second"]), int(match["third"])
            entries.append(_Entry(number, date, _time(match), [match["rest"]]))
        elif entries:
            entries[-1].text.append(line)
    return entries


def _time(match: re.Match[str]) -> tuple[int, int, int]:
    hour, half = int(match["hour"]), match["half"]
    if half and hour <= 12:
        hour = hour % 12 + 12 * (half in "pP")
    return hour, int(match["minute"]), int(match["seconds"] or 0)


def _add(table: Table, entry: _Entry, order: str) -> None:
    text = "\n".join(entry.text).strip()
    author, message = _parted(text)
    moment = _moment(entry, order)
    if not author or moment is None:
        why = "the app noted it; nobody said it." if moment else "its date does not exist."
        table.bad.append(BadRow(entry.line, "data.chat_notice", why, text))
    elif _MEDIA.match(message):
        table.bad.append(BadRow(entry.line, "data.chat_media", "a picture, a recording or the like.", text))
    else:
        table.rows.append((moment.isoformat(), author, message))
        table.lines.append(entry.line)


def _parted(text: str) -> tuple[str, str]:
    """Author and message; no author for what the app itself wrote."""
    author, colon, message = text.partition(": ")
    author = author.strip(" \u200e\u200f\u202a\u202c~")
    is_name = bool(colon and author) and len(author) <= _LONGEST_AUTHOR and not set(author) & set('"“”\n')
    return (author, message.strip()) if is_name else ("", text)


def _moment(entry: _Entry, order: str) -> datetime | None:
    parts = dict(zip(order, entry.date, strict=True))
    year = parts["y"] + (2000 if parts["y"] < 100 else 0)
    try:
        return datetime(year, parts["m"], parts["d"], *entry.time)
    except ValueError:
        return None


def _date_order(dates: Sequence[tuple[int, int, int]]) -> str | None:
    """`ymd`, `dmy` or `mdy`: by numbers that are no month, else by which order makes time run forwards; else None."""
    if any(first > 31 for first, _, _ in dates):
        return "ymd"
    day_first, month_first = any(one > 12 for one, _, _ in dates), any(two > 12 for _, two, _ in dates)
    if day_first != month_first:
        return "dmy" if day_first else "mdy"
    days = [(year, second, first) for first, second, year in dates]
    months = [(year, first, second) for first, second, year in dates]
    if (days == sorted(days)) != (months == sorted(months)):
        return "dmy" if days == sorted(days) else "mdy"
    return None


def _unsure_dates(path: Path, first: _Entry) -> Problem:
    return Problem(
        code="data.date_order",
        severity="note",
        count=1,
        message=f"The dates of {path.name} can be read day first or month first; day first was taken.",
        hint="It only matters if the times do.",
        examples=["/".join(f"{part:02d}" for part in first.date)],
    )
