"""Rows of a dataset version, through Arrow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.workbench.data_languages import LanguageFacts, Languages, spoken_in
from app.workbench.data_readers import BARS, as_turns, findings, matcher, own_columns
from app.workbench.data_rows import (
    MARKS,
    PARTS,
    TOKENS,
    ColumnSummary,
    Lens,
    Part,
    Query,
    RowDetail,
    SourceFacts,
    lengths_of,
    preview,
    words_of,
)
from pipeline.datasets.checks.personal_patterns import KINDS
from pipeline.datasets.recognise.columns import sampled_indices
from pipeline.datasets.versions.row_table import RowTable
from pipeline.datasets.versions.version import SPLITS
from pipeline.errors import BadInput

if TYPE_CHECKING:
    from app.workbench.data_tokens import LengthFacts, TokenCounter, TokenRule

REJECTED, WANTED = "rejected", "wanted"  # columns of judged rows
_MASKED = rf"\[(?:{'|'.join(KINDS)})\]"
_STORED = {  # columns of the view as the files call them
    "split": "split",
    "message": "messages",
    "answer": "messages",
    "label": "label",
    "from": "source",
    "reason": "reason",
    REJECTED: "rejected",
}
STEP = 10_000  # rows that are Python values at one time


class VersionReader:
    """Rows of a dataset version: what a run is trained on, measured with, and what was set aside."""

    def __init__(self, folder: Path) -> None:
        from pipeline.datasets.versions.version import load_version

        self._version = load_version(folder)
        self._tables: dict[Part, RowTable] = {split: RowTable(folder, [split]) for split in SPLITS}
        self._tables["all"] = self._tables["marked"] = RowTable(folder, SPLITS)
        self._tables["quarantine"] = RowTable(folder, ["quarantine"])
        self._answer = "label" if self._version.task == "classification" else "answer"
        stored = self._tables["all"].column_names
        judged = ((REJECTED, "rejected" in stored), (WANTED, "desired" in stored))
        self._judged = tuple(name for name, is_there in judged if is_there)
        self._lens = Lens()
        self._counter: TokenCounter | None = None
        self._languages = {part: Languages(partial(self._prompts, part)) for part in PARTS}
        self._marks: dict[int, str] = {}  # of the rows of all splits together

    def look(self, lens: Lens) -> bool:
        if lens.rule == self._lens.rule:
            return False
        self._lens, self._counter = Lens(rule=lens.rule), None
        return True

    def columns(self, part: Part) -> tuple[str, ...]:
        if part == "quarantine":
            return ("split", "message", self._answer, *self._judged, "reason")
        return ("split", "message", self._answer, *self._judged, TOKENS, MARKS, "from")

    def members(self, part: Part) -> Sequence[int]:
        return sorted(self._marks) if part == "marked" else range(int(self._tables[part].num_rows))

    def matching(self, query: Query) -> Sequence[int]:
        query, lengths = lengths_of(query)
        query, spoken = spoken_in(query)
        columns = self._searched(query.part)
        matches = matcher(query, columns)
        candidates = self._candidates(query)
        found: list[int] = []
        for start in range(0, len(candidates), STEP):
            indices = candidates[start : start + STEP]
            rows = self._whole(query.part, indices)
            found.extend(index for index, row in zip(indices, rows, strict=True) if matches(row))
        left = spoken.leave(found, self._languages[query.part].of)
        return lengths.leave(left, partial(self._tokens, query.part)) if query.part != "quarantine" else left

    def _candidates(self, query: Query) -> Sequence[int]:
        """Rows that may match: Arrow finds them without making a million Python values."""
        table = self._tables[query.part]
        words = words_of(query.text, self._searched(query.part))
        texts = [text for text in (words.anywhere, *(text for _, text in words.in_columns)) if text]
        if query.part == "marked" or query.is_regex or not all(text.isascii() for text in texts):
            return self.members(query.part)  # Arrow's patterns and its other alphabets are not Python's
        found = [_rows_with(table, words.anywhere)] if words.anywhere else []
        for name, text in words.in_columns:
            if text and (stored := _STORED.get(name)) in table.column_names:
                found.append(_rows_in(table, str(stored), text) | _rows_without(table, str(stored)))
        return sorted(set.intersection(*found)) if found else range(table.num_rows)

    def _searched(self, part: Part) -> tuple[str, ...]:
        """Columns that a filter looks into: those of the rows themselves."""
        return tuple(name for name in self.columns(part) if name not in (TOKENS, MARKS))

    def cells(self, part: Part, indices: Sequence[int]) -> list[tuple[str, ...]]:
        rows = [tuple(map(preview, row)) for row in self._whole(part, indices)]
        if part == "quarantine":
            return rows
        tokens, first = self._token_cells(part, indices), self._first(part)
        return [
            (*row[:-1], count, self._marks.get(first + index, ""), row[-1])
            for index, row, count in zip(indices, rows, tokens, strict=True)
        ]

    def _token_cells(self, part: Part, indices: Sequence[int]) -> list[str]:
        if self._counter is None or not indices:
            return [""] * len(indices)
        return [f"{count:,}" if count else "" for count in self._tokens(part, indices)]

    def _tokens(self, part: Part, indices: Sequence[int]) -> list[int]:
        """How long rows are; the base is read first where that hasn't been done.

        Raises:
            BadInput: the base isn't there.
        """
        from app.workbench.data_tokens import TokenCounter

        if self._counter is None and self._lens.rule is not None:
            self._counter = TokenCounter(self._rule(self._lens.rule))
        if self._counter is None:
            return [0] * len(indices)
        return self._counter.count(self._tables[part].take(list(indices)).column("messages").to_pylist())

    def _rule(self, rule: TokenRule) -> TokenRule:
        """The plan's, with the version's own system prompt."""
        return replace(rule, system_prompt=self._version.manifest.spec.get("system_prompt"))

    def _first(self, part: Part) -> int:
        """Where a split's rows begin among all."""
        earlier: Sequence[Part] = SPLITS[: SPLITS.index(part)] if part in SPLITS else ()
        return sum(int(self._tables[each].num_rows) for each in earlier)

    def detail(self, part: Part, index: int) -> RowDetail:
        value = self._tables[part].slice(index, 1).to_pylist()[0]
        label = (("label", value["label"]),) if value["label"] is not None else ()
        fields = (*label, *zip(self._judged, self._judgement(value), strict=True))
        reason = value.get("message", "") if part == "quarantine" else ""
        split = value.get("split") or (part if part != "quarantine" else "")
        system = self._version.manifest.spec.get("system_prompt")
        turns = as_turns(value["messages"])
        mark = "" if part == "quarantine" else self._marks.get(self._first(part) + index, "")
        return RowDetail(index + 1, turns, fields, value["source"], split, reason, system, value["id"], mark)

    def index_of(self, part: Part, place: str) -> int | None:
        import pyarrow.compute as pc

        found = int(pc.index(self._tables[part].column("source"), place).as_py())
        return found if found >= 0 else None

    def facts(self, source: str) -> SourceFacts:
        version = self._version
        labels = Counter(label for label in self._tables["all"].column("label").to_pylist() if label is not None)
        reasons = Counter(self._tables["quarantine"].column("reason").to_pylist())
        bars = tuple(count for _, count in labels.most_common(BARS))
        splits = tuple(len(self.members(part)) for part in ("train", "validation", "test"))
        self._marks = self._marked()
        lengths, error = self._lengths()
        return SourceFacts(
            source=source,
            title=f"{version.name}, version {version.id}",
            rows=len(self.members("all")),
            parts=tuple((part, len(self.members(part))) for part in PARTS),
            columns=(
                ColumnSummary("split", "split", 3, bars=splits),
                ColumnSummary("message", "text", len(self.members("all")), "prompt"),
                ColumnSummary(self._answer, "category" if labels else "text", len(labels), "completion", bars),
                *(ColumnSummary(name, "category" if name == WANTED else "text", 0) for name in self._judged),
                *own_columns(TOKENS, MARKS, lengths, len(self._marks)),
                ColumnSummary("from", "id", 0),
            ),
            findings=findings(version.report().problems),
            labels=tuple(labels.most_common()),
            set_aside=tuple(reasons.most_common()),
            reading=", ".join(f"{role}: {' + '.join(names)}" for role, names in version.manifest.columns.items()),
            lengths=lengths,
            lengths_error=error,
            marked=len(self._marks),
            edited=version.manifest.edits.rows if version.manifest.edits else 0,
        )

    def languages(self) -> LanguageFacts:
        return self._languages["all"].facts(int(self._tables["all"].num_rows))

    def _prompts(self, part: Part, indices: Sequence[int]) -> list[str]:
        return [text for _, text, _, _ in self._whole(part, indices)]

    def _marked(self) -> dict[int, str]:
        """Rows with masked personal data, and rows that were kept beside one that is nearly the same."""
        import pyarrow.compute as pc

        table = self._tables["all"]
        marks: dict[int, str] = {}
        first_of: dict[str, int] = {}
        for index, group in enumerate(table.column("group").to_pylist()):
            if group and first_of.setdefault(group, index) != index:
                marks[index] = f"like {first_of[group] + 1:,}, kept"
        start = 0
        for chunk in table.column("messages").chunks:
            has = pc.match_substring_regex(chunk.flatten().field("content"), _MASKED)
            for index in pc.unique(pc.list_parent_indices(chunk).filter(has)).to_pylist():
                marks[start + index] = " · ".join(filter(None, ("masked", marks.get(start + index, ""))))
            start += len(chunk)
        return marks

    def _lengths(self) -> tuple[LengthFacts | None, str]:
        from app.workbench.data_tokens import MOST_COUNTED, TokenCounter

        if self._lens.rule is None:
            return None, ""
        try:
            counter = self._counter or TokenCounter(self._rule(self._lens.rule))
        except BadInput as error:
            return None, f"{error.message} {error.hint}"
        rows = self._tables["all"].num_rows
        drawn = sampled_indices(rows, MOST_COUNTED)
        counts = counter.count(_drawn(self._tables["all"].column("messages"), drawn, rows))
        self._counter = counter
        return counter.facts([count for count in counts if count], rows), ""

    def _whole(self, part: Part, indices: Sequence[int]) -> list[tuple[str, ...]]:
        """Split, message, answer and place (or reason) of rows, uncut."""
        if not indices:
            return []
        table = self._tables[part]
        is_run = indices[-1] - indices[0] + 1 == len(indices)
        taken = table.slice(indices[0], len(indices)) if is_run else table.take(list(indices))
        rows: list[tuple[str, ...]] = []
        for value in taken.to_pylist():
            turns = value["messages"]
            prompt = "\n".join(turn["content"] for turn in turns[:-1] if turn["role"] != "system")
            last = value["reason"] if part == "quarantine" else value["source"]
            split = value.get("split") or ("" if part == "quarantine" else part)
            text, answer = (prompt, turns[-1]["content"]) if prompt else (turns[-1]["content"], "")
            rows.append((split, text, value["label"] or answer, *self._judgement(value), last))
        return rows

    def _judgement(self, value: dict[str, Any]) -> list[str]:
        """What a row has in the columns of judged rows."""
        said = {
            REJECTED: "\n".join(turn["content"] for turn in value.get("rejected") or ()),
            WANTED: {True: "yes", False: "no"}.get(value.get("desired"), ""),  # type: ignore[arg-type]
        }
        return [said[name] for name in self._judged]


