"""What can be done with data files and dataset versions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.workbench.beginning import open_sample, type_examples
from app.workbench.bench import Workbench
from app.workbench.commands import Command
from app.workbench.data_edits import reads
from app.workbench.data_report import names_version
from app.workbench.selection import is_version_address

if TYPE_CHECKING:
    from pipeline.plan.model import Checks


def commands() -> list[Command]:
    """The commands of the data area."""
    return [
        Command("data.add", "Add data files …", _layout("choose data"), icon="add", menu="Data/1",
                help="They are copied into data/ and never changed."),
        Command("data.type_examples", "Type examples", type_examples, icon="edit", menu="Data/1",
                help="A form: what is typed or pasted becomes rows, and a meter says how many more are needed."),
        Command("data.sample", "Open the sample project", open_sample, icon="mortar-board", menu="File/4",
                help="A support desk's messages and two tasks, in a folder of its own; made once, then opened again."),
        Command("data.open", "Open data", _open, _needs_data, "table", menu="Data/2", context="file dataset",
                help="The chosen file or dataset version as a table."),
        Command("data.open_beside", "Open data beside", _open_beside, _needs_data, "split-horizontal",
                context="file dataset",
                help="In a group of its own, right of the one in front."),
        Command("data.ask", "Say what to do with this file", _ask, _needs_file, "comment-discussion", menu="Data/2",
                context="file",
                help="Puts its name into the chat; the sentence is yours to finish."),
        Command("data.set_aside", "Show rows that were set aside", _layout("data set aside"), _needs_view, "archive",
                menu="Data/3",
                help="With the reason of each; a row can be taken back."),
        Command("data.stop_reading", "Stop reading the file", _stop_reading, _why_not_stop, "debug-stop",
                help="A large file whose rows are on their way in; it can be read again."),
        Command("data.filter", "Filter rows", _layout("data filter"), _needs_view, "filter", ("Ctrl+F",), "Data/3",
                views=("data",),
                help="Rows that hold a text."),
        Command("data.pattern", "Read the filter as a regular expression", _layout("data pattern"), _needs_view,
                "regex", ("Alt+R",), "Data/3", views=("data",),
                help="The filter's text is a pattern instead of plain text."),
        Command("data.next_row", "Next row", _layout("data next"), _needs_rows, "arrow-down", ("J",),
                views=("data", "compare_data"),
                help="Down one row; its whole text is shown below."),
        Command("data.previous_row", "Previous row", _layout("data previous"), _needs_rows, "arrow-up", ("K",),
                views=("data", "compare_data"),
                help="Up one row; its whole text is shown below."),
        Command("data.set_row_aside", "Set the row aside", _set_row_aside, _why_not_aside, "archive", ("Q",), "Data/4",
                views=("data",), help="The next run leaves it out; the file stays as it is, and Ctrl+Z takes it back."),
        Command("data.take_row_back", "Take the row back", _take_row_back, _why_not_back, "discard", ("U",), "Data/4",
                views=("data",), help="The next run uses it, also where a check had set it aside."),
        Command("data.next_problem", "Next problem in the data", _layout("data problem"), _needs_view, "warning",
                ("F8",), "Data/3", views=("data",),
                help="Goes to a row that a check has something to say about."),
        Command("data.problems", "Show or hide the problems of the data", _layout("data problems"), _needs_view,
                "warning", menu="Data/3", help="What the checks found, beside the rows, with what settles it."),
        Command("data.fix", "Fix a problem of the data", _layout("data fix"), _why_no_fix, "lightbulb-autofix",
                ("Ctrl+.",), "Data/3", views=("data",),
                help="Lists what settles each problem; the plan takes it, the file stays as it is, Ctrl+Z undoes it."),
    ]  # fmt: skip


def _layout(verb: str) -> Callable[[Workbench], object]:
    return lambda bench: bench.views.layout(verb)


def chosen_source(bench: Workbench) -> str:
    """The chosen dataset version or data file; else the one in front; empty if there is none."""
    from app.workbench.data_store import opens_as_table

    version = bench.selection.get("dataset")
    if version:
        return version
    path = bench.selection.get("path")
    if path and opens_as_table(Path(path)):
        return path
    return bench.views.active.key if bench.views.active.kind in ("data", "labels") else ""


def _open(bench: Workbench) -> None:
    bench.views.open("data", chosen_source(bench))


def _open_beside(bench: Workbench) -> None:
    bench.views.open("data", chosen_source(bench), is_beside=True)


def _why_not_stop(bench: Workbench) -> str | None:
    is_read = bench.data.reading(chosen_source(bench)) is not None
    return None if is_read else "No large file is being read."


def _stop_reading(bench: Workbench) -> None:
    if (reading := bench.data.reading(chosen_source(bench))) is not None:
        reading.stop()


def _ask(bench: Workbench) -> None:
    """Puts a sentence about the file into the chat's composer, for the user to finish."""
    path = Path(chosen_source(bench))
    folder = bench.require_project().path
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    bench.views.open("assistant")
    bench.conversation.fill_draft(f"With {shown}: ")


