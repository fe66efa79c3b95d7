"""From a plan to what a run needs: the base, an immutable dataset version, and facts about its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.bases.base import Base, find_base_in
from pipeline.bases.chat import require_chat
from pipeline.datasets.facts import RowFacts, facts_of, watched_rows
from pipeline.datasets.seen.lengths import row_lengths
from pipeline.datasets.seen.teachable import refuse_unteachable, unteachable
from pipeline.datasets.versions.build import build_version
from pipeline.datasets.versions.version import DatasetVersion
from pipeline.errors import BadInput
from pipeline.plan.errors import PlanErrors
from pipeline.plan.model import Plan
from pipeline.plan.servable import unservable
from pipeline.runs.layout import ProjectFolder
from pipeline.training.job import require_built

ReadyRows = tuple[DatasetVersion, RowFacts]
RowsOf = Callable[[Plan, Path], ReadyRows]


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
    return find_base_in(project.path, plan.model.base, plan.model.revision)


def why_not_trained(plan: Plan) -> BadInput | None:
    """What of a plan this version can't train; its rows can be checked, built into a version and looked at."""
    try:
        require_built(plan)
    except BadInput as error:
        return error
    return None


def ready_rows(plan: Plan, folder: Path) -> ReadyRows:
    """The plan's dataset version, built where it isn't there yet, and facts about its rows.

    Raises:
        BadInput: the data can't be used, or rows that no run would take.
    """
    base = find_base_in(folder, plan.model.base, plan.model.revision)
    dataset = build_version(plan, folder)
    lengths = list(row_lengths(base, (row.messages for row in watched_rows(dataset)), plan.dataset.system_prompt))
    named = [(row.id, row.source) for row in watched_rows(dataset)]
    refuse_unteachable(unteachable(named, lengths, plan, base))
    return dataset, facts_of(dataset, lengths)


def prepare(
    project: ProjectFolder, plan: Plan, *, allow_unservable: bool = False, rows_of: RowsOf = ready_rows
) -> Prepared:
    """Finds the base, reads, checks and splits the data; writes nothing but the dataset version.

    Args:
        rows_of: does `ready_rows`, maybe elsewhere.

    Raises:
        PlanErrors: the adapter could not be served later, unless `allow_unservable`.
        BadInput: the base or the data can't be used, rows that no run would take, or `training.not_built`.
    """
    require_built(plan)
    problems = [] if allow_unservable else unservable(plan)
    if problems:
        raise PlanErrors(problems)
    base = base_of(project, plan)
    require_chat(base)
    return Prepared(plan, base, *rows_of(plan, project.path))
