"""What changes data without touching a file: labels and corrected cells, each of which can be undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.workbench.actions.data import chosen_source
from app.workbench.beginning import ensure_project
from app.workbench.bench import Workbench
from app.workbench.commands import Command
from app.workbench.data_comparison import SEPARATOR
from app.workbench.data_edits import leaves_out, name_edits
from app.workbench.data_examples import Examples, parse_pasted
from app.workbench.selection import is_version_address

if TYPE_CHECKING:
    from app.workbench.data_steps import LineStep
    from pipeline.catalog.entries import DatasetEntry

NUMBERS = range(1, 10)
_IN_DATA = ("data", "labels", "examples")


def commands() -> list[Command]:
    """The commands of labelling and editing."""
    return [
        Command("data.label", "Label rows", _label_rows, _needs_file, "tag", ("L",), "Data/4", "file", ("data",),
                help="Rows without a label, and those whose label is doubtful, one after the other."),
        *(Command(f"data.label_{number}", f"Give the row label {number}", _layout(f"label {number}"), _needs_labels,
                  "tag", (str(number),), views=("labels",),
                  help=f"The label that stands in place {number} of the list, and on to the next row.")
          for number in NUMBERS),
        Command("data.label_find", "Find or add a label", _layout("label find"), _needs_labels, "search", ("Ctrl+F",),
                views=("labels",), help="A few letters leave the labels that have them; Enter gives the first."),
        Command("data.label_skip", "Skip the row", _layout("label skip"), _needs_labels, "arrow-right", ("Right",),
                views=("labels",), help="On to the next row without deciding; it stays open."),
        Command("data.label_back", "Back to the row before", _layout("label back"), _needs_labels, "arrow-left",
                ("Left",), views=("labels",), help="Its label can be given anew."),
        Command("data.merge_labels", "Merge labels", _layout("label merge"), _needs_labels, "combine", ("Ctrl+M",),
                "Data/4", views=("labels",),
                help="The marked labels become one of them (Ctrl or Shift marks several); Ctrl+Z takes it back."),
        Command("data.label_again", "Look for rows to label again", _layout("label again"), _needs_labels, "refresh",
                views=("labels",), help="The labels given so far vote with the others now."),
        Command("data.edit_row", "Edit the row", _layout("data edit"), _why_no_edit, "edit", ("E",), "Data/4",
                views=("data",), help="Its cells as fields; the edit lies over the file, which stays as it is."),
        Command("data.keep_edit", "Keep the edit of the row", _layout("data keep edit"), _why_no_edit, "check",
                ("Ctrl+Return",), views=("data",), help="Writes what the fields hold into the edits file."),
        Command("data.add_example", "Add the typed example", _layout("examples add"), _needs_form, "add",
                ("Ctrl+Return",), views=("examples",), help="What stands in the form becomes a row, or many rows."),
        Command("data.examples_from_chat", "Make examples of the chat's text", _from_chat, _why_not_from_chat, "table",
                menu="Data/1",
                help="Rows such as “question → answer”, or two pasted columns, go into data/examples.csv."),
        Command("data.undo", "Undo the last label or edit", _undo, _why_not_undo, "discard", ("Ctrl+Z",), "Edit/1",
                views=_IN_DATA, help="Whatever was done last to data or plan is taken back, also after a restart."),
        Command("data.redo", "Apply the undone label or edit again", _redo, _why_not_redo, "redo", ("Ctrl+Shift+Z",),
                "Edit/1", views=_IN_DATA, help="What was undone last is in force again."),
        Command("data.use_edits", "Use the edits of the file", _use_edits, _why_not_use, "check", menu="Data/4",
                help="The plan names the edits file, so that versions are built with it."),
        Command("data.write_edited", "Write the file with its edits", _write, _why_not_write, "save-as", menu="Data/4",
                context="file", help="A new file in data/, NAME-edited, with every label and corrected cell in it."),
        Command("data.freeze", "Freeze a version", _freeze, _why_not_freeze, "lock", menu="Data/2",
                help="Builds what a run of the plan would be trained on, with its edits; it never changes again."),
        Command("data.compare", "Compare with the version before", _compare, _why_not_compare, "diff", menu="Data/2",
                context="dataset", help="Rows that were added, removed, corrected or moved, side by side."),
        Command("data.lengths", "Show how long the rows are", _layout("data lengths"), _needs_view, "graph",
                menu="Data/3", help="Tokens of all rows, with the limit."),
        Command("data.languages", "Show the languages of the rows", _layout("data languages"), _needs_view, "globe",
                menu="Data/3", help="How many rows are in which language; a click leaves those of one."),
        Command("data.marked", "Show rows to look at", _layout("data marked"), _needs_view, "eye", menu="Data/3",
                help="Rows that are edited, contradicted, nearly alike or without a label."),
    ]  # fmt: skip


def _layout(verb: str) -> Callable[[Workbench], object]:
    return lambda bench: bench.views.layout(verb)


def _label_rows(bench: Workbench) -> None:
    bench.views.open("labels", chosen_source(bench))


def _needs_file(bench: Workbench) -> str | None:
    if bench.project is None:
        return "No project is open."
    source = chosen_source(bench)
    if not source:
        return "No data file is chosen."
    return "A version never changes: label the file that it was made from." if is_version_address(source) else None


def _needs_labels(bench: Workbench) -> str | None:
    return None if bench.views.active.kind == "labels" else "No rows are being labelled."


def _needs_form(bench: Workbench) -> str | None:
    return None if bench.views.active.kind == "examples" else "No form for examples is in front."


def _why_not_from_chat(bench: Workbench) -> str | None:
    if parse_pasted(bench.conversation.draft):
        return None
    return "The chat's text holds no rows, such as “question → answer” on each line."


def _from_chat(bench: Workbench) -> None:
    rows = parse_pasted(bench.conversation.draft)
    project = ensure_project(bench, "examples")
    Examples(project, bench.edits.steps).add(rows)
    bench.data.refresh_now()
    bench.conversation.fill_draft("With data/examples.csv: ")
    bench.notices.say(f"{len(rows):,} examples are in data/examples.csv", "", "good", ("Undo", "data.undo"),
                      ("Show", "data.type_examples"))  # fmt: skip


def _needs_view(bench: Workbench) -> str | None:
    return None if bench.views.active.kind == "data" else "No table of rows is in front."


def _why_no_edit(bench: Workbench) -> str | None:
    if (reason := _needs_view(bench)) is not None:
        return reason
    if is_version_address(bench.views.active.key):
        return "A version never changes: edit the file that it was made from."
    return None if bench.selection.get("row_key") else "No row is chosen."


def _is_line_last(bench: Workbench) -> bool:
    """Whether a label or an edit was the last thing that was done, and not a change of the plan."""
    step, history = bench.edits.steps.last, bench.history
    if step is None:
        return False
    return not history.can_undo or step.time >= history.checkpoints[history.position - 1].time


def _belongs(bench: Workbench, number: int, step: LineStep | None) -> bool:
    """Whether the plan's checkpoint of a number was made with a step; another one may have taken its number since."""
    if step is None or not step.checkpoint or step.checkpoint != number:
        return False
    return bench.history.checkpoints[number - 1].time <= step.time


