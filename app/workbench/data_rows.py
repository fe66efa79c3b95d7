"""Rows of a file or of a dataset version, as a table wants them: counted, filtered, page by page.

Nothing here is kept by a panel: readers live in the background, pages are plain values.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pipeline.errors import BadInput

if TYPE_CHECKING:
    from app.workbench.data_languages import LanguageFacts
    from app.workbench.data_tokens import LengthFacts, TokenRule
    from pipeline.datasets.edits import Edit

Part = Literal["all", "train", "validation", "test", "marked", "quarantine"]
PARTS: tuple[Part, ...] = ("all", "train", "validation", "test", "marked", "quarantine")
TOKENS, MARKS = "tokens", "to look at"  # columns that are ours, not the source's
PREVIEW = 160  # characters of a cell: more than a column shows
PAGE_ROWS = 256  # source: measured, a page this long is read in 2 to 5 ms
_COUNTED_AT_ONCE = 2_000
_COMPARED: dict[str, Callable[[int, int], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_LENGTH = re.compile(r"(?:^|(?<=\s))tokens(>=|<=|>|<)(\d+)(?=\s|$)", re.IGNORECASE)
_TERM = re.compile(r'(?:^|(?<=\s))([\w.-]+):("[^"]*"|\S+)')


@dataclass(frozen=True)
class Lens:
    """What lies over a source when it is shown.

    Args:
        edits: of a file's rows; a version has its edits in its rows.
        rule: whose tokens are counted; None leaves them out.
    """

    edits: tuple[Edit, ...] = ()
    rule: TokenRule | None = None


@dataclass(frozen=True)
class Query:
    """Which rows: of one part, and only those that have a text.

    Args:
        text: words that a row must contain, `column:value`, `tokens>200`, `in:de`; with `is_regex` a pattern.
    """

    part: Part = "all"
    text: str = ""
    is_regex: bool = False


@dataclass(frozen=True)
class DataRow:
    """One row of a page; `number` counts from 1 in the unfiltered source."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """Rows `start` and following of what the query leaves."""

    source: str
    query: Query
    start: int
    total: int
    columns: tuple[str, ...]
    rows: tuple[DataRow, ...]


@dataclass(frozen=True)
class Turn:
    """One message of a conversation; an answer that is not learned is only read."""

    role: str
    text: str
    is_learned: bool = True


@dataclass(frozen=True)
class Cell:
    """One value of a row: as it is, and `before`, as its file has it."""

    name: str
    value: Any
    before: Any = None
    is_edited: bool = False

    @property
    def text(self) -> str:
        """The value as a field shows it."""
        return written(self.value)


@dataclass(frozen=True)
class RowDetail:
    """One row in full.

    Args:
        turns: the row as a conversation; empty where the columns' roles aren't known.
        fields: name and text of each value that is in no turn.
        place: `file:line` that it comes from.
        reason: why it was set aside; empty for a row that is used.
        system_prompt: of the version that the row is in; None where the plan decides.
        identity: hash of its content, by which a plan names it; empty where the columns' roles aren't known.
        mark: why it is worth a look, in words.
        cells: values of a file's row, which can be edited; empty for a version's, which never change.
        key: hash of a file's row as the file has it, by which edits name it.
    """

    number: int
    turns: tuple[Turn, ...]
    fields: tuple[tuple[str, str], ...] = ()
    place: str = ""
    split: str = ""
    reason: str = ""
    system_prompt: str | None = None
    identity: str = ""
    mark: str = ""
    cells: tuple[Cell, ...] = ()
    key: str = ""


@dataclass(frozen=True)
class FindingFix:
    """A change of the plan that settles a problem: one field gets one value.

    Args:
        title: what it does, as its button says.
        field: dotted name in the plan.
    """

    title: str
    field: str
    value: Any

    @property
    def words(self) -> str:
        """The change as the plan's text has it; of a long list, how long it is."""
        is_long = isinstance(self.value, list) and len(self.value) > 3
        value = f"{len(self.value):,} entries" if is_long else written(self.value)
        return f"{self.field}: {value}"


@dataclass(frozen=True)
class Finding:
    """A problem of the data, with its count."""

    code: str
    severity: Literal["note", "warning", "block"]
    count: int
    message: str
    hint: str = ""
    examples: tuple[str, ...] = ()
    fixes: tuple[FindingFix, ...] = ()


@dataclass(frozen=True)
class ColumnSummary:
    """What is in a column, in short; `bars` are the counts of its most frequent values."""

    name: str
    kind: str
    distinct: int
    role: str = ""
    bars: tuple[int, ...] = ()


