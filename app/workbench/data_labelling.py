"""Labelling one file: which row is asked about, what was decided, how far it is. Every decision is an edit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from psygnal import Signal

from app.workbench.data_edits import name_edits
from app.workbench.data_labels import LabelItem, LabelQueue
from app.workbench.data_merging import merge_labels
from pipeline.datasets.cell import label_key
from pipeline.datasets.checks.doubts import DoubtKind
from pipeline.datasets.edits import Mark
from pipeline.errors import VibetuneError

if TYPE_CHECKING:
    from app.workbench.bench import Workbench

NOWHERE: Mark = ("", "")


class Labelling:
    """The state of one labelling view."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, bench: Workbench, path: Path) -> None:
        self._bench, self.path = bench, path
        self.queue: LabelQueue | None = None
        self.kind: DoubtKind | None = None
        self.labels: dict[Mark, str] = {}  # of all rows whose label was edited
        self._merged = self._bulk()
        self._at: Mark = NOWHERE  # of the row that is shown

    def load(self, column: str = "") -> None:
        """Looks for rows to label; what was decided before is not asked again."""
        self._bench.data.label_queue(str(self.path), self._column(column), self._take, failed=self._fail)

    @property
    def items(self) -> tuple[LabelItem, ...]:
        """The rows of the chosen kind."""
        found = self.queue.items if self.queue is not None else ()
        return tuple(each for each in found if self.kind in (None, each.kind))

    @property
    def current(self) -> LabelItem | None:
        """The row that is asked about."""
        return next((each for each in self.items if each.mark == self._at), None)

    @property
    def position(self) -> int:
        """Of the current row among `items`, from 1; 0 where there is none."""
        return next((at for at, each in enumerate(self.items, start=1) if each.mark == self._at), 0)

    @property
    def decided(self) -> int:
        """Rows of the chosen kind that have been decided."""
        return sum(1 for each in self.items if each.mark in self.labels)

    @property
    def counts(self) -> dict[DoubtKind, int]:
        """Rows of each kind that are still open."""
        found = self.queue.items if self.queue is not None else ()
        return Counter(each.kind for each in found if each.mark not in self.labels)

    @property
    def names(self) -> tuple[tuple[str, int], ...]:
        """Labels with their rows as they are now; new ones come last."""
        if self.queue is None:
            return ()
        counts = {label_key(name): count for name, count in self.queue.names}
        shown = {label_key(name): name for name, _ in self.queue.names}
        for item in self.queue.items:
            if (label := self.labels.get(item.mark)) is not None:
                counts[label_key(item.label)] = counts.get(label_key(item.label), 0) - 1
                shown.setdefault(label_key(label), label)
                counts[label_key(label)] = counts.get(label_key(label), 0) + 1
        return tuple((name, counts[key]) for key, name in shown.items())

    def label_of(self, item: LabelItem) -> str:
        """The label that a row has now."""
        return self.labels.get(item.mark, item.label)

    def show(self, kind: DoubtKind | None) -> None:
        """Works through one kind of rows; None: through all."""
        self.kind = kind
        if self.current is None:
            self._at = self._next_open(NOWHERE)
        self.changed.emit()

    def label(self, name: str) -> None:
        """Gives the current row a label and goes on to the next open one."""
        item, queue = self.current, self.queue
        if item is None or queue is None or not name.strip():
            return
        name_edits(self._bench, self.path)
        title = f"Labelled row {item.number:,} {name.strip()}"
        self._at = self._next_open(item.mark)
        self._bench.edits.set_cells(self.path, item.place, item.key, {queue.column: name.strip()}, title)

    def merge(self, names: Sequence[str], into: str) -> None:
        """Gives the rows of several labels one of them."""
        if self.queue is not None:
            merge_labels(self._bench, self.path, self.queue.column, names, into)

    def step(self, by: int) -> None:
        """Goes to another row without deciding."""
        items = self.items
        if items:
            at = max(0, min(len(items) - 1, self.position - 1 + by))
            self._at = items[at].mark
            self.changed.emit()

    def follow_edits(self) -> None:
        """Takes over what was labelled or undone; an undone row is shown again."""
        before, self.labels = self.labels, self._read_labels()
        if self._bulk() != self._merged:  # labels were merged, or that was undone: all rows are looked at anew
            self._merged = self._bulk()
            self.load(self.queue.column if self.queue is not None else "")
            return
        undone = [key for key in before if before[key] != self.labels.get(key)]
        if undone and any(item.mark == undone[-1] for item in self.items):
            self._at = undone[-1]
        self.changed.emit()

    def _take(self, queue: LabelQueue) -> None:
        self.queue = queue
        self.labels = self._read_labels()
        if self.current is None:
            self._at = self._next_open(NOWHERE)
        self.changed.emit()

    def _fail(self, error: VibetuneError) -> None:
        self.failed.emit(error)

    def _read_labels(self) -> dict[Mark, str]:
        if self.queue is None:
            return {}
        column, found = self.queue.column, dict[Mark, str]()
        for edit in self._bench.edits.of(self.path):
            if edit.cells.get(column) and (not edit.is_bulk or edit.mark in found):
                found[edit.mark] = str(edit.cells[column])
        return found

    def _bulk(self) -> int:
        """Edits that were made at once for many rows."""
        return sum(1 for edit in self._bench.edits.of(self.path) if edit.is_bulk)

    def _next_open(self, after: Mark) -> Mark:
        """The next row that isn't decided, from the start where none follows; else the next one; else none."""
        items = self.items
        at = next((at for at, each in enumerate(items) if each.mark == after), -1)
        behind = [*items[at + 1 :], *items[: at + 1]]
        following = items[at + 1].mark if at + 1 < len(items) else after
        return next((each.mark for each in behind if each.mark not in self.labels and each.mark != after), following)

    def _column(self, wanted: str) -> str:
        """The column that was asked for, else the plan's, where the plan reads this file."""
        plan = self._bench.plan.plan
        if wanted or plan is None or plan.task != "classification":
            return wanted
        source = self._bench.edits.source(self.path)
        reads = any(each.path == source for each in plan.dataset.sources)
        return next(iter(plan.dataset.columns.get("completion", ())), "") if reads else ""
