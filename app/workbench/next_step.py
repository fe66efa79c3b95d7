"""The one next step of the flow, which the button at the upper right names."""

from __future__ import annotations

from dataclasses import dataclass

from app.workbench.bench import Workbench


@dataclass(frozen=True)
class Step:
    """A button: its text, the command behind it, and why it can't be pressed (None: the command says)."""

    text: str
    command: str
    icon: str
    reason: str | None = None


def next_step(bench: Workbench) -> Step:
    """Sentence → apply → run → wait → read the verdict → compare."""
    if bench.project is None:
        return Step("Open the sample", "data.sample", "mortar-board")
    if bench.plan.pending is not None and bench.plan.pending.hunks:
        count = sum(hunk.is_ticked for hunk in bench.plan.pending.hunks)
        return Step(f"Apply {count} change{'s' * (count != 1)}", "plan.apply", "check")
    running = next((run for run in bench.runs.runs if run.state in ("preparing", "training", "measuring")), None)
    if running is not None:
        share = f" {100 * running.step // running.total} %" if running.total else ""
        word = "Measuring" if running.state == "measuring" else "Running"
        return Step(f"{word}{share}", "run.open", "pulse")
    return _after_a_run(bench)


def _after_a_run(bench: Workbench) -> Step:
    active = bench.views.active.kind
    if active == "verdict":
        return Step("Compare", "view.playground", "comment-discussion")
    newest = bench.runs.runs[0] if bench.runs.runs else None
    if newest is not None and newest.verdict is not None and active in ("run", "runs"):
        return Step("Read the verdict", "run.open_verdict", "graph")
    if active == "playground" and bench.selection.get("adapter"):
        return Step("Promote …", "adapter.promote", "arrow-up")
    return Step("Start run", "run.start", "play")
