"""What the status bar says: problems, progress, server, machine."""

from __future__ import annotations

from dataclasses import dataclass

from app.workbench.bench import Workbench
from app.workbench.quantities import GIB, memory
from app.workbench.run_words import time_left


@dataclass(frozen=True)
class StatusItem:
    """One fact and the command that leads to more about it."""

    name: str
    text: str
    icon: str
    command: str
    tip: str
    tone: str = "muted"
    is_right: bool = False
    is_icon_only: bool = False


def status_items(bench: Workbench) -> list[StatusItem]:
    """The facts of now, from left to right; those without text are hidden."""
    errors = sum(problem.severity == "error" for problem in bench.plan.problems)
    warnings = len(bench.plan.problems) - errors
    return [
        StatusItem("errors", str(errors), "error", "view.problems", "Errors in the plan", "bad" if errors else "muted"),
        StatusItem("warnings", str(warnings), "warning", "view.problems", "Warnings", "warn" if warnings else "muted"),
        _progress(bench),
        StatusItem(
            "planner", "Built-in planner: no key, no network", "sparkle", "view.assistant", "Who makes the plans"
        ),
        _caret(bench),
        _server(bench),
        _machine(bench),
        _notices(bench),
    ]


def _caret(bench: Workbench) -> StatusItem:
    caret = bench.views.caret
    text = f"Line {caret[0]}, column {caret[1]}" if caret is not None else ""
    return StatusItem("caret", text, "list-selection", "view.files", "Where the caret is", is_right=True)


def _progress(bench: Workbench) -> StatusItem:
    running = [run for run in bench.runs.runs if run.state in ("preparing", "training", "measuring")]
    jobs = bench.jobs.running
    if running:
        run = running[0]
        left = f", {time_left(run)}" if time_left(run) else ""
        at = f" step {run.step} of {run.total}" if run.total else f" {run.stage}"
        more = f" and {len(running) - 1} more" if len(running) > 1 else ""
        return StatusItem(
            "progress", f"{run.plan_name or run.name}{at}{left}{more}", "pulse", "run.open", "Running", "accent"
        )
    if jobs:
        return StatusItem(
            "progress", f"{jobs[0].title} {jobs[0].detail}".strip(), "sync", "view.jobs", "Working", "accent"
        )
    return StatusItem("progress", "", "pulse", "view.jobs", "Jobs")


def _server(bench: Workbench) -> StatusItem:
    server = bench.server
    if bench.project is None or server.state == "stopped":
        return StatusItem(
            "server", "Server stopped" if bench.project else "", "server", "view.server", "Server", is_right=True
        )
    if server.state == "ready":
        count = len(server.adapters)
        text = f"Ready: 1 base, {count} adapter{'s' * (count != 1)}"
        return StatusItem("server", text, "server", "view.server", "Server", "good", is_right=True)
    tone = "bad" if server.state == "failed" else "warn"
    words = {"starting": "Starting", "stopping": "Stopping", "failed": "Server failed"}
    return StatusItem(
        "server", words.get(server.state, server.state), "server", "view.server", "Server", tone, is_right=True
    )


def _machine(bench: Workbench) -> StatusItem:
    machine = bench.machine
    used, total = machine.memory_used / GIB, machine.memory_total / GIB
    text = memory(used, total) if total else ""
    return StatusItem("memory", text, "chip", "view.welcome", "Memory of this machine", is_right=True)


def _notices(bench: Workbench) -> StatusItem:
    text = str(len(bench.notices.items) or "")
    return StatusItem("notices", text, "bell", "view.notices", "Notices", is_right=True, is_icon_only=True)
