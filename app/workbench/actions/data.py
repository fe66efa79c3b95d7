"""What can be done with data files and dataset versions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.workbench.beginning import open_sample, type_examples
from app.workbench.bench import Workbench
from app.workbench.commands import Command


def commands() -> list[Command]:
    """The commands of the data area."""
    return [
        Command("data.add", "Add data files …", _layout("choose data"), icon="add", menu="Data/1",
                help="They are copied into data/ and never changed."),
        Command("data.type_examples", "Type examples", type_examples, icon="edit", menu="Data/1",
                help="An empty table with a prompt and a completion."),
        Command("data.sample", "Open the sample project", open_sample, icon="mortar-board", menu="File/4"),
        Command("data.open", "Open data", _open, _needs_data, "table", menu="Data/2", context="file dataset"),
        Command("data.open_beside", "Open data beside", _open_beside, _needs_data, "split-horizontal",
                context="file dataset"),
        Command("data.ask", "Say what to do with this file", _ask, _needs_file, "comment-discussion", menu="Data/2",
                context="file"),
        Command("data.set_aside", "Show rows that were set aside", _layout("data set aside"), _needs_view, "archive",
                menu="Data/3"),
        Command("data.filter", "Filter rows", _layout("data filter"), _needs_view, "filter", ("Ctrl+F",), "Data/3",
                views=("data",)),
        Command("data.pattern", "Read the filter as a regular expression", _layout("data pattern"), _needs_view,
                "regex", ("Alt+R",), "Data/3", views=("data",)),
        Command("data.next_row", "Next row", _layout("data next"), _needs_view, "arrow-down", ("J",),
                views=("data",)),
        Command("data.previous_row", "Previous row", _layout("data previous"), _needs_view, "arrow-up", ("K",),
                views=("data",)),
        Command("data.next_problem", "Next problem in the data", _layout("data problem"), _needs_view, "warning",
                ("F8",), "Data/3", views=("data",)),
    ]  # fmt: skip


def _layout(verb: str) -> Callable[[Workbench], object]:
    return lambda bench: bench.views.layout(verb)


def chosen_source(bench: Workbench) -> str:
    """The chosen dataset version or data file; else the one in front; empty if there is none."""
    from app.workbench.data_store import DATA_SUFFIXES

    version = bench.selection.get("dataset")
    if version:
        return version
    path = bench.selection.get("path")
    if Path(path).suffix.lower() in DATA_SUFFIXES:
        return path
    return bench.views.active.key if bench.views.active.kind == "data" else ""


def _open(bench: Workbench) -> None:
    bench.views.open("data", chosen_source(bench))


def _open_beside(bench: Workbench) -> None:
    bench.views.open("data", chosen_source(bench), is_beside=True)


def _ask(bench: Workbench) -> None:
    """Puts a sentence about the file into the chat's composer, for the user to finish."""
    path = Path(chosen_source(bench))
    folder = bench.require_project().path
    shown = path.relative_to(folder) if path.is_relative_to(folder) else path
    bench.views.open("assistant")
    bench.conversation.fill_draft(f"With {shown}: ")


def _needs_data(bench: Workbench) -> str | None:
    return None if chosen_source(bench) else "No data file and no dataset version is chosen."


def _needs_file(bench: Workbench) -> str | None:
    if bench.project is None:
        return "No project is open."
    source = chosen_source(bench)
    return None if source and "@" not in source else "No data file is chosen."


def _needs_view(bench: Workbench) -> str | None:
    return None if bench.views.active.kind == "data" else "No table of rows is in front."
