"""`vibetune evaluate`: measure a trained run, again or for the first time."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.output import JsonFlag
from app.cli.project_option import HERE, ProjectOption, opened


def command(
    run: Annotated[str | None, typer.Argument(help="Run's name.", show_default="the newest")] = None,
    project: ProjectOption = HERE,
    again: Annotated[bool, typer.Option("--again", help="Forget the answers that were recorded.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Measure a run's adapter on the test rows, against its base, and say whether it got better.

    Example:  vibetune evaluate --again
    """
    import shutil

    from app.cli.following import follow_to_the_end, print_outcome
    from app.workbench.measuring import start_measuring
    from pipeline.jobs.find import find_run

    folder = opened(project)
    found = find_run(folder, run)
    if again:
        shutil.rmtree(found.evaluation, ignore_errors=True)
        found.verdict.unlink(missing_ok=True)
    start_measuring(found)
    print_outcome(follow_to_the_end(folder, found), as_json=as_json)
