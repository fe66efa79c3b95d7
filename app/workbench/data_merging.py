"""Merging labels: the rows of several get one, as one step of the edits, which is undone as one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.workbench.beginning import while_open
from app.workbench.data_edits import name_edits, reads
from pipeline.datasets.cell import label_key
from pipeline.datasets.edits import Edit, Mark
from pipeline.errors import BadInput, VibetuneError

if TYPE_CHECKING:
    from app.workbench.bench import Workbench

MOST_ROWS = 20_000  # of one merge: each is a line of the edits file, which is read with every run
SHOWN = 3  # names in a title


def merge_labels(bench: Workbench, path: Path, column: str, names: Sequence[str], into: str) -> None:
    """Gives all rows that have one of the labels another one; says so once it is done.

    Args:
        path: of the data file.
        column: that holds the labels.
        names: labels that go away; `into` may be among them.
        into: the label that stays, in its spelling.
    """
    project = bench.require_project()
    leaving = [name for name in names if label_key(name) != label_key(into)]

    def take(marks: tuple[Mark, ...]) -> None:
        try:
            _write(bench, path, column, leaving, into, marks)
        except VibetuneError as error:
            bench.notices.error(error)

    bench.data.rows_labelled(str(path), column, [*leaving, into], into, while_open(bench, project, take))


def _write(bench: Workbench, path: Path, column: str, leaving: Sequence[str], into: str, marks: Sequence[Mark]) -> None:
    if not marks:
        bench.notices.say("Nothing to merge", f"No row has another label than {into}.", "info")
        return
    if len(marks) > MOST_ROWS:
        message = f"{len(marks):,} rows would be changed, and one merge changes {MOST_ROWS:,} at most."
        hint = "Merge into the label with the most rows: its own stay as they are. Or change the file itself."
        raise BadInput("data.too_many_edits", message, hint)
    name_edits(bench, path)
    checkpoint = _follow(bench, path, column, leaving, into)
    told = ", ".join(leaving[:SHOWN]) + (f" and {len(leaving) - SHOWN:,} more" if len(leaving) > SHOWN else "")
    title = f"Merged {told} into {into}"
    source = bench.edits.source(path)
    edits = [Edit(source, place, key, {column: into}, is_bulk=True) for key, place in marks]
    bench.edits.add(edits, title, checkpoint)
    rows = f"{len(marks):,} row{'s' * (len(marks) != 1)}"
    bench.notices.say(title, f"{rows} changed; the file stays as it is.", "good", ("Undo", "data.undo"))


def _follow(bench: Workbench, path: Path, column: str, leaving: Sequence[str], into: str) -> int:
    """Takes labels that no row has any more out of the plan's list: a run refuses names that it can't find.

    Returns:
        the number of the plan's checkpoint; 0 where the plan stays as it is.
    """
    plan = bench.plan.plan
    if plan is None or not plan.dataset.labels or not reads(bench, path):
        return 0
    if plan.dataset.columns.get("completion") != [column]:
        return 0
    gone = {label_key(name) for name in leaving}
    left = [name for name in plan.dataset.labels if label_key(name) not in gone]
    if len(left) == len(plan.dataset.labels):
        return 0
    kept = left if label_key(into) in {label_key(name) for name in left} else [*left, into]
    return bench.plan.change("dataset.labels", kept, f"Labels without {', '.join(leaving)}").number
