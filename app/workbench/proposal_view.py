"""A proposal is a change of the plan: it is shown there, where nothing that is being worked at stands in front."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.workbench.bench import Workbench
from pipeline.plan.model import Plan


def show_proposals(bench: Workbench, later: Callable[[Callable[[], object]], object]) -> None:
    """Brings the plan before the welcome page whenever a proposal comes; once for each workbench.

    Args:
        later: calls what it is given once the proposal itself is shown: together they would take too long.
    """
    last: Plan | None = None

    def bring(path: Path) -> None:
        if bench.views.active.kind == "welcome" and bench.plan.path == path:
            bench.views.open("plan", str(path), keeps_focus=True)

    def changed() -> None:
        nonlocal last
        pending, path = bench.plan.pending, bench.plan.path
        is_new = pending is not None and bool(pending.hunks) and pending.plan is not last
        last = pending.plan if pending is not None else None
        if is_new and path is not None:
            later(lambda: bring(path))

    bench.plan.proposal_changed.connect(changed)
