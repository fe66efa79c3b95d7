"""Two versions of a dataset, row beside row: what came, what went, what was corrected, and what changed its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from app.workbench.data_rows import Turn, preview, written
from pipeline.datasets.problem import excerpt
from pipeline.datasets.row import Row, identity
from pipeline.datasets.versions.difference import Change, difference
from pipeline.datasets.versions.version import SPLITS, DatasetVersion, load_version

ChangeKind = Literal["changed", "added", "removed", "moved"]
KINDS: tuple[ChangeKind, ...] = ("changed", "added", "removed", "moved")
SEPARATOR = ".."  # between the two in a view's key


@dataclass(frozen=True)
class RowChange:
    """One row that differs.

    Args:
        before, after: the row in full; empty where it is not there.
        was, now: its split, or that it is set aside and why.
    """

    kind: ChangeKind
    before: tuple[Turn, ...]
    after: tuple[Turn, ...]
    was: str
    now: str
    source: str

    @property
    def is_leak(self) -> bool:
        """Whether a test row of the older version is trained in the newer one."""
        return self.was == "test" and self.now == "train"

    @property
    def prompt(self) -> str:
        """The question, on one line."""
        turns = self.after or self.before
        return preview(turns[-2].text if len(turns) > 1 else turns[-1].text)

    @property
    def answers(self) -> str:
        """The answer, or both where they differ."""
        found = [preview(turns[-1].text) for turns in (self.before, self.after) if len(turns) > 1]
        return " → ".join(dict.fromkeys(found))

    @property
    def places(self) -> str:
        """The split, or both where they differ."""
        return " → ".join(dict.fromkeys(filter(None, (self.was, self.now))))


@dataclass(frozen=True)
class Comparison:
    """Two versions, compared.

    Args:
        same: rows that are alike and in the same place.
        settings: fields of plan.dataset that differ, with both values as text.
    """

    older: str
    newer: str
    changes: tuple[RowChange, ...]
    same: int
    settings: tuple[tuple[str, str, str], ...]

    def count(self, kind: ChangeKind) -> int:
        """Rows of one kind."""
        return sum(1 for each in self.changes if each.kind == kind)

    @property
    def leaks(self) -> int:
        """Test rows of the older version that are trained in the newer one."""
        return sum(1 for each in self.changes if each.is_leak)


def compare(older: Path, newer: Path) -> Comparison:
    """Compares the folders of two versions; call it in the background.

    Raises:
        BadInput: one of them is no version.
    """
    before, after = load_version(older), load_version(newer)
    found = difference(before, after)
    old_rows, new_rows = _rows(before), _rows(after)
    changed = _changed(found.changed, old_rows, new_rows)
    added = [_change("added", None, new_rows[each.id], each) for each in found.added]
    removed = [_change("removed", old_rows[each.id], None, each) for each in found.removed]
    edited, added, removed = _edited(added, removed)
    moved = [_change("moved", old_rows[each.id], new_rows[each.id], each) for each in found.moved]
    return Comparison(
        f"{before.name}@{before.id}",
        f"{after.name}@{after.id}",
        (*changed, *edited, *added, *removed, *moved),
        found.same,
        tuple((name, _setting(values[0]), _setting(values[1])) for name, values in found.spec.items()),
    )


def _setting(value: Any) -> str:
    return "none" if value is None else excerpt(written(value), 60)


def _rows(version: DatasetVersion) -> dict[str, Row]:
    rows = {row.id: row for split in SPLITS for row in version.rows(split)}
    for one in version.quarantined():
        rows.setdefault(one.row.id, one.row)
    return rows


def _changed(changes: Sequence[Change], old_rows: Mapping[str, Row], new_rows: Mapping[str, Row]) -> list[RowChange]:
    """Rows with another answer; the older one is found by its question and what is known of its answer."""
    by_prompt: dict[str, list[Row]] = defaultdict(list)
    for row_id, row in old_rows.items():
        if row_id not in new_rows:
            by_prompt[_prompt(row)].append(row)
    found = []
    for each in changes:
        row = new_rows[each.id]
        earlier = by_prompt[_prompt(row)]
        was = next((one for one in earlier if excerpt(one.judged) == each.before), earlier[0])
        earlier.remove(was)
        found.append(_change("changed", was, row, each))
    return found


def _prompt(row: Row) -> str:
    return identity(row.prompt or row.messages)


def _edited(
    added: list[RowChange], removed: list[RowChange]
) -> tuple[list[RowChange], list[RowChange], list[RowChange]]:
    """Takes a row that went and one that came from the same place for one row, whose question was corrected."""
    gone: dict[str, list[RowChange]] = defaultdict(list)
    for each in removed:
        gone[each.source].append(each)
    edited, came = [], []
    for each in added:
        if gone[each.source]:
            was = gone[each.source].pop(0)
            edited.append(replace(each, kind="changed", before=was.before, was=was.was))
        else:
            came.append(each)
    return edited, came, [each for left in gone.values() for each in left]


def _change(kind: ChangeKind, before: Row | None, after: Row | None, change: Change) -> RowChange:
    return RowChange(kind, _turns(before), _turns(after), _place(change.was), _place(change.now), change.source)


def _place(place: str) -> str:
    """`set aside (data.near_duplicate)` in words."""
    return place.replace("data.", "").replace("_", " ")


def _turns(row: Row | None) -> tuple[Turn, ...]:
    return () if row is None else tuple(Turn(each["role"], each["content"]) for each in row.messages)
