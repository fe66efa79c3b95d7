"""From a sentence and files to a proposal, and from a proposal to a plan file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.plan.document import load_plan, new_document
from pipeline.plan.model import Plan
from pipeline.runs.layout import ProjectFolder

if TYPE_CHECKING:
    from assistant.planner.proposal import Proposal


def propose(project: ProjectFolder, sentence: str, data: Sequence[Path], overrides: Sequence[str]) -> Proposal:
    """The planner's proposal for a project.

    Raises:
        BadInput: a file that can't be read, or an override that is no field.
    """
    from assistant.planner.planner import plan

    return plan(sentence, data, overrides=overrides, project=project.path)


def write_plan(plan: Plan, path: Path) -> Path:
    """Writes a plan; an existing file keeps its comments and its order, and only changed fields are touched.

    Raises:
        PlanErrors: the existing file can't be read.
    """
    if path.is_file():
        document = load_plan(path)
        document.apply(plan)
    else:
        document = new_document(plan, path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    document.save(path)
    return path


def estimate_plan(start: Path, plan_file: Path | None, gpu: str | None, overrides: Sequence[str]) -> dict[str, Any]:
    """What a run of a plan would take.

    Args:
        start: the project, or a folder in it.
        plan_file: the project's plan by default.
        gpu: a card by its name; `none` for the processor; this machine by default.
        overrides: FIELD=VALUE, as if the plan said so.

    Raises:
        BadInput: no project, a plan or a file that can't be read, a card that nobody knows.
    """
    from app.workbench.project import open_project
    from assistant.planner.estimating import estimate_for
    from pipeline.plan.overrides import set_field

    project = open_project(start)
    plan = set_field(load_plan(plan_file or project.plan).plan, *overrides)
    return estimate_for(plan, project.path, gpu)