def _row(bench: Workbench) -> str:
    return bench.selection.get("row_id")


def _checks(bench: Workbench) -> Checks | None:
    return bench.plan.plan.dataset.checks if bench.plan.plan is not None else None


def _why_no_row(bench: Workbench) -> str | None:
    if _needs_view(bench) or not _row(bench):
        return "No row with a prompt and an answer is chosen."
    return None if _checks(bench) is not None else "The plan can't be read, or there is none: it names the rows."


def _why_not_aside(bench: Workbench) -> str | None:
    checks = _checks(bench)
    if checks is not None and _row(bench) in checks.set_aside:
        return "The row is set aside already."
    return _why_no_row(bench)


def _why_not_back(bench: Workbench) -> str | None:
    checks = _checks(bench)
    if checks is not None and _row(bench) in checks.keep:
        return "The row is used already, whatever the checks say."
    return _why_no_row(bench)


def _set_row_aside(bench: Workbench) -> None:
    checks, row = _checks(bench), _row(bench)
    if checks is None:
        return
    if row in checks.keep:
        bench.plan.change("dataset.checks.keep", [each for each in checks.keep if each != row], "No longer kept: 1 row")
    else:
        bench.plan.change("dataset.checks.set_aside", [*checks.set_aside, row], "Set 1 row aside")
    bench.notices.say("The row is set aside", "The next run leaves it out.", "info", ("Undo", "plan.undo"))


def _take_row_back(bench: Workbench) -> None:
    checks, row = _checks(bench), _row(bench)
    if checks is None:
        return
    if row in checks.set_aside:
        rest = [each for each in checks.set_aside if each != row]
        bench.plan.change("dataset.checks.set_aside", rest, "Took 1 row back")
    else:
        bench.plan.change("dataset.checks.keep", [*checks.keep, row], "Kept 1 row")
    bench.notices.say("The row is taken back", "The next run uses it.", "info", ("Undo", "plan.undo"))


def _needs_data(bench: Workbench) -> str | None:
    return None if chosen_source(bench) else "No data file and no dataset version is chosen."


def _needs_file(bench: Workbench) -> str | None:
    if bench.project is None:
        return "No project is open."
    source = chosen_source(bench)
    return None if source and "@" not in source else "No data file is chosen."


def _needs_view(bench: Workbench) -> str | None:
    return None if bench.views.active.kind == "data" else "No table of rows is in front."


def _why_no_fix(bench: Workbench) -> str | None:
    """Fixes are recorded in a plan: the one that reads the file, or the one that the version was made from."""
    if (reason := _needs_view(bench)) is not None:
        return reason
    key = bench.views.active.key
    if names_version(bench, key) if is_version_address(key) else reads(bench, bench.require_project().path / key):
        return None
    return "The open plan doesn't read this data, and it is the plan that records a fix."


def _needs_rows(bench: Workbench) -> str | None:
    return None if bench.views.active.kind in ("data", "compare_data") else "No table of rows is in front."
