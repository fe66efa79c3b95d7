"""What the checks of a plan say about its data, as a run would hear it, and what each problem can be settled with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psygnal import Signal

from app.workbench.data_edits import reads
from app.workbench.data_rows import Finding, FindingFix
from app.workbench.tasks import Job
from pipeline.errors import BadInput, VibetuneError

if TYPE_CHECKING:
    from app.workbench.bench import Workbench
    from pipeline.bases.base import Base
    from pipeline.plan.model import Plan

REASONS = {
    "data.duplicate": "duplicates",
    "data.near_duplicate": "near duplicates",
    "data.leakage": "leakage",
    "data.contradiction": "contradictions",
    "data.empty_prompt": "no prompt",
    "data.empty_completion": "no answer",
    "data.ragged_row": "uneven rows",
    "data.bad_line": "unreadable lines",
    "data.personal_data": "personal data",
    "data.injection": "orders to a model",
    "data.low_quality": "low quality",
    "data.languages": "several languages",
}


@dataclass(frozen=True)
class DataReport:
    """What was found.

    Args:
        rows: that a run would use.
        aside: rows that it would leave out.
    """

    findings: tuple[Finding, ...]
    rows: int = 0
    aside: int = 0


class PlanChecks:
    """The report about the file of one view, as long as the plan reads that file."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, bench: Workbench, path: Path) -> None:
        self._bench, self._path = bench, path
        self._job: Job | None = None
        self._asked: object = None  # what the last report was asked for
        self.report: DataReport | None = None

    @property
    def is_running(self) -> bool:
        """Whether a report is on its way."""
        return self._job is not None and self._job.state == "running"

    def look(self) -> None:
        """Checks the plan's data where plan, edits or file have changed since it was last done."""
        plan, project = self._bench.plan.plan, self._bench.project
        if plan is None or project is None:
            return  # a plan that is being typed can't be read at times
        if not reads(self._bench, self._path):
            self._forget()
            return
        wanted = (plan.task, plan.dataset, plan.model, plan.training.max_length, self._stamps(plan))
        if wanted == self._asked:
            return
        self._asked = wanted
        if self._job is not None:
            self._job.cancel()
        self._job = self._bench.data.check(plan, self._take, failed=self._fail)

    def _stamps(self, plan: Plan) -> tuple[object, ...]:
        folder = self._bench.require_project().path
        named = [each.path for each in plan.dataset.sources if each.path] + [plan.dataset.edits or ""]
        paths = [folder / name for name in named if name]
        return tuple((path.stat().st_size, path.stat().st_mtime_ns) for path in paths if path.is_file())

    def _take(self, report: DataReport) -> None:
        self.report = report
        self.changed.emit()

    def _fail(self, error: VibetuneError) -> None:
        self._asked = None
        self.failed.emit(error)

    def _forget(self) -> None:
        self._asked = None
        if self.report is not None:
            self.report = None
            self.changed.emit()


def report_of(plan: Plan, project: Path) -> DataReport:
    """Checks a plan's data without what trains a linear model; a check that blocks is a finding like the others."""
    from app.workbench.data_readers import findings
    from pipeline.datasets.versions.examine import examine

    try:
        found = examine(plan, project, _base(plan, project), is_quick=True)
    except BadInput as error:
        return DataReport((Finding(error.code, "block", 1, error.message, error.hint),))
    return DataReport(findings(found.problems), found.rows, sum(found.aside.values()))


def _base(plan: Plan, project: Path) -> Base | None:
    """The plan's base; None where it isn't there yet, and nobody can count its tokens."""
    from pipeline.bases.base import find_base_in

    try:
        return find_base_in(project, plan.model.base, plan.model.revision)
    except BadInput:
        return None


def reason_name(code: str) -> str:
    """A reason in words."""
    return REASONS.get(code, code.removeprefix("data.").replace("_", " "))


def names_version(bench: Workbench, address: str) -> bool:
    """Whether a dataset version was made from the open plan, so that its problems can be settled there."""
    return bench.plan.plan is not None and address.partition("@")[0] == bench.plan.plan.name


def is_chosen(bench: Workbench, fix: FindingFix) -> bool:
    """Whether the plan has a fix already."""
    return bench.plan.plan is not None and _value(bench.plan.plan, fix.field) == fix.value


def _value(plan: Plan, field: str) -> Any:
    return reduce(getattr, field.split("."), plan)


def settle(bench: Workbench, finding: Finding, fix: FindingFix) -> None:
    """Writes a fix into the plan: one step of its history, which can be undone."""
    title = f"{reason_name(finding.code).capitalize()}: {fix.title[:1].lower()}{fix.title[1:]}"
    try:
        bench.plan.change(fix.field, fix.value, title)
    except VibetuneError as error:
        bench.notices.error(error)
        return
    bench.notices.say(title, f"The plan has it now: {fix.words}.", "good", ("Undo", "data.undo"))