def _rows_with(table: RowTable, text: str) -> set[int]:
    """Rows in which some message or some column has the text, in any case."""
    names = [name for name in table.column_names if name not in ("id", "group")]
    return set[int]().union(*(_rows_in(table, name, text) for name in names))


def _rows_in(table: RowTable, name: str, text: str) -> set[int]:
    """Rows in which one column has the text, in any case."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table.column(name)
    if name in ("messages", "rejected"):
        return _rows_of_messages(column, text)
    if not pa.types.is_string(column.type):
        return set()
    return set(pc.indices_nonzero(pc.match_substring(column, text, ignore_case=True)).to_pylist())


def _rows_without(table: RowTable, name: str) -> set[int]:
    """Rows whose label is empty: their answer, out of the messages, is shown in its place."""
    import pyarrow.compute as pc

    return set(pc.indices_nonzero(pc.is_null(table.column(name))).to_pylist()) if name == "label" else set()


def _rows_of_messages(column: Any, text: str) -> set[int]:
    import pyarrow.compute as pc

    found: set[int] = set()
    start = 0
    for chunk in column.chunks:
        has = pc.match_substring(chunk.flatten().field("content"), text, ignore_case=True)
        found.update((pc.list_parent_indices(chunk).filter(has).to_numpy() + start).tolist())
        start += len(chunk)
    return found


def _drawn(column: Any, indices: Sequence[int], rows: int) -> list[Any]:
    """Values of a few rows of a whole column."""
    taken = column if len(indices) == rows else column.take(list(indices))
    values: list[Any] = taken.to_pylist()
    return values
