"""Readers of rows: dataset versions and Parquet through Arrow, the other formats through the import's own tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.workbench.data_languages import LanguageFacts, Languages, prompt_of, spoken_in
from app.workbench.data_rows import (
    MARKS,
    PAGE_ROWS,
    TOKENS,
    Cell,
    ColumnSummary,
    DataRow,
    FileSummary,
    Finding,
    FindingFix,
    Lens,
    Page,
    Part,
    Query,
    RowDetail,
    RowReader,
    SourceFacts,
    Turn,
    compiled,
    lengths_of,
    preview,
    words_of,
)
from pipeline.bases.chat import is_learned
from pipeline.datasets.checks.doubts import Doubt, doubts
from pipeline.datasets.edits import Edited, Mark, lost_edits, row_key, with_edits
from pipeline.datasets.readers.table import bad_place, unique_names
from pipeline.datasets.recognise.columns import sampled_indices
from pipeline.errors import BadInput, VibetuneError

if TYPE_CHECKING:
    from app.workbench.data_labels import LabelQueue
    from app.workbench.data_tokens import LengthFacts, TokenCounter
    from pipeline.datasets.problem import Problem
    from pipeline.datasets.readers.table import Table
    from pipeline.datasets.recognise.inspection import Inspection
    from pipeline.datasets.row import Draft, Message

BARS = 10
HEAD_BYTES = 256 << 10  # of which a large file's first rows are shown while the rest is read; what tells a dialect
_OF_LINES = frozenset((".csv", ".tsv", ".tab", ".psv", ".jsonl", ".ndjson"))
DETAIL_CHARACTERS = 200_000  # of one text: what a person can read, and a widget can show


def open_reader(path: Path) -> RowReader:
    """Opens a dataset version's folder or a data file.

    Raises:
        BadInput: it can't be read; says where and why.
    """
    if path.is_dir():
        from app.workbench.version_reader import VersionReader

        return VersionReader(path)
    from pipeline.datasets.readers.read import read_table

    return FileReader(read_table(path))


def first_page(path: Path) -> Page | None:
    """The first rows of a large file of lines, without reading the rest; None where its form doesn't allow that."""
    if path.suffix.lower() not in _OF_LINES:
        return None
    from pipeline.datasets.readers.content import read_content

    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    try:
        reader = FileReader(read_content(head[: head.rfind(b"\n") + 1], path))
    except VibetuneError:
        return None  # the whole file says what is wrong, and where
    rows = range(min(PAGE_ROWS, len(reader.members("all")) - 1))  # the last one may be cut
    cells = reader.cells("all", rows)
    found = tuple(DataRow(index + 1, each) for index, each in zip(rows, cells, strict=True))
    return Page(str(path), Query(), 0, len(found), reader.columns("all"), found) if found else None


def summary_of(path: Path) -> FileSummary:
    """What the list of files says of a file that nobody has opened.

    Raises:
        BadInput: it can't be read.
    """
    from pipeline.datasets.readers.read import read_table

    return FileReader(read_table(path)).summary()


