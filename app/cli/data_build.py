"""`vibetune data build`: a plan's rows as a dataset version, without a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import JsonFlag, people, print_json
from app.cli.project_option import HERE, ProjectOption, opened


def command(
    plan: Annotated[Path | None, typer.Argument(help="Plan file.", show_default="the project's plan.yaml")] = None,
    project: ProjectOption = HERE,
    as_json: JsonFlag = False,
) -> None:
    """Build a plan's rows into a version: read, checked, split, stored; the same rows are stored once.

    Works for every task, also for one that can't be trained yet.

    Example:  vibetune data build plans/preferences.yaml
    """
    from app.workbench.preparing import why_not_trained
    from pipeline.datasets.versions.build import build_version
    from pipeline.plan.document import load_plan

    folder = opened(plan.parent if plan else project)
    wanted = load_plan(plan or folder.plan).plan
    version, refusal = build_version(wanted, folder.path), why_not_trained(wanted)
    problems = version.report().problems
    if as_json:
        print_json(
            {
                "dataset": version.name,
                "version": version.id,
                "task": version.task,
                "columns": version.manifest.columns,
                "counts": version.counts.model_dump(),
                "problems": [problem.model_dump() for problem in problems],
                "not_trained": None if refusal is None else refusal.as_json(),
            }
        )
        return
    out, counts = people(), version.counts
    out.print(
        f"{version.name}@{version.id}: {counts.train:,} rows for training, {counts.validation:,} for validation, "
        f"{counts.test:,} for the test; {counts.quarantined:,} set aside",
        markup=False,
    )
    for problem in problems:
        out.print(f"{problem.severity}: {problem.message}  [{problem.code}]", markup=False)
    if refusal is not None:
        out.print(f"note: {refusal.message} {refusal.hint}", markup=False)
    out.print(f"Look at them: vibetune data rows {version.name}@{version.id}", markup=False)