def _is_line_next(bench: Workbench) -> bool:
    step, history = bench.edits.steps.next, bench.history
    if step is None:
        return False
    if not history.can_redo or _belongs(bench, history.position + 1, step):
        return True
    return step.time <= history.checkpoints[history.position].time


def _why_not_undo(bench: Workbench) -> str | None:
    if bench.edits.steps.last is not None or bench.history.can_undo:
        return None
    return "Nothing has been labelled or edited yet."


def _why_not_redo(bench: Workbench) -> str | None:
    return None if bench.edits.steps.next is not None or bench.history.can_redo else "Nothing was undone."


def _undo(bench: Workbench) -> None:
    if not _is_line_last(bench):
        bench.run("plan.undo")
        return
    if _belongs(bench, bench.history.position, bench.edits.steps.last):
        bench.history.undo()  # first: where the plan was changed since, it says so, and nothing is lost
    step = bench.edits.steps.undo()
    if bench.views.active.kind not in ("labels", "examples"):
        bench.notices.say("Undone", step.title, "info", ("Apply again", "data.redo"))


def _redo(bench: Workbench) -> None:
    if not _is_line_next(bench):
        bench.run("plan.redo")
        return
    step = bench.edits.steps.redo()
    if bench.history.can_redo and _belongs(bench, bench.history.position + 1, step):
        bench.history.redo()
    if bench.views.active.kind not in ("labels", "examples"):
        bench.notices.say("Applied again", step.title, "info", ("Undo", "data.undo"))


def _file(bench: Workbench) -> Path:
    path = Path(chosen_source(bench))
    return path if path.is_absolute() or bench.project is None else bench.project.path / path


def _why_not_use(bench: Workbench) -> str | None:
    if (reason := _needs_file(bench)) is not None:
        return reason
    return None if leaves_out(bench, _file(bench)) else "The plan leaves no edits of this file out."


def _use_edits(bench: Workbench) -> None:
    name_edits(bench, _file(bench))


def _version(bench: Workbench) -> str:
    """The chosen version; else the newest one."""
    source = chosen_source(bench)
    if is_version_address(source):
        return source
    newest = max(bench.data.versions, key=lambda each: each.created, default=None)
    return f"{newest.name}@{newest.version}" if newest is not None else ""


def _why_not_compare(bench: Workbench) -> str | None:
    address = _version(bench)
    if not address:
        return "There is no version yet: a run builds the first one."
    return None if bench.data.before(address) is not None else f"{address} is the first version of its name."


def _why_not_freeze(bench: Workbench) -> str | None:
    if bench.project is None:
        return "No project is open."
    return None if bench.plan.plan is not None else "The plan can't be read, or there is none: it says what to read."


def _freeze(bench: Workbench) -> None:
    plan = bench.plan.plan
    if plan is None:
        return
    before = {each.version for each in bench.data.versions}

    def say(entry: DatasetEntry) -> None:
        address = f"{entry.name}@{entry.version}"
        rows = entry.train_rows + entry.validation_rows + entry.test_rows
        text = f"{rows:,} rows, {entry.quarantined_rows:,} set aside."
        title = f"Version {entry.version[:6]} is " + ("there already" if entry.version in before else "built")
        has_earlier = bench.data.before(address) is not None
        bench.selection.choose_source(address)
        bench.notices.say(title, text, "good", *([("Compare", "data.compare")] if has_earlier else []))
        bench.views.open("data", address)

    bench.data.freeze(plan, say)


def _compare(bench: Workbench) -> None:
    address = _version(bench)
    earlier = bench.data.before(address)
    if earlier is not None:
        bench.views.open("compare_data", f"{earlier.name}@{earlier.version}{SEPARATOR}{address}")


def _why_not_write(bench: Workbench) -> str | None:
    if (reason := _needs_file(bench)) is not None:
        return reason
    return None if bench.edits.of(_file(bench)) else "This file has no edits."


def _write(bench: Workbench) -> None:
    def say(path: Path) -> None:
        bench.data.refresh_now()
        bench.views.open("data", str(path))

    bench.data.write_edited(_file(bench), say)