class FileReader:
    """Rows of a file as its own columns have them, with the user's edits over them."""

    def __init__(self, table: Table) -> None:
        self._file = table
        self._edited = Edited(self._file, {}, {}, ())
        self._lens = Lens()
        self._seen: Inspection | None = None
        self._is_stale = False  # the inspection is of rows that were edited since: good enough for roles
        self._counter: TokenCounter | None = None
        self._edit_marks: dict[int, str] = {}
        self._doubt_marks: dict[int, str] = {}
        self._languages = Languages(self._prompts)

    @property
    def _table(self) -> Table:
        return self._edited.table

    def look(self, lens: Lens) -> bool:
        if lens == self._lens:
            return False
        if lens.edits != self._lens.edits:
            before = self._table.columns
            self._edited = with_edits(self._file, lens.edits)
            self._is_stale = True
            self._languages = Languages(self._prompts)
            if self._table.columns != before:
                self._seen = None
            self._edit_marks = self._marks_of_edits()
        if lens.rule != self._lens.rule:
            self._counter = None
        self._lens = lens
        return True

    def _marks_of_edits(self) -> dict[int, str]:
        by_hand = self._edited.by_hand
        cells = {row: self._cells_of(row) for row in by_hand}
        names = {
            row: [cell.name for cell in found if cell.is_edited and cell.name in by_hand[row]]
            for row, found in cells.items()
        }
        return {row: f"edited: {', '.join(found)}" for row, found in names.items() if found}

    def _mark(self, row: int) -> str:
        return " · ".join(filter(None, (self._edit_marks.get(row), self._doubt_marks.get(row))))

    @property
    def _marked(self) -> list[int]:
        return sorted(self._edit_marks.keys() | self._doubt_marks.keys())

    @property
    def _inspection(self) -> Inspection:
        from pipeline.datasets.recognise.inspection import inspect_tables

        if self._seen is None:
            self._seen = inspect_tables([self._table])
            self._is_stale = False
        return self._seen

    @property
    def _roles(self) -> dict[str, str]:
        """Column → role."""
        mapping = self._inspection.mapping
        return {name: role for role, names in mapping.columns.items() for name in names} if mapping else {}

    @property
    def _is_labelled(self) -> bool:
        mapping = self._inspection.mapping
        return mapping is not None and mapping.task_hint == "classification"

    def columns(self, part: Part) -> tuple[str, ...]:
        own = tuple(self._table.columns)
        if part == "quarantine":
            return own
        return tuple(unique_names([*own, TOKENS, MARKS]))

    def members(self, part: Part) -> Sequence[int]:
        if part == "quarantine":
            return range(len(self._table.bad))
        if part == "marked":
            return self._marked
        return range(len(self._table.rows) if part == "all" else 0)

    def matching(self, query: Query) -> Sequence[int]:
        if query.part == "quarantine":
            return self.members(query.part)
        query, lengths = lengths_of(query)
        query, spoken = spoken_in(query)
        matches = matcher(query, self._table.columns)
        if query.part == "all":
            found = [index for index, row in enumerate(self._table.rows) if matches(row)]
        else:
            found = [index for index in self.members(query.part) if matches(self._table.rows[index])]
        return lengths.leave(spoken.leave(found, self._languages.of), self._tokens)

    def cells(self, part: Part, indices: Sequence[int]) -> list[tuple[str, ...]]:
        if part == "quarantine":
            width = len(self._table.columns)
            bad = [self._table.bad[index] for index in indices]
            return [(preview(row.raw), preview(row.message), *("",) * width)[:width] for row in bad]
        rows = [self._table.rows[index] for index in indices]
        return [
            (*map(preview, row), tokens, self._mark(index))
            for index, row, tokens in zip(indices, rows, self._token_cells(indices), strict=True)
        ]

    def _tokens(self, indices: Sequence[int]) -> list[int]:
        """How long rows are; the base is read first where that hasn't been done.

        Raises:
            BadInput: the base isn't there.
        """
        if self._counter is None and self._lens.rule is not None:
            from app.workbench.data_tokens import TokenCounter

            self._counter = TokenCounter(self._lens.rule)
        return self._counter.count(self._conversations(indices)) if self._counter is not None else [0] * len(indices)

    def _token_cells(self, indices: Sequence[int]) -> list[str]:
        counter = self._counter
        if counter is None:
            return [""] * len(indices)
        return [f"{count:,}" if count else "" for count in counter.count(self._conversations(indices))]

    def detail(self, part: Part, index: int) -> RowDetail:
        if part == "quarantine":
            bad = self._table.bad[index]
            return RowDetail(index + 1, (), (("line", bad.raw),), bad_place(self._table.path, bad), "", bad.message)
        row = self._table.rows[index]
        draft = self._draft(row)
        turns = as_turns(draft.messages) if draft is not None else ()
        rest = [
            (name, _whole(value))
            for name, value in zip(self._table.columns, row, strict=True)
            if not turns or self._roles.get(name) in (None, "rejected", "label")
        ]
        return RowDetail(
            index + 1,
            turns,
            tuple(rest),
            self._table.place(index),
            identity=draft.id if draft is not None else "",
            mark=self._mark(index),
            cells=self._cells_of(index),
            key=row_key(self._file.columns, self._file.rows[index]),
        )

    def _cells_of(self, index: int) -> tuple[Cell, ...]:
        before = dict(zip(self._file.columns, self._file.rows[index], strict=True))
        now = zip(self._table.columns, self._table.rows[index], strict=True)
        return tuple(Cell(name, value, before.get(name), value != before.get(name)) for name, value in now)

    def index_of(self, part: Part, place: str) -> int | None:
        if part in ("all", "marked"):
            return self._table.index_of(place)
        places = (bad_place(self._table.path, bad) for bad in self._table.bad)
        return next((index for index, one in enumerate(places) if one == place), None)

    def facts(self, source: str) -> SourceFacts:
        if self._is_stale:
            self._seen = None
        seen = self._inspection
        counts = self._counts()
        self._look_for_marks()
        lengths, error = self._lengths()
        shown = self.columns("all")
        return SourceFacts(
            source=source,
            title=self._table.path.name,
            rows=len(self._table.rows),
            parts=(
                ("all", len(self._table.rows)),
                ("marked", len(self._marked)),
                ("quarantine", len(self._table.bad)),
            ),
            columns=(
                *(
                    ColumnSummary(
                        each.name,
                        each.kind,
                        each.distinct,
                        self._roles.get(each.name, ""),
                        tuple(count for _, count in counts.get(each.name, ())[:BARS]),
                    )
                    for each in seen.columns
                ),
                *own_columns(shown[-2], shown[-1], lengths, len(self._marked)),
            ),
            findings=findings([*seen.problems, *lost_edits(self._edited.lost)]),
            labels=self._labels(counts),
            set_aside=tuple(Counter(row.code for row in self._table.bad).most_common()),
            reading=_reading(seen),
            lengths=lengths,
            lengths_error=error,
            marked=len(self._marked),
            edited=len(self._edited.columns_of),
        )

    def languages(self) -> LanguageFacts:
        return self._languages.facts(len(self._table.rows))

    def _prompts(self, indices: Sequence[int]) -> list[str]:
        """What is asked in rows; of a row that is no conversation, all its texts."""
        told = zip(indices, self._conversations(indices), strict=True)
        return [prompt_of(turns) if turns else "\n".join(map(_text, self._table.rows[row])) for row, turns in told]

    def label_queue(self, column: str) -> LabelQueue:
        """Rows to label, in the order in which it is best done."""
        from app.workbench.data_labels import label_queue

        mapping = self._inspection.mapping
        roles = mapping.columns if mapping is not None else {}
        answer = next(iter(roles.get("completion", ())), "")
        prompts = list(roles.get("prompt", ()))
        return label_queue(self._file, self._edited, column, prompts, answer if self._is_labelled else "")

    def rows_labelled(self, column: str, names: Sequence[str], into: str) -> tuple[Mark, ...]:
        """Rows that merging labels into another one would change."""
        from app.workbench.data_labels import rows_labelled

        return rows_labelled(self._file, self._edited, column, names, into)

    def summary(self) -> FileSummary:
        """What the list of files says of it."""
        seen = self._inspection
        return FileSummary(seen.sources[0].format, seen.rows, findings(seen.problems))

    def write_edited(self) -> Path:
        """Writes the rows with their edits beside the file, as CSV, or as JSON lines where a cell is no text."""
        from app.workbench.data_writing import write_rows

        return write_rows(self._file.path, self._table.columns, self._table.rows)

    def _look_for_marks(self) -> None:
        marks: dict[int, str] = {}
        if self._is_labelled:
            texts, labels = self._labelled_texts()
            marks = {doubt.row: mark_of(doubt) for doubt in doubts(texts, labels, is_quick=True)}
        self._doubt_marks = marks

    def _labelled_texts(self) -> tuple[list[str], list[str]]:
        from pipeline.datasets.cell import cell_text

        mapping = self._inspection.mapping
        columns = mapping.columns if mapping is not None else {}
        prompts = [self._table.columns.index(name) for name in columns.get("prompt", ())]
        answer = self._table.columns.index(columns["completion"][0])
        rows = self._table.rows
        texts = ["\n\n".join(filter(None, (cell_text(row[at]) for at in prompts))) for row in rows]
        return texts, [cell_text(row[answer]) for row in rows]

    def _lengths(self) -> tuple[LengthFacts | None, str]:
        if self._lens.rule is None or self._inspection.mapping is None:
            return None, "Lengths are counted once it is known which columns are read and which are learned."
        from app.workbench.data_tokens import MOST_COUNTED, TokenCounter

        try:
            counter = self._counter or TokenCounter(self._lens.rule)
        except BadInput as error:
            return None, f"{error.message} {error.hint}"
        rows = len(self._table.rows)
        counts = counter.count(self._conversations(sampled_indices(rows, MOST_COUNTED)))
        self._counter = counter
        return counter.facts([count for count in counts if count], rows), ""

    def _counts(self) -> dict[str, list[tuple[str, int]]]:
        """Values of the columns that hold categories, frequent ones first."""
        found = {}
        for position, name in enumerate(self._table.columns):
            if any(each.name == name and each.kind == "category" for each in self._inspection.columns):
                found[name] = Counter(preview(row[position]) for row in self._table.rows).most_common()
        return found

    def _labels(self, counts: dict[str, list[tuple[str, int]]]) -> tuple[tuple[str, int], ...]:
        mapping = self._inspection.mapping
        if mapping is None or not self._is_labelled:
            return ()
        return _merged(counts.get(mapping.columns["completion"][0], ()))

    def _draft(self, row: tuple[Any, ...]) -> Draft | None:
        return self._drafts([row])[0]

    def _conversations(self, indices: Sequence[int]) -> list[list[Message]]:
        """Messages of rows, none for a row that is not whole."""
        drafts = self._drafts([self._table.rows[index] for index in indices])
        return [draft.messages if draft is not None else [] for draft in drafts]

    def _drafts(self, rows: list[tuple[Any, ...]]) -> list[Draft | None]:
        """Rows as conversations; None for what can't be one."""
        from pipeline.datasets.canonical import canonical_rows
        from pipeline.datasets.readers.table import Table

        mapping, none = self._inspection.mapping, [None] * len(rows)
        if mapping is None:
            return list(none)
        table = self._table
        part = Table(table.path, table.format, table.columns, rows, list(range(1, len(rows) + 1)))
        try:
            drafts, _aside = canonical_rows(part, mapping.columns)
        except BadInput:
            return list(none)  # preference pairs and the like: shown as fields
        by_place = {draft.source: draft for draft in drafts}
        return [by_place.get(part.place(at)) for at in range(len(rows))]


