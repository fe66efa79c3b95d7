"""Which run a command acts on."""

from __future__ import annotations

from collections.abc import Callable

from app.workbench.bench import Workbench
from app.workbench.run_row import RunRow

Check = Callable[[Workbench, RunRow], str | None]
Act = Callable[[Workbench, RunRow], object]
RUN_VIEWS = ("run", "verdict", "history")


def chosen_run(bench: Workbench) -> RunRow | None:
    """The run that a command acts on: of the view in front, else the selected one, else the newest."""
    active = bench.views.active
    if active.kind in RUN_VIEWS and active.key and (found := bench.runs.get(active.key)) is not None:
        return found
    if (found := bench.runs.get(bench.selection.get("run"))) is not None:
        return found
    return bench.runs.runs[0] if bench.runs.runs else None


def why_no_project(bench: Workbench) -> str | None:
    """Why nothing can be done without a project."""
    return None if bench.project is not None else "No project is open."


def needs_run(check: Check | None = None) -> Callable[[Workbench], str | None]:
    """Why a command on the chosen run can't be run: none is chosen, or `check` says so."""

    def why_not(bench: Workbench) -> str | None:
        if bench.project is None:
            return "No project is open."
        run = chosen_run(bench)
        if run is None:
            return "There are no runs yet."
        return check(bench, run) if check is not None else None

    return why_not


def on_run(act: Act) -> Callable[[Workbench], object]:
    """A command that acts on the chosen run."""

    def run(bench: Workbench) -> object:
        chosen = chosen_run(bench)
        return act(bench, chosen) if chosen is not None else None

    return run
