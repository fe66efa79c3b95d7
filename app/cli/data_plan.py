"""Whose data a verb looks at: a plan's, the project's plan's, or that of files as they would be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.bases.base import Base
    from pipeline.plan.model import Plan

DataArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="A plan file, or data files that belong together.", show_default="the project's plan.yaml"),
]
BaseOption = Annotated[str | None, typer.Option("--base", help="Base model.", show_default="the plan's")]
_PLANS = (".yaml", ".yml")


@dataclass(frozen=True)
class ChosenPlan:
    """A plan and where it is from.

    Attributes:
        folder: that its paths are relative to.
        file: None where the plan was made up for data files.
    """

    plan: Plan
    folder: Path
    file: Path | None

    def base(self) -> Base:
        """The plan's base.

        Raises:
            BadInput: see `find_base`.
        """
        from pipeline.bases.base import find_base_in

        return find_base_in(self.folder, self.plan.model.base, self.plan.model.revision)


def chosen_plan(targets: Sequence[Path], project: Path, base: str | None = None) -> ChosenPlan:
    """The plan that is meant.

    Raises:
        BadInput: no project, a plan that can't be read, or files of which no row can be made.
    """
    from app.cli.project_option import opened
    from pipeline.plan.document import load_plan

    if targets and targets[0].suffix.lower() not in _PLANS:
        found = ChosenPlan(_plan_for(targets), Path.cwd(), None)
    else:
        folder = opened(targets[0].parent if targets else project)
        file = targets[0] if targets else folder.plan
        found = ChosenPlan(load_plan(file).plan, folder.path, file)
    if base is None:
        return found
    model = found.plan.model.model_copy(update={"base": base, "revision": None})
    return ChosenPlan(found.plan.model_copy(update={"model": model}), found.folder, found.file)


def _plan_for(files: Sequence[Path]) -> Plan:
    from assistant.planner.filling import method_for
    from assistant.planner.readings import shape
    from pipeline.datasets.recognise.inspection import inspect
    from pipeline.errors import BadInput
    from pipeline.plan.model import Plan

    seen = inspect(files)
    if seen.mapping is None:
        raise BadInput(
            "data.no_mapping",
            f"No column of {files[0].name} can be taken for a prompt or an answer.",
            "Look at it: vibetune data inspect FILE. Or name the columns in a plan.",
        )
    sources = [{"path": str(file)} for file in files]
    task = seen.task_hint or "instruction"
    values = {"name": "data", "task": task, "training": {"method": method_for(task, shape(seen.mapping))}}
    return Plan.model_validate({**values, "dataset": {"sources": sources, "columns": seen.mapping.columns}})
