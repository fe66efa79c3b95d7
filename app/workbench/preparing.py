"""From a plan to what a run needs: the base, an immutable dataset version, and facts about its rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.bases.base import POCKET, Base, find_base
from pipeline.bases.chat import require_chat
from pipeline.datasets.facts import RowFacts, row_facts
from pipeline.datasets.versions.build import build_version
from pipeline.datasets.versions.version import DatasetVersion
from pipeline.plan.errors import PlanErrors
from pipeline.plan.model import Plan
from pipeline.plan.servable import unservable
from pipeline.runs.layout import ProjectFolder


@dataclass(frozen=True)
class Prepared:
    """A plan whose base and data are there."""

    plan: Plan
    base: Base
    dataset: DatasetVersion
    rows: RowFacts


def base_of(project: ProjectFolder, plan: Plan) -> Base:
    """The plan's base; a folder may be given relative to the project.

    Raises:
        BadInput: see `find_base`.
    """
    wished = plan.model.base
    inside = project.path / wished
    if wished != POCKET and not Path(wished).expanduser().is_dir() and inside.is_dir():
        return find_base(str(inside))
    return find_base(wished, plan.model.revision)


def prepare(project: ProjectFolder, plan: Plan, *, allow_unservable: bool = False) -> Prepared:
    """Finds the base, reads, checks and splits the data; writes nothing but the dataset version.

    Raises:
        PlanErrors: the adapter could not be served later, unless `allow_unservable`.
        BadInput: the base or the data can't be used.
    """
    problems = [] if allow_unservable else unservable(plan)
    if problems:
        raise PlanErrors(problems)
    base = base_of(project, plan)
    require_chat(base)
    dataset = build_version(plan, project.path)
    return Prepared(plan, base, dataset, row_facts(dataset, base, plan.dataset.system_prompt))
