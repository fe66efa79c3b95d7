"""`vibetune run`: train, serve, measure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import JsonFlag, print_json
from app.cli.project_option import HERE, ProjectOption, opened


def command(
    plan: Annotated[Path | None, typer.Argument(help="Plan file.", show_default="the project's plan.yaml")] = None,
    project: ProjectOption = HERE,
    change: Annotated[list[str] | None, typer.Option("--set", help="FIELD=VALUE, for this run only.")] = None,
    detach: Annotated[bool, typer.Option("--detach", help="Return at once; the run goes on.")] = False,
    threads: Annotated[
        int | None, typer.Option(min=1, help="CPU threads.", show_default="1 for a small base, else all cores")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Train the plan's adapter, then measure it against its base. Ctrl+C leaves the run going.

    Example:  vibetune run --set training.num_train_epochs=5
    """
    from app.cli.following import follow_to_the_end, print_outcome
    from app.workbench.preparing import prepare
    from app.workbench.running import start
    from pipeline.plan.document import load_plan
    from pipeline.plan.overrides import set_field

    folder = opened(plan.parent if plan else project)
    file = plan or folder.plan
    prepared = prepare(folder, set_field(load_plan(file).plan, *(change or [])))
    run = start(folder, prepared, plan_file=file.name, threads=threads)
    if not detach:
        print_outcome(follow_to_the_end(folder, run), as_json=as_json)
    elif as_json:
        print_json({"run": run.name, "state": "preparing"})
    else:
        typer.echo(f"{run.name} is running. Watch it: vibetune runs show {run.name} --follow")
