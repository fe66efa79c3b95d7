"""Watching a run in the terminal to its end, and saying what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from app.cli.output import people, print_json
from app.cli.progress import ProgressLine
from app.cli.verdict import print_verdict
from app.workbench.quantities import duration

if TYPE_CHECKING:
    from app.workbench.running import Outcome
    from pipeline.runs.layout import ProjectFolder, RunFolder

FAILED = 1
GOOD_ENDS = {"finished", "trained", "measuring", "paused", "cancelled"}


def follow_to_the_end(project: ProjectFolder, run: RunFolder, *, title: str = "") -> Outcome:
    """Shows progress until the run is measured, or has ended otherwise."""
    from app.workbench.running import outcome, watch

    with ProgressLine(title) as line:
        for event in watch(run):
            line.show(event)
    return outcome(project, run)


def print_outcome(outcome: Outcome, *, as_json: bool) -> None:
    """Prints what came of a run; ends with exit code 1 where it failed."""
    if as_json:
        print_json(outcome.as_json())
    else:
        _print_for_people(outcome)
    if outcome.error or outcome.state not in GOOD_ENDS:
        raise typer.Exit(FAILED)


def _print_for_people(outcome: Outcome) -> None:
    out = people()
    if outcome.verdict:
        print_verdict(outcome.verdict)
    if outcome.error:
        out.print(f"error: {outcome.error['message']}", markup=False)
        if outcome.error.get("hint"):
            out.print(f"  try: {outcome.error['hint']}", markup=False)
        return
    spent = ", ".join(f"{stage} {duration(seconds)}" for stage, seconds in outcome.seconds.items())
    out.print(f"{outcome.run} is {outcome.state}" + (f" ({spent})" if spent else ""), markup=False)
    if outcome.adapter:
        out.print(f"Adapter: {outcome.adapter}. Try it: vibetune compare --start", markup=False)