@dataclass(frozen=True)
class SourceFacts:
    """What stands above and beside the rows of a source."""

    source: str
    title: str
    rows: int
    parts: tuple[tuple[Part, int], ...] = ()
    columns: tuple[ColumnSummary, ...] = ()
    findings: tuple[Finding, ...] = ()
    labels: tuple[tuple[str, int], ...] = ()  # classification: label and rows, frequent ones first
    set_aside: tuple[tuple[str, int], ...] = ()  # reason and rows
    reading: str = ""  # how the columns would be read, in words
    lengths: LengthFacts | None = None
    lengths_error: str = ""  # why there are none
    marked: int = 0  # rows worth a look
    edited: int = 0  # rows that differ from their file


@dataclass(frozen=True)
class FileSummary:
    """What the list of files says of one."""

    format: str
    rows: int
    findings: tuple[Finding, ...] = ()


class RowReader(Protocol):
    """An opened source. All methods may take long and are called in the background only."""

    def look(self, lens: Lens) -> bool:
        """Looks at the rows another way from now on; whether that changes anything."""
        ...

    def columns(self, part: Part) -> tuple[str, ...]:
        """Names of the columns that a page shows."""
        ...

    def members(self, part: Part) -> Sequence[int]:
        """Indices of all rows of a part."""
        ...

    def matching(self, query: Query) -> Sequence[int]:
        """Indices of the rows that the query leaves, in order."""
        ...

    def cells(self, part: Part, indices: Sequence[int]) -> list[tuple[str, ...]]:
        """One-line previews."""
        ...

    def detail(self, part: Part, index: int) -> RowDetail:
        """A row in full."""
        ...

    def index_of(self, part: Part, place: str) -> int | None:
        """The row that comes from `file:line`."""
        ...

    def facts(self, source: str) -> SourceFacts:
        """Counts and findings."""
        ...

    def languages(self) -> LanguageFacts:
        """Which languages the prompts are in."""
        ...


def preview(value: Any) -> str:
    """A value on one line, cut to what a column can show."""
    if value is None:
        return ""
    text = written(value)
    head = text[: PREVIEW * 2]
    flat = " ⏎ ".join(line.strip() for line in head.splitlines() if line.strip()) if "\n" in head else head
    return flat if len(flat) <= PREVIEW and len(text) <= PREVIEW * 2 else flat[: PREVIEW - 1] + "…"


def written(value: Any) -> str:
    """A value as text, uncut: lists and objects as JSON, a missing value as nothing."""
    import json

    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Words:
    """A query's text taken apart: what is looked for in one column, and what anywhere."""

    anywhere: str
    in_columns: tuple[tuple[str, str], ...] = field(default_factory=tuple)


def words_of(text: str, columns: Sequence[str]) -> Words:
    """`queue:refund card twice` → refund in the column queue, "card twice" anywhere; unknown columns are plain text."""
    known = {name.lower(): name for name in columns}
    found: list[tuple[str, str]] = []

    def take(match: re.Match[str]) -> str:
        name = known.get(match[1].lower())
        if name is None:
            return match[0]
        found.append((name, match[2].strip('"')))
        return ""

    rest = " ".join(_TERM.sub(take, text).split())
    return Words(rest, tuple(found))


@dataclass(frozen=True)
class Lengths:
    """How long rows must be, in tokens: `tokens>200`, `tokens<=40`."""

    bounds: tuple[tuple[str, int], ...] = ()

    def leave(self, indices: Sequence[int], count: Callable[[Sequence[int]], list[int]]) -> Sequence[int]:
        """The rows that are as long; `count` says how long rows are, a few thousand at one time."""
        if not self.bounds:
            return indices
        found: list[int] = []
        for start in range(0, len(indices), _COUNTED_AT_ONCE):
            some = indices[start : start + _COUNTED_AT_ONCE]
            found += [index for index, tokens in zip(some, count(some), strict=True) if self._fits(tokens)]
        return found

    def _fits(self, tokens: int) -> bool:
        return tokens > 0 and all(_COMPARED[sign](tokens, bound) for sign, bound in self.bounds)


def lengths_of(query: Query) -> tuple[Query, Lengths]:
    """A query without what it says of tokens, and that."""
    if query.is_regex:
        return query, Lengths()
    found = tuple((match[1], int(match[2])) for match in _LENGTH.finditer(query.text))
    rest = " ".join(_LENGTH.sub(" ", query.text).split()) if found else query.text
    return replace(query, text=rest), Lengths(found)


def compiled(pattern: str) -> re.Pattern[str]:
    """A regular expression without regard to case.

    Raises:
        BadInput: `data.bad_pattern`, saying where it breaks.
    """
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        where = f" at character {error.pos + 1}" if error.pos is not None else ""
        text = f"{pattern!r} is no regular expression: {error.msg}{where}."
        raise BadInput("data.bad_pattern", text, "Correct it, or switch the pattern off.") from error
