"""What can be done with runs and verdicts, as commands."""

from __future__ import annotations

from collections.abc import Callable

from app.workbench.actions import verdicts
from app.workbench.actions.chosen import Act, Check, chosen_run, needs_run, on_run, why_no_project
from app.workbench.actions.verdicts import needs_verdict
from app.workbench.bench import Workbench
from app.workbench.commands import Command
from app.workbench.run_row import RunRow

COMPARED_MOST = 4  # curves of further runs; more can't be told apart


# starting


def _why_not_start(bench: Workbench) -> str | None:
    if (reason := why_no_project(bench)) is not None:
        return reason
    if bench.runs.starting:
        return "A run is being started."
    path = bench.plan.path
    if path is None:
        return "There is no plan yet: say what you want in the chat, or start from a goal."
    errors = [problem for problem in bench.plan.problems if problem.severity == "error"]
    if errors:
        count = f"{len(errors)} problems" if len(errors) > 1 else "a problem"
        return f"{path.name} has {count}: {errors[0].message}"
    return None if bench.plan.plan is not None else f"{path.name} can't be read as a plan."


def _start(bench: Workbench) -> object:
    if bench.plan.is_dirty:
        bench.plan.save()

    def show(name: str) -> None:
        bench.selection.set("run", name)
        bench.views.open("run", name)

    return bench.runs.start(bench.plan.path, done=show)


# states


def _busy(bench: Workbench, run: RunRow) -> str | None:
    doing = bench.runs.busy.get(run.name)
    return f"{run.short_name}: {doing} already." if doing else None


def _why_not_pause(bench: Workbench, run: RunRow) -> str | None:
    if run.state not in {"preparing", "training"}:
        return f"{run.short_name} is not training: {run.state}."
    return _busy(bench, run)


def _why_not_resume(bench: Workbench, run: RunRow) -> str | None:
    if run.state not in {"paused", "cancelled", "failed", "interrupted"}:
        return f"{run.short_name} can't go on: it is {run.state}."
    return _busy(bench, run)


def _why_not_evaluate(bench: Workbench, run: RunRow) -> str | None:
    if run.state not in {"trained", "finished"}:
        return f"{run.short_name} has no adapter to measure: it is {run.state}."
    return _busy(bench, run)


def _pause_or_resume(bench: Workbench, run: RunRow) -> None:
    if run.state in {"preparing", "training"}:
        bench.runs.pause(run.name)
    else:
        bench.runs.resume(run.name)


def _why_not_pause_or_resume(bench: Workbench, run: RunRow) -> str | None:
    if run.state in {"preparing", "training"}:
        return _why_not_pause(bench, run)
    return _why_not_resume(bench, run)


def _ask_to_cancel(bench: Workbench, run: RunRow) -> None:
    bench.views.open("run", run.name)
    bench.selection.set("cancelling", run.name)


def _cancel(bench: Workbench, run: RunRow) -> None:
    bench.selection.set("cancelling", "")
    bench.runs.cancel(run.name)


# comparing


def compared_runs(bench: Workbench) -> tuple[str, ...]:
    """The runs that stand side by side: the chosen one first."""
    chosen = chosen_run(bench)
    names = ([chosen.name] if chosen is not None else []) + list(bench.selection.compared)
    return tuple(dict.fromkeys(name for name in names if bench.runs.get(name) is not None))


def _why_not_compare(bench: Workbench) -> str | None:
    return why_no_project(bench) or (None if len(compared_runs(bench)) > 1 else "Select two runs first.")


def previous_run(bench: Workbench, run: RunRow) -> RunRow | None:
    """The run before this one, of the same plan if there is one."""
    rows = bench.runs.runs
    after = rows[[row.name for row in rows].index(run.name) + 1 :] if run in rows else ()
    return next((row for row in after if row.plan_name == run.plan_name), after[0] if after else None)


def _overlay(bench: Workbench, run: RunRow) -> None:
    previous = previous_run(bench, run)
    if bench.selection.compared or previous is None:
        bench.selection.compare()
    else:
        bench.selection.compare(previous.name)


