"""What can be done with the plan's text and its history, as commands; applying and rejecting belong to the chat."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.workbench.bench import Workbench
from app.workbench.commands import Command
from app.workbench.plan_problems import fixed, fixes

VIEWS = ("plan",)


def commands() -> list[Command]:
    """All of them."""
    return [
        Command(
            "file.save", "Save", _save_active, _why_not_save_active, "save", ("Ctrl+S",), "File/2",
            help="Writes the text of the editor in front into its file.",
        ),
        Command(
            "file.save_all", "Save all", _save_all, _why_not_save_all, "save-all", ("Ctrl+K, S",), "File/2",
            help="Writes every text that was changed.",
        ),
        Command("plan.save", "Save the plan", lambda bench: bench.plan.save(), _why_not_save, "save", menu="Plan/2"),
        Command(
            "plan.undo", "Undo the last applied proposal", _undo, _why_not_undo, "discard", ("Ctrl+Z",), "Edit/1",
            help="Puts the plan back as it was before; in a text field, Ctrl+Z undoes typing.",
        ),
        Command(
            "plan.redo", "Apply the undone proposal again", _redo, _why_not_redo, "redo", ("Ctrl+Shift+Z",), "Edit/1"
        ),
        Command("plan.open", "Open the plan", _open("plan"), _no_plan, "json", ("Ctrl+K, P",), "Plan/4"),
        Command(
            "plan.form", "Open the plan as a form", _open_form, _no_plan, "checklist", ("Ctrl+K, F",), "Plan/4",
            help="Beside the text; both show the same plan.",
        ),
        Command(
            "plan.history", "History of the plan", _open("history"), _no_plan, "history", ("Ctrl+K, H",), "Plan/4",
            help="Every checkpoint and run as a diff.",
        ),
        Command(
            "plan.fix", "Fix the problem here", _ask("fix"), _no_problem, "lightbulb-autofix", ("Ctrl+.",), "Edit/2",
            views=VIEWS, help="Applies the fix of the caret's line, or lists the fixes.",
        ),
        Command(
            "plan.fix_all", "Fix all problems that have one fix", _fix_all, _no_fix, "lightbulb", menu="Edit/2",
            help="Nothing is saved; Ctrl+Z takes it back.",
        ),
        Command(
            "plan.explain", "Explain the field here", _ask("explain"), _no_plan, "info", ("Ctrl+K, I",), "Edit/2",
            views=VIEWS, help="What it means, what it takes, its default.",
        ),
        Command(
            "plan.complete", "Suggest words here", _ask("complete"), _no_plan, "symbol-keyword", ("Ctrl+Space",),
            "Edit/2", views=VIEWS,
        ),
        Command(
            "plan.next_problem", "Next problem of the plan", _step(1), _no_problem, "arrow-down", ("F8",), "Edit/2",
            views=VIEWS,
        ),
        Command(
            "plan.previous_problem", "Previous problem of the plan", _step(-1), _no_problem, "arrow-up",
            ("Shift+F8",), "Edit/2", views=VIEWS,
        ),
        Command(
            "plan.show_diff", "Show the proposal as a diff", _ask("diff"), _nothing_proposed, "diff", menu="Plan/2",
        ),
        Command(
            "plan.show_preview", "Show the proposal as a preview", _ask("preview"), _nothing_proposed, "eye",
            menu="Plan/2",
        ),
        Command("plan.show_text", "Show my text of the plan", _ask("text"), _no_plan, "json", menu="Plan/2"),
    ]  # fmt: skip


# saving


def _why_not_save(bench: Workbench) -> str | None:
    if bench.plan.path is None:
        return "No project is open."
    bench.plan.text_wanted.emit()
    return None if bench.plan.is_dirty else f"{bench.plan.path.name} has no unsaved change."


def _active_path(bench: Workbench) -> Path | None:
    view = bench.views.active
    if view.kind == "text" and view.key:
        return Path(view.key)
    return bench.plan.path


def _why_not_save_active(bench: Workbench) -> str | None:
    path = _active_path(bench)
    if path is None:
        return "No project is open."
    bench.plan.text_wanted.emit()
    return None if bench.plan.drafts.get(path) is not None else f"{path.name} has no unsaved change."


def _save_active(bench: Workbench) -> None:
    _save(bench, _active_path(bench))


def _why_not_save_all(bench: Workbench) -> str | None:
    bench.plan.text_wanted.emit()
    return None if bench.plan.drafts.paths else "Everything is saved."


def _save_all(bench: Workbench) -> None:
    for path in bench.plan.drafts.paths:
        _save(bench, path)


def _save(bench: Workbench, path: Path | None) -> None:
    if path is not None and path == bench.plan.path:
        bench.plan.save()
    elif path is not None:
        bench.plan.drafts.save(path)


# history


def _why_not_undo(bench: Workbench) -> str | None:
    return None if bench.history.can_undo else "No proposal has been applied yet."


def _why_not_redo(bench: Workbench) -> str | None:
    return None if bench.history.can_redo else "Nothing was undone."


def _undo(bench: Workbench) -> None:
    step = bench.history.undo()
    bench.notices.say(f"Checkpoint {step.number} undone", step.sentence, "info", ("Apply again", "plan.redo"))


def _redo(bench: Workbench) -> None:
    step = bench.history.redo()
    bench.notices.say(f"Checkpoint {step.number} applied again", step.sentence, "info", ("Undo", "plan.undo"))


# views


def _no_plan(bench: Workbench) -> str | None:
    return None if bench.plan.path is not None else "No project is open."


def _nothing_proposed(bench: Workbench) -> str | None:
    return None if bench.plan.pending is not None else "No proposal is open: say what you want in the chat."


def _open(kind: str) -> Callable[[Workbench], None]:
    return lambda bench: bench.views.open(kind, str(bench.plan.path) if kind == "plan" else "")


def _open_form(bench: Workbench) -> None:
    bench.views.open("form", is_beside=True)


def _ask(what: str) -> Callable[[Workbench], None]:
    def ask(bench: Workbench) -> None:
        if bench.views.active.kind != "plan":
            bench.views.open("plan", str(bench.plan.path))
        bench.plan.asked.emit(what)

    return ask


# problems


def _no_problem(bench: Workbench) -> str | None:
    return None if bench.plan.problems else "The plan has no problems."


def _no_fix(bench: Workbench) -> str | None:
    if not bench.plan.problems:
        return "The plan has no problems."
    is_any = any(len(fixes(each, bench.plan.text)) == 1 for each in bench.plan.problems)
    return None if is_any else "No problem has one fix alone: choose in the editor (Ctrl+.)."


def _fix_all(bench: Workbench) -> None:
    plan = bench.plan
    for _ in range(len(plan.problems)):
        ways = next((found for each in plan.problems if len(found := fixes(each, plan.text)) == 1), None)
        if ways is None or (after := fixed(ways[0], plan.text)) == plan.text:
            return
        plan.set_text(after)


def _step(by: int) -> Callable[[Workbench], None]:
    def step(bench: Workbench) -> None:
        places = sorted({(each.line, each.column) for each in bench.plan.problems if each.line})
        if not places:
            return
        here = bench.selection.get("problem")
        number = next((n for n, place in enumerate(places) if str(place) == here), -1 if by > 0 else 0)
        place = places[(number + by) % len(places)]
        bench.selection.set("problem", str(place))
        if bench.views.active.kind != "plan":
            bench.plan.place = place
            bench.views.open("plan", str(bench.plan.path))
        bench.plan.go_to(*place)

    return step
