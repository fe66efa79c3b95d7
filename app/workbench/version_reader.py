"""Rows of a dataset version, through Arrow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.workbench.data_readers import BARS, as_turns, findings, matcher
from app.workbench.data_rows import ColumnSummary, Part, Query, RowDetail, SourceFacts, preview, words_of

if TYPE_CHECKING:
    from pipeline.plan.model import Split

STEP = 10_000  # rows that are Python values at one time


class VersionReader:
    """Rows of a dataset version: what a run is trained on, measured with, and what was set aside."""

    def __init__(self, folder: Path) -> None:
        from pipeline.datasets.versions.version import SPLITS, load_version

        self._version = load_version(folder)
        tables = {split: _arrow(folder / f"{split}.parquet") for split in SPLITS}
        self._tables: dict[Part, Any] = {"all": _stacked(tables), "quarantine": _arrow(folder / "quarantine.parquet")}
        for split, table in tables.items():
            self._tables[split] = table
        self._answer = "label" if self._version.task == "classification" else "answer"

    def columns(self, part: Part) -> tuple[str, ...]:
        last = "reason" if part == "quarantine" else "from"
        return ("split", "message", self._answer, last)

    def total(self, part: Part) -> int:
        return int(self._tables[part].num_rows)

    def matching(self, query: Query) -> Sequence[int]:
        columns = self.columns(query.part)
        matches = matcher(query, columns)
        candidates = self._candidates(query)
        found: list[int] = []
        for start in range(0, len(candidates), STEP):
            indices = candidates[start : start + STEP]
            rows = self._whole(query.part, indices)
            found.extend(index for index, row in zip(indices, rows, strict=True) if matches(row))
        return found

    def _candidates(self, query: Query) -> Sequence[int]:
        """Rows that may match: Arrow finds them without making a million Python values."""
        table = self._tables[query.part]
        words = words_of(query.text, self.columns(query.part))
        texts = [text for text in (words.anywhere, *(text for _, text in words.in_columns)) if text]
        if query.is_regex or not all(text.isascii() for text in texts):
            return range(table.num_rows)  # Arrow's patterns and its other alphabets are not Python's
        chosen = None
        for text in texts:
            has = _rows_with(table, text)
            chosen = has if chosen is None else chosen & has
        return range(table.num_rows) if chosen is None else sorted(chosen)

    def cells(self, part: Part, indices: Sequence[int]) -> list[tuple[str, ...]]:
        return [tuple(map(preview, row)) for row in self._whole(part, indices)]

    def detail(self, part: Part, index: int) -> RowDetail:
        value = self._tables[part].slice(index, 1).to_pylist()[0]
        label = (("label", value["label"]),) if value["label"] is not None else ()
        reason = value.get("message", "") if part == "quarantine" else ""
        split = value.get("split") or (part if part != "quarantine" else "")
        system = self._version.manifest.spec.get("system_prompt")
        return RowDetail(index + 1, as_turns(value["messages"]), label, value["source"], split, reason, system)

    def index_of(self, part: Part, place: str) -> int | None:
        import pyarrow.compute as pc

        found = int(pc.index(self._tables[part].column("source"), place).as_py())
        return found if found >= 0 else None

    def facts(self, source: str) -> SourceFacts:
        version = self._version
        labels = Counter(label for label in self._tables["all"].column("label").to_pylist() if label is not None)
        reasons = Counter(self._tables["quarantine"].column("reason").to_pylist())
        bars = tuple(count for _, count in labels.most_common(BARS))
        splits = tuple(self.total(part) for part in ("train", "validation", "test"))
        return SourceFacts(
            source=source,
            title=f"{version.name}, version {version.id}",
            rows=self.total("all"),
            parts=tuple((part, self.total(part)) for part in ("all", "train", "validation", "test", "quarantine")),
            columns=(
                ColumnSummary("split", "split", 3, bars=splits),
                ColumnSummary("message", "text", self.total("all"), "prompt"),
                ColumnSummary(self._answer, "category" if labels else "text", len(labels), "completion", bars),
                ColumnSummary("from", "id", 0),
            ),
            findings=findings(version.report().problems),
            labels=tuple(labels.most_common()),
            set_aside=tuple(reasons.most_common()),
            reading=", ".join(f"{role}: {' + '.join(names)}" for role, names in version.manifest.columns.items()),
        )

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
            rows.append((split, text, value["label"] or answer, last))
        return rows


def _rows_with(table: Any, text: str) -> set[int]:
    """Rows in which some message or some column has the text, in any case."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found: set[int] = set()
    start = 0
    for chunk in table.column("messages").chunks:
        has = pc.match_substring(chunk.flatten().field("content"), text, ignore_case=True)
        parents = pc.list_parent_indices(chunk)
        found.update(start + index for index in parents.filter(has).to_pylist())
        start += len(chunk)
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_string(column.type) and name not in ("id", "group"):
            has = pc.match_substring(column, text, ignore_case=True)
            found.update(pc.indices_nonzero(has).to_pylist())
    return found


def _arrow(path: Path) -> Any:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, memory_map=False) as file:
        return file.read()


def _stacked(tables: Mapping[Split, Any]) -> Any:
    """The splits below each other, with a column that names each row's split."""
    import pyarrow as pa

    parts = [
        table.append_column("split", pa.array([split] * table.num_rows, pa.string())) for split, table in tables.items()
    ]
    return pa.concat_tables(parts).combine_chunks()
