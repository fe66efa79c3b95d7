"""What changed between two versions: rows added, removed, answered differently, and rows in another split."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from pipeline.datasets.problem import excerpt
from pipeline.datasets.row import Row
from pipeline.datasets.versions.version import SPLITS, DatasetVersion

ASIDE = "set aside"


class Placed(NamedTuple):
    """A row and where it is: a split, or set aside."""

    row: Row
    place: str
    reason: str = ""


@dataclass(frozen=True)
class Change:
    """One row that differs.

    Attributes:
        text: the prompt, shortened.
        before, after: answers; empty where there is none.
        was, now: splits, or set aside with the reason; empty where the row is not there.
        source: `file:line`, of the newer version if it has the row.
    """

    id: str
    text: str
    before: str
    after: str
    was: str
    now: str
    source: str


@dataclass(frozen=True)
class Difference:
    """Two versions, compared.

    Attributes:
        moved: rows with the same content in another split, also set aside or taken back.
        test_to_training: of `moved` and `changed`, those that were test rows and are trained now: a measure of the
            newer model on the older test would be worth nothing.
        spec: fields of plan.dataset that differ, dotted, with both values.
    """

    added: list[Change] = field(default_factory=list)
    removed: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    moved: list[Change] = field(default_factory=list)
    same: int = 0
    spec: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def test_to_training(self) -> list[Change]:
        return [one for one in (*self.moved, *self.changed) if one.was == "test" and one.now == "train"]

    def as_json(self) -> dict[str, Any]:
        """Plain values, with the counts first."""
        kinds = ("added", "removed", "changed", "moved")
        counts = {kind: len(getattr(self, kind)) for kind in kinds}
        rows = {kind: [asdict(change) for change in getattr(self, kind)] for kind in kinds}
        leaked = [change.id for change in self.test_to_training]
        return {"counts": counts | {"same": self.same}, "test_to_training": leaked, "spec": self.spec, **rows}


def difference(older: DatasetVersion, newer: DatasetVersion) -> Difference:
    """Compares two versions row by row: by content first, then by prompt, so that a corrected answer is a change."""
    before, after = _placed(older), _placed(newer)
    found = Difference(spec=dict(_spec(older.manifest.spec, newer.manifest.spec)))
    same = 0
    for row_id in before.keys() & after.keys():
        was, now = before[row_id], after[row_id]
        if was.place == now.place:
            same += 1
        else:
            found.moved.append(_change(was, now))
    by_prompt: dict[str, deque[Placed]] = defaultdict(deque)
    for row_id, was in before.items():
        if row_id not in after:
            by_prompt[was.row.prompt_id].append(was)
    for row_id, now in after.items():
        if row_id not in before:
            earlier = by_prompt[now.row.prompt_id]
            (found.changed if earlier else found.added).append(_change(earlier.popleft() if earlier else None, now))
    found.removed.extend(_change(was, None) for left in by_prompt.values() for was in left)
    for changes in (found.added, found.removed, found.changed, found.moved):
        changes.sort(key=lambda change: (change.was, change.now, change.source, change.id))
    return Difference(found.added, found.removed, found.changed, found.moved, same, found.spec)


def _placed(version: DatasetVersion) -> dict[str, Placed]:
    """Identity → row; of a row and its copies that were set aside, the row."""
    placed = {row.id: Placed(row, split) for split in SPLITS for row in version.rows(split)}
    for one in version.quarantined():
        placed.setdefault(one.row.id, Placed(one.row, ASIDE, one.reason))
    return placed


def _change(was: Placed | None, now: Placed | None) -> Change:
    one = now or was
    assert one is not None  # noqa: S101  # one of the two is there
    return Change(
        id=one.row.id,
        text=excerpt(one.row.messages[-2]["content"] if one.row.prompt else one.row.completion),
        before=excerpt(was.row.judged) if was else "",
        after=excerpt(now.row.judged) if now else "",
        was=_place(was),
        now=_place(now),
        source=one.row.source,
    )


def _place(one: Placed | None) -> str:
    if one is None:
        return ""
    return f"{one.place} ({one.reason})" if one.reason else one.place


def _spec(before: dict[str, Any], after: dict[str, Any], at: str = "") -> Iterator[tuple[str, tuple[Any, Any]]]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _spec(old, new, f"{at}{name}.")
        elif old != new:
            yield f"{at}{name}", (old, new)
