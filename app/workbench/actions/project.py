"""What can be done with projects and windows."""

from __future__ import annotations

from pathlib import Path

from app.workbench.actions.chosen import why_no_project
from app.workbench.actions.window_verb import window_verb
from app.workbench.bench import Workbench
from app.workbench.commands import Command


def commands() -> list[Command]:
    """The commands of the project."""
    return [
        Command("project.new", "New project …", window_verb("new project"), icon="new-folder", keys=("Ctrl+N",),
                menu="File/1", help="A folder with a place for data and plans."),
        Command("project.open", "Open a folder …", window_verb("choose project"), icon="folder-opened",
                keys=("Ctrl+O",), menu="File/1", help="A project; any other folder becomes one."),
        Command("project.open_last", "Open the project before", _open_last, _no_other, "history", menu="File/1",
                help="The one that was open before this one."),
        Command("project.close", "Close the project", lambda bench: bench.close(), why_no_project, "folder",
                menu="File/5", help="Runs and the server go on."),
        Command("window.new", "New window", window_verb("new window"), icon="empty-window", menu="File/5",
                help="For a second project beside this one."),
        Command("window.close", "Close the window", window_verb("close window"), icon="close", keys=("Ctrl+Shift+W",),
                menu="File/6", help="Runs and the server go on; what is not saved is kept."),
        Command("window.quit", "Quit Vibetune", window_verb("quit"), icon="sign-out", keys=("Ctrl+Q",), menu="File/6",
                help="Closes all windows. Runs and the server go on; unsaved text is there again at the next start."),
    ]  # fmt: skip


def _others(bench: Workbench) -> list[str]:
    current = bench.project.path if bench.project is not None else None
    return [str(each.path) for each in bench.recent.items() if each.path != current]


def _open_last(bench: Workbench) -> None:
    bench.open(Path(_others(bench)[0]))


def _no_other(bench: Workbench) -> str | None:
    return None if _others(bench) else "No other project was opened yet."
