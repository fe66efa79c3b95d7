"""`vibetune data diff`: what changed between two dataset versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.output import JsonFlag, people, print_json
from app.cli.project_option import HERE, ProjectOption, opened

if TYPE_CHECKING:
    from pipeline.datasets.versions.difference import Change


def command(
    older: Annotated[str, typer.Argument(help="NAME@VERSION or NAME@TAG; four digits are enough.")],
    newer: Annotated[str, typer.Argument(help="The same, or NAME@latest.")] = "",
    project: ProjectOption = HERE,
    most: Annotated[int, typer.Option("--most", min=0, help="Rows of each kind to print.")] = 5,
    as_json: JsonFlag = False,
) -> None:
    """Compare two versions: rows added, removed, answered differently, moved, set aside, taken back.

    Example:  vibetune data diff queues@before-masking queues@latest
    """
    from pipeline.datasets.versions.difference import difference
    from pipeline.datasets.versions.tags import find_version

    datasets = opened(project).datasets
    old = find_version(datasets, older)
    new = find_version(datasets, newer or f"{old.name}@latest")
    found = difference(old, new)
    if as_json:
        print_json({"older": f"{old.name}@{old.id}", "newer": f"{new.name}@{new.id}", **found.as_json()})
        return
    out = people()
    out.print(f"{old.name}@{old.id} → {new.name}@{new.id}: {found.same:,} rows are the same", markup=False)
    for field, (before, after) in found.spec.items():
        out.print(f"  {field}: {before} → {after}", markup=False)
    for name in ("added", "removed", "changed", "moved"):
        _print(name, getattr(found, name), most)
    if found.test_to_training:
        text = f"warning: {len(found.test_to_training):,} rows of the older test are trained in the newer version."
        out.print(text, style="red", markup=False)


def _print(name: str, changes: list[Change], most: int) -> None:
    from pipeline.datasets.seen.page import visible

    out = people()
    out.print(f"\n{name}: {len(changes):,}", markup=False)
    for change in changes[:most]:
        place = " → ".join(dict.fromkeys(one for one in (change.was, change.now) if one))
        answer = " → ".join(dict.fromkeys(one for one in (change.before, change.after) if one))
        out.print(f"  {visible(change.source)} ({place}): {visible(change.text)}  ⇒ {visible(answer)}", markup=False)
    if len(changes) > most:
        out.print(f"  and {len(changes) - most:,} more (--most, --json)", markup=False)
