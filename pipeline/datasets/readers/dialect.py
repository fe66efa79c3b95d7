"""The dialect of a delimited file, from how evenly each candidate cuts it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

from pipeline.datasets.readers.progress import EVERY, Hear

_QUOTED_LINE = re.compile(r'"(?:[^"]|"")*+"[ \t]*(?=\r?\n|\Z)')
DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_CHARACTERS = 1 << 18
_ENOUGH_RECORDS = 20
_EVEN = 0.5  # share of records with the same number of fields below which a file counts as having one column
_FIELD_LIMIT = Lock()

Record = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How fields are parted and quoted; `delimiter` None means one column."""

    delimiter: str | None
    quoted: bool = True
    escape: str | None = None
    skips_spaces: bool = False

    def records(self, text: str, hear: Hear | None = None) -> list[Record]:
        """(first line, fields) of every record of `text`; blank lines are left out. `hear` is told how far it is."""
        if self.delimiter is None and not (text.lstrip().startswith('"') or _quotes_fields(text)):
            return _lines(text)
        with _unlimited_fields(len(text)):
            stream = io.StringIO(text, newline="")
            reader = csv.reader(
                stream,
                delimiter=self.delimiter or "\x1f",
                quoting=csv.QUOTE_MINIMAL if self.quoted else csv.QUOTE_NONE,
                escapechar=self.escape,
                doublequote=self.escape is None,
                skipinitialspace=self.skips_spaces,
            )
            records, line = [], 1
            for fields in reader:
                if fields:
                    records.append((line, fields))
                    if hear is not None and len(records) % EVERY == 0:
                        hear(stream.tell() / len(text))
                line = reader.line_num + 1
        return records


def _quotes_fields(text: str) -> bool:
    """Whether lines of a single column that begin with a quote are fields in quotes, each up to its line's end."""
    start, found = text.find('\n"'), False
    while start >= 0:
        field = _QUOTED_LINE.match(text, start + 1)
        if field is None:
            return False
        start, found = text.find('\n"', field.end()), True
    return found


def _lines(text: str) -> list[Record]:
    lines = enumerate(io.StringIO(text, newline=None), start=1)
    return [(number, [line.rstrip("\n")]) for number, line in lines if line.strip()]


@contextmanager
def _unlimited_fields(length: int) -> Iterator[None]:
    """The csv module's field limit belongs to the whole process: raised under a lock and put back."""
    with _FIELD_LIMIT:
        before = csv.field_size_limit()
        csv.field_size_limit(max(length + 1, before))
        try:
            yield
        finally:
            csv.field_size_limit(before)


def detect_dialect(text: str, preferred: str = ",") -> Dialect:
    """Chooses delimiter and quoting by which most records have the same number of fields, two or more.

    Args:
        text: the whole file.
        preferred: delimiter that wins where several cut equally well.
    """
    sample = _sample(text)
    is_cut = len(sample) < len(text)
    best, best_score = Dialect(None), (_EVEN, 0, 0)
    for rank, candidate in _candidates(sample, preferred):
        share, width = _evenness(candidate, sample, is_cut=is_cut)
        score = (round(share, 2), rank, width)
        if share > _EVEN and score > best_score:
            best, best_score = candidate, score
    return best


def _candidates(sample: str, preferred: str) -> Iterator[tuple[int, Dialect]]:
    """Dialects with their rank; between equally even ones the higher rank wins, then more columns, then the first."""
    order = sorted(DELIMITERS, key=lambda delimiter: delimiter != preferred)
    escapes = '\\"' in sample and '""' not in sample
    for delimiter in (delimiter for delimiter in order if delimiter in sample):
        yield 2, Dialect(delimiter)
        if f'{delimiter} "' in sample:
            yield 3, Dialect(delimiter, skips_spaces=True)
        if '\\"' in sample:
            yield 3 if escapes else 1, Dialect(delimiter, escape="\\")
        if '"' in sample:
            plain = Dialect(delimiter, quoted=False)
            yield 0 if _has_quoted_field(plain, sample) else 3, plain


def _has_quoted_field(plain: Dialect, sample: str) -> bool:
    """Whether some field begins and ends with a quote; where none does, quotes are signs like any other."""
    fields = (field.strip() for _, record in plain.records(sample) for field in record)
    return any(len(field) > 1 and field[0] == field[-1] == '"' for field in fields)


def _evenness(dialect: Dialect, sample: str, *, is_cut: bool) -> tuple[float, int]:
    """(share of records that fit the usual number of fields, that number); halved where the first one does not."""
    records = [fields for _, fields in dialect.records(sample)]
    if is_cut and len(records) > 1:
        records.pop()  # the sample's end may lie inside a quoted field
    if not records:
        return 0.0, 0
    usual, _ = max(Counter(map(len, records)).items(), key=lambda item: (item[1], item[0]))
    if usual < 2:
        return 0.0, usual
    share = sum(fits(fields, usual) for fields in records) / len(records)
    return (share if fits(records[0], usual) else share / 2), usual


def fits(fields: list[str], width: int) -> bool:
    """Whether a record has `width` fields, apart from separators at its end."""
    return len(fields) == width or (len(fields) > width and not any(field.strip() for field in fields[width:]))


def _sample(text: str) -> str:
    length = _SAMPLE_CHARACTERS
    while length < len(text):
        cut = max(text.rfind("\n", 0, length), text.rfind("\r", 0, length)) + 1
        if text.count("\n", 0, cut) + text.count("\r", 0, cut) >= _ENOUGH_RECORDS:
            return text[:cut]
        length *= 8
    return text