def own_columns(tokens: str, marks: str, lengths: LengthFacts | None, marked: int) -> tuple[ColumnSummary, ...]:
    """What stands above the columns that are ours."""
    bars = lengths.bars(BARS) if lengths is not None else ()
    return ColumnSummary(tokens, "tokens", 0, bars=bars), ColumnSummary(marks, "marks", marked)


def mark_of(doubt: Doubt) -> str:
    """Why a row is worth a look, in a few words."""
    if doubt.kind == "contradiction":
        return f"contradicts {(doubt.other or 0) + 1:,}"
    if doubt.kind == "near":
        return f"like {(doubt.other or 0) + 1:,}, other label"
    return "no label" if doubt.kind == "unlabelled" else f"unlike its label, {doubt.guess}?"


def findings(problems: Sequence[Problem]) -> tuple[Finding, ...]:
    """Problems as plain values: what stands in the way first, then what to look at, then notes."""
    order = {"block": 0, "warning": 1, "note": 2}
    found = [
        Finding(
            each.code,
            each.severity,
            each.count,
            each.message,
            each.hint,
            tuple(each.examples),
            tuple(FindingFix(fix.title, fix.field, fix.value) for fix in each.fixes),
        )
        for each in problems
    ]
    return tuple(sorted(found, key=lambda each: order[each.severity]))


