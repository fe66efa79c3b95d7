"""Which rows of a file want a label, why, and with which labels it is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.datasets import column_names
from pipeline.datasets.cell import cell_text, label_key
from pipeline.datasets.checks.doubts import MOST_COMPARED, Doubt, DoubtKind, doubts
from pipeline.datasets.edits import Mark, row_key

if TYPE_CHECKING:
    from pipeline.datasets.edits import Edited
    from pipeline.datasets.readers.table import Table

NEW_COLUMN = "label"
MOST_LABELS = 200  # beyond, a column holds texts rather than labels
MOST_ITEMS = 5_000  # rows in one queue; the next ones come when it is made again
KINDS: tuple[DoubtKind, ...] = ("contradiction", "near", "unlabelled", "unlike")
KIND_NAMES: Mapping[DoubtKind, str] = {
    "contradiction": "Contradicting",
    "near": "Nearly alike",
    "unlabelled": "Without a label",
    "unlike": "Doubtful",
}


@dataclass(frozen=True)
class LabelItem:
    """One row to decide on.

    Args:
        number: from 1, in the file.
        key, place: by which an edit names the row.
        label: that it has now; empty where it has none.
        guess: of its neighbours; empty where they say nothing.
        share: of their votes for the guess, 0 to 1.
        other: number of the row that says otherwise.
    """

    number: int
    key: str
    place: str
    kind: DoubtKind
    label: str
    guess: str = ""
    share: float = 0.0
    other: int | None = None
    other_label: str = ""

    @property
    def mark(self) -> Mark:
        """What an edit finds the row by."""
        return self.key, self.place

    @property
    def why(self) -> str:
        """Why it is asked about, as a sentence."""
        if self.kind == "contradiction":
            return f"Row {self.other:,} has the same text under “{self.other_label}”; here it is “{self.label}”."
        if self.kind == "near":
            return f"Row {self.other:,} says nearly the same under “{self.other_label}”; here it is “{self.label}”."
        votes = f"the labelled rows most like it say “{self.guess}” ({self.share:.0%} of their votes)"
        if self.kind == "unlike":
            return f"It is labelled “{self.label}”, but {votes}."
        return f"No label yet; {votes}." if self.guess else "No label yet, and no labelled row is like it."


@dataclass(frozen=True)
class LabelQueue:
    """What a labelling view works through.

    Args:
        column: that the labels go to; `columns` are those it could be.
        names: labels with their rows; the order stays while one works, so that keys keep their meaning.
        note: what was left out, or why there is nothing; empty for nothing to say.
        is_new: whether the file itself lacks the column.
    """

    column: str
    columns: tuple[str, ...]
    names: tuple[tuple[str, int], ...]
    items: tuple[LabelItem, ...]
    rows: int
    unlabelled: int
    note: str = ""
    is_new: bool = False


def label_queue(file: Table, edited: Edited, column: str, prompts: Sequence[str], answer: str = "") -> LabelQueue:
    """Makes the queue of a file.

    Args:
        file: as it is on disk.
        edited: the same with the edits so far.
        column: that the labels go to; empty: `answer`, else one that is named so, else a new one.
        prompts: columns that the label depends on; none: all others.
        answer: the column that is learned, where that holds labels.
    """
    table = edited.table
    named = [name for name in table.columns if column_names.normal(name) in column_names.TARGETS]
    chosen = column or answer or next(iter(named), NEW_COLUMN)
    columns = tuple(dict.fromkeys([chosen, *filter(None, [answer]), *named, NEW_COLUMN]))
    position = table.columns.index(chosen) if chosen in table.columns else None
    labels = [cell_text(row[position]) if position is not None else "" for row in table.rows]
    names = _names(file, chosen, labels)
    unlabelled = sum(1 for label in labels if not label)
    if len(names) > MOST_LABELS:
        note = f"“{chosen}” holds {len(names):,} different texts: it is no column of labels. Choose another."
        return LabelQueue(chosen, columns, (), (), len(labels), unlabelled, note)
    settled = {row for row, changed in edited.by_hand.items() if chosen in changed and labels[row]}
    texts = _texts(table, [name for name in prompts if name != chosen] or [n for n in file.columns if n != chosen])
    found = doubts(texts, labels, settled)
    items = tuple(_item(file, labels, doubt) for doubt in found[:MOST_ITEMS])
    note = _note(len(labels), len(found))
    return LabelQueue(chosen, columns, names, items, len(labels), unlabelled, note, chosen not in file.columns)


def _item(file: Table, labels: Sequence[str], doubt: Doubt) -> LabelItem:
    return LabelItem(
        number=doubt.row + 1,
        key=row_key(file.columns, file.rows[doubt.row]),
        place=file.place(doubt.row),
        kind=doubt.kind,
        label=labels[doubt.row],
        guess=doubt.guess,
        share=doubt.share,
        other=None if doubt.other is None else doubt.other + 1,
        other_label="" if doubt.other is None else labels[doubt.other],
    )


def _names(file: Table, column: str, labels: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Labels that rows have: those of the file, frequent ones there first, then those that only edits brought."""
    now = Counter(label_key(label) for label in labels if label)
    position = file.columns.index(column) if column in file.columns else None
    first = [cell_text(row[position]) for row in file.rows] if position is not None else []
    spelled: dict[str, Counter[str]] = {}
    for label in (*first, *labels):
        if label:
            spelled.setdefault(label_key(label), Counter())[label] += 1
    in_file = Counter(label_key(label) for label in first if label)
    order = sorted(spelled, key=lambda key: (-in_file[key], key if in_file[key] else ""))
    return tuple((spelled[key].most_common(1)[0][0], now[key]) for key in order if now[key])


def rows_labelled(file: Table, edited: Edited, column: str, names: Collection[str], into: str) -> tuple[Mark, ...]:
    """Rows that have one of the labels, however it is spelled, and not yet `into` itself."""
    table = edited.table
    if column not in table.columns:
        return ()
    at, keys = table.columns.index(column), {label_key(name) for name in names}
    labels = enumerate(cell_text(row[at]) for row in table.rows)
    found = [row for row, label in labels if label and label != into and label_key(label) in keys]
    return tuple((row_key(file.columns, file.rows[row]), file.place(row)) for row in found)


def _texts(table: Table, columns: Sequence[str]) -> list[str]:
    positions = [table.columns.index(name) for name in columns]
    return ["\n\n".join(text for at in positions if (text := cell_text(row[at]))) for row in table.rows]


def _note(rows: int, found: int) -> str:
    if rows > MOST_COMPARED:
        return f"Among more than {MOST_COMPARED:,} rows, only missing and contradicting labels are looked for."
    return f"The first {MOST_ITEMS:,} of {found:,}: look again when they are done." if found > MOST_ITEMS else ""
