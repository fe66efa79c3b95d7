"""A proposal is a change of the plan: it is shown there, where nothing that is being worked at stands in front."""

from __future__ import annotations

from app.workbench.bench import Workbench
from pipeline.plan.model import Plan


def show_proposals(bench: Workbench) -> None:
    """Brings the plan before the welcome page whenever a proposal comes; once for each workbench."""
    last: Plan | None = None

    def changed() -> None:
        nonlocal last
        pending, path = bench.plan.pending, bench.plan.path
        is_new = pending is not None and bool(pending.hunks) and pending.plan is not last
        last = pending.plan if pending is not None else None
        if is_new and path is not None and bench.views.active.kind == "welcome":
            bench.views.open("plan", str(path), keeps_focus=True)

    bench.plan.proposal_changed.connect(changed)