def _merged(counts: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Labels whose spellings differ in case and blanks only, as the import merges them."""
    from pipeline.datasets.cell import label_key

    names: dict[str, str] = {}
    found: Counter[str] = Counter()
    for label, count in counts:
        if label.strip():
            found[names.setdefault(label_key(label), label.strip())] += count
    return tuple(found.most_common())


def matcher(query: Query, columns: Sequence[str]) -> Callable[[Sequence[Any]], bool]:
    """Says of a row whether the query leaves it."""
    if query.is_regex:
        pattern = compiled(query.text)
        return lambda row: any(pattern.search(_text(value)) for value in row)
    words = words_of(query.text, columns)
    anywhere = words.anywhere.casefold()
    terms = [(list(columns).index(name), text.casefold()) for name, text in words.in_columns]

    def matches(row: Sequence[Any]) -> bool:
        if any(text not in _text(row[position]).casefold() for position, text in terms):
            return False
        return not anywhere or any(anywhere in _text(value).casefold() for value in row)

    return matches


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _whole(value: Any) -> str:
    import json

    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return "" if value is None else text[:DETAIL_CHARACTERS]


def as_turns(messages: Sequence[dict[str, str]]) -> tuple[Turn, ...]:
    return tuple(Turn(each["role"], each["content"][:DETAIL_CHARACTERS], is_learned(each)) for each in messages)


def _reading(seen: Inspection) -> str:
    if seen.mapping is None:
        return ""
    roles = ", ".join(f"{role}: {' + '.join(names)}" for role, names in seen.mapping.columns.items())
    return f"{seen.mapping.task_hint}; {roles}"
