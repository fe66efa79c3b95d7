"""What can be done with the plan's text and its history, as commands."""

from __future__ import annotations

from app.workbench.bench import Workbench
from app.workbench.commands import Command


def _why_not_undo(bench: Workbench) -> str | None:
    return None if bench.history.can_undo else "No proposal has been applied yet."


def _why_not_redo(bench: Workbench) -> str | None:
    return None if bench.history.can_redo else "Nothing was undone."


def _why_not_save(bench: Workbench) -> str | None:
    if bench.plan.path is None:
        return "No project is open."
    return None if bench.plan.is_dirty else f"{bench.plan.path.name} has no unsaved change."


def _undo(bench: Workbench) -> None:
    step = bench.history.undo()
    bench.notices.say(f"Checkpoint {step.number} undone", step.sentence, "info", ("Apply again", "plan.redo"))


def _redo(bench: Workbench) -> None:
    step = bench.history.redo()
    bench.notices.say(f"Checkpoint {step.number} applied again", step.sentence, "info", ("Undo", "plan.undo"))


def commands() -> list[Command]:
    """Saving, undo and redo; applying and rejecting belong to the chat."""
    return [
        Command("plan.save", "Save the plan", lambda bench: bench.plan.save(), _why_not_save, "save", menu="Plan/2"),
        Command("plan.undo", "Undo the last applied proposal", _undo, _why_not_undo, "discard", menu="Edit/1"),
        Command("plan.redo", "Apply the undone proposal again", _redo, _why_not_redo, "redo", menu="Edit/1"),
    ]