def _why_not_overlay(bench: Workbench, run: RunRow) -> str | None:
    if bench.selection.compared or previous_run(bench, run) is not None:
        return None
    return f"{run.short_name} is the first run: there is none before it."


def _add_to_comparison(bench: Workbench, run: RunRow) -> None:
    others = [name for name in bench.selection.compared if name != run.name]
    is_there = run.name in bench.selection.compared
    bench.selection.compare(*(others if is_there else [*others, run.name][-COMPARED_MOST:]))


# moving, marking


def _step(by: int) -> Callable[[Workbench], object]:
    def move(bench: Workbench) -> object:
        rows = [row for row in bench.runs.runs if not row.is_archived or shows_archived(bench)]
        chosen = chosen_run(bench)
        if not rows:
            return None
        place = rows.index(chosen) + by if chosen in rows else 0
        target = rows[max(0, min(len(rows) - 1, place))]
        bench.selection.set("run", target.name)
        bench.views.open("run", target.name)
        return target.name

    return move


def shows_archived(bench: Workbench) -> bool:
    """Whether the list shows archived runs too."""
    return bench.selection.get("archived") == "yes"


def _archive(bench: Workbench, run: RunRow) -> object:
    bench.runs.archive(run.name)
    return bench.notices.say(
        f"{run.short_name} is archived", "Nothing was deleted.", "info", ("Undo", "run.unarchive_last")
    )


def _unarchive_last(bench: Workbench) -> None:
    archived = [row for row in bench.runs.runs if row.is_archived]
    chosen = bench.runs.get(bench.selection.get("run"))
    target = chosen if chosen in archived else (archived[0] if archived else None)
    if target is not None:
        bench.runs.archive(target.name, is_archived=False)


def _edit(what: str) -> Act:
    def ask(bench: Workbench, run: RunRow) -> None:
        bench.selection.set("run", run.name)
        bench.views.open("run", run.name)
        bench.selection.set("edit", "")
        bench.selection.set("edit", f"{what} {run.name}")

    return ask


def _open(kind: str) -> Act:
    def show(bench: Workbench, run: RunRow) -> None:
        bench.selection.set("run", run.name)
        bench.views.open(kind, run.name)

    return show


def _archived(is_archived: bool) -> Check:
    def check(_bench: Workbench, run: RunRow) -> str | None:
        if run.is_archived == is_archived:
            return None
        return f"{run.short_name} is {'not archived' if is_archived else 'archived already'}."

    return check


def commands() -> list[Command]:
    """All commands on runs and verdicts."""
    return [*_RUN_COMMANDS, *_mark_commands(), *_view_commands(), *verdicts.commands()]


_RUN_COMMANDS = [
    Command("run.start", "Start run", _start, _why_not_start, "play", ("F5",), "Run/1",
            help="Saves the plan, checks and splits the data, trains and measures, in processes that outlive the "
            "window."),
    Command("run.pause_or_resume", "Pause or resume run", on_run(_pause_or_resume),
            needs_run(_why_not_pause_or_resume), "debug-pause", ("Space",), views=("run",),
            help="Whichever fits; the key acts while the run's view has the focus."),
    Command("run.pause", "Pause run", on_run(lambda bench, run: bench.runs.pause(run.name)), needs_run(_why_not_pause),
            "debug-pause", menu="Run/2", context="run",
            help="It saves itself and frees the processor; resume goes on as if it had never stopped."),
    Command("run.resume", "Resume run", on_run(lambda bench, run: bench.runs.resume(run.name)),
            needs_run(_why_not_resume), "debug-continue", menu="Run/2", context="run",
            help="Goes on from its last checkpoint."),
    Command("run.cancel", "Cancel run …", on_run(_ask_to_cancel), needs_run(_why_not_pause), "debug-stop",
            menu="Run/2", context="run",
            help="Asks in the run's view first."),
    Command("run.cancel_now", "Cancel run now", on_run(_cancel), needs_run(_why_not_pause), "debug-stop",
            help="Ends it without asking; its checkpoints stay."),
    Command("run.keep", "Keep the run going", lambda bench: bench.selection.set("cancelling", ""),
            lambda bench: None if bench.selection.get("cancelling") else "No run is about to be cancelled.",
            help="Answers the question whether to cancel with no."),
    Command("run.evaluate", "Evaluate run", on_run(lambda bench, run: bench.runs.evaluate(run.name)),
            needs_run(_why_not_evaluate), "graph", menu="Run/2", context="run",
            help="Serves the adapter and its base and measures both on rows that neither was trained on."),
    Command("run.compare", "Compare runs", lambda bench: bench.views.open("compare_runs"), _why_not_compare,
            "git-compare", menu="Run/3", context="run",
            help="Their plans and curves side by side."),
    Command("run.overlay", "Lay the run before over this one, or take it off", on_run(_overlay),
            needs_run(_why_not_overlay), "layers", ("C",), "Run/3", views=("run",),
            help="Two curves in one picture."),
    Command("run.add_to_comparison", "Add run to the comparison, or take it out", on_run(_add_to_comparison),
            needs_run(), "add", context="run",
            help="Up to four beside the chosen one."),
]  # fmt: skip


def _mark_commands() -> list[Command]:
    return [
        Command("run.tag", "Tag run …", on_run(_edit("tags")), needs_run(), "tag", menu="Run/4", context="run",
                help="Words to find it by."),
        Command("run.note", "Write a note on run …", on_run(_edit("note")), needs_run(), "note", menu="Run/4",
                context="run",
                help="A line of your own about it."),
        Command("run.archive", "Archive run", on_run(_archive), needs_run(_archived(False)), "archive", menu="Run/4",
                context="run",
                help="Takes it out of the list; nothing is deleted."),
        Command("run.unarchive", "Take run out of the archive",
                on_run(lambda bench, run: bench.runs.archive(run.name, is_archived=False)), needs_run(_archived(True)),
                "inbox", context="run",
                help="It is in the list again."),
        Command("run.unarchive_last", "Undo archiving a run", _unarchive_last,
                lambda bench: None if any(row.is_archived for row in bench.runs.runs) else "No run is archived.",
                help="The chosen run, else the newest archived one."),
        Command("run.show_archived", "Show or hide archived runs",
                lambda bench: bench.selection.set("archived", "" if shows_archived(bench) else "yes"), why_no_project,
                "archive",
                help="In the list of runs."),
    ]  # fmt: skip


def _open_ended(bench: Workbench) -> None:
    run = bench.runs.get(bench.selection.get("ended"))
    if run is not None:
        bench.selection.set("run", run.name)
        bench.views.open("verdict" if run.verdict is not None and run.state == "finished" else "run", run.name)


def _view_commands() -> list[Command]:
    return [
        Command("run.open_ended", "Show the run that ended last", _open_ended,
                lambda bench: None if bench.selection.get("ended") else "No run has ended since the window was opened.",
                "history",
                help="Finished, failed or cancelled."),
        Command("run.open", "Open run", on_run(_open("run")), needs_run(), "graph-line", menu="Run/5", context="run",
                help="Its curve, events, samples and state."),
        Command("run.open_verdict", "Read the verdict", on_run(_open("verdict")), needs_run(needs_verdict), "law",
                ("Ctrl+K, V",), "Run/5", "run",
                help="Whether the adapter is better, by how much, and how sure that is."),
        Command("run.open_log", "Show the run's log", on_run(_open("log")), needs_run(), "output", menu="Run/5",
                context="run",
                help="What the run's worker wrote."),
        Command("run.next", "Next older run", _step(1), needs_run(), "arrow-down", ("Alt+PgDown",),
                help="In the list's order."),
        Command("run.previous", "Next newer run", _step(-1), needs_run(), "arrow-up", ("Alt+PgUp",),
                help="In the list's order."),
        Command("run.copy_name", "Copy run name", on_run(lambda bench, run: bench.clipboard.copy(run.name)),
                needs_run(), "copy", context="run",
                help="As `vibetune runs show` takes it."),
    ]  # fmt: skip
