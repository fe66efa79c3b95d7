"""What can be done with the window's views: show them, move between them, choose how they look."""

from __future__ import annotations

from collections.abc import Callable

from app.workbench.actions.chosen import chosen_run
from app.workbench.bench import Workbench
from app.workbench.commands import Command, Reason

SINGLES = (
    ("welcome", "Show the welcome page", "home", (), "View/3"),
    ("explorer", "Show the project's files", "files", ("Ctrl+Shift+E",), "View/1"),
    ("datasets", "Show the data", "database", ("Ctrl+Shift+D",), "View/1"),
    ("runs", "Show all runs", "beaker", ("Ctrl+Shift+R",), "View/1"),
    ("playground", "Show the playground", "comment-discussion", ("Ctrl+Shift+Y",), "View/1"),
    ("adapters", "Show the adapters", "package", ("Ctrl+Shift+A",), "View/1"),
    ("server", "Show the server", "server", ("Ctrl+Shift+V",), "View/1"),
    ("assistant", "Show the assistant", "sparkle", (), "View/2"),
    ("problems", "Show the problems", "warning", ("Ctrl+Shift+M",), "View/2"),
    ("log", "Show the log", "output", ("Ctrl+Shift+U",), "View/2"),
    ("jobs", "Show the jobs", "tasklist", ("Ctrl+Shift+J",), "View/2"),
    ("console", "Show the console", "terminal", ("Ctrl+`",), "View/2"),
    ("settings", "Open the settings", "settings-gear", ("Ctrl+,",), "File/6"),
)
LARGEST, SMALLEST = 24, 10  # pixels of the editor's text: what the setting takes


def commands() -> list[Command]:
    """The commands of the window."""
    shown = [
        Command(f"view.{kind}", title, _open(kind), icon=icon, keys=keys, menu=menu)
        for kind, title, icon, keys, menu in SINGLES
    ]
    return [
        *shown,
        Command("view.verdict", "Show the newest verdict", _open_verdict, _no_verdict, "graph", ("Ctrl+Shift+G",),
                "View/1"),
        Command("view.palette", "Search commands, files, runs and adapters", _layout("palette"), icon="search",
                keys=("Ctrl+Shift+P",), menu="View/4"),
        Command("view.files", "Go to a file", _layout("palette /"), _no_project, "go-to-file", ("Ctrl+P",), "View/4"),
        Command("view.go_to_run", "Go to a run", _layout("palette #"), _no_project, "graph-line", ("Ctrl+K, R",),
                "View/4"),
        Command("view.go_to_adapter", "Go to an adapter", _layout("palette @"), _no_project, "package", ("Ctrl+K, A",),
                "View/4"),
        Command("view.toggle_left", "Show or hide the side bar", _layout("toggle left"), icon="layout-sidebar-left",
                keys=("Ctrl+B",), menu="View/5"),
        Command("view.toggle_bottom", "Show or hide the panel", _layout("toggle bottom"), icon="layout-panel",
                keys=("Ctrl+J",), menu="View/5"),
        Command("view.toggle_right", "Show or hide the assistant's side", _layout("toggle right"),
                icon="layout-sidebar-right", keys=("Ctrl+Alt+B",), menu="View/5"),
        Command("view.reset_layout", "Lay the window out anew", _layout("reset"), icon="layout", menu="View/5",
                help="Every view goes back to its place; open files stay open."),
        Command("view.split", "Move the tab into a group beside", _layout("split"), _no_tab, "split-horizontal",
                ("Ctrl+\\",), "View/6"),
        Command("view.next_tab", "Next tab", _layout("next tab"), icon="arrow-right", keys=("Ctrl+PgDown",),
                menu="View/6"),
        Command("view.previous_tab", "Previous tab", _layout("previous tab"), icon="arrow-left", keys=("Ctrl+PgUp",),
                menu="View/6"),
        Command("view.close_tab", "Close the tab", _layout("close tab"), _no_tab, "close", ("Ctrl+W",), "View/6",
                help="What is not saved is kept and is there again when the tab is opened."),
        Command("view.close_others", "Close the other tabs", _layout("close others"), _no_tab, "close-all",
                menu="View/6"),
        Command("view.reopen_tab", "Open the last closed tab again", _layout("reopen tab"), icon="history",
                keys=("Ctrl+Shift+T",), menu="View/6"),
        Command("view.next_region", "Go to the next region", _layout("next region"), icon="arrow-right", keys=("F6",),
                menu="View/7", help="Side bar, editors, panel, assistant, bars."),
        Command("view.previous_region", "Go to the previous region", _layout("previous region"), icon="arrow-left",
                keys=("Shift+F6",), menu="View/7"),
        Command("view.notices", "Show or hide the notices", _layout("notices"), icon="bell", keys=("Ctrl+Shift+N",),
                menu="View/7"),
        Command("view.dismiss", "Close what is on top", _layout("dismiss"), icon="close", keys=("Esc",),
                help="Palette, notices, messages: one at a time."),
        Command("view.full_screen", "Full screen", _layout("full screen"), icon="screen-full", keys=("F11",),
                menu="View/8"),
        Command("view.theme_dark", "Dark colours", _choose_theme("dark"), _theme_is("dark"), "color-mode",
                menu="View/9"),
        Command("view.theme_light", "Light colours", _choose_theme("light"), _theme_is("light"), "color-mode",
                menu="View/9"),
        Command("view.theme_system", "The desktop's colours", _choose_theme("system"), _theme_is("system"),
                "color-mode", menu="View/9"),
        Command("view.larger_text", "Larger text", _grow(1), _text_is(LARGEST), "zoom-in", ("Ctrl++", "Ctrl+="),
                "View/9"),
        Command("view.smaller_text", "Smaller text", _grow(-1), _text_is(SMALLEST), "zoom-out", ("Ctrl+-",), "View/9"),
    ]  # fmt: skip


def _open(kind: str) -> Callable[[Workbench], object]:
    return lambda bench: bench.views.open(kind)


def _layout(verb: str) -> Callable[[Workbench], object]:
    return lambda bench: bench.views.layout(verb)


def _open_verdict(bench: Workbench) -> None:
    chosen = chosen_run(bench)
    if chosen is None or chosen.verdict is None:
        chosen = next(run for run in bench.runs.runs if run.verdict is not None)
    bench.views.open("verdict", chosen.name)


def _no_verdict(bench: Workbench) -> str | None:
    return None if any(run.verdict is not None for run in bench.runs.runs) else "No run has been measured yet."


def _no_project(bench: Workbench) -> str | None:
    return None if bench.project is not None else "No project is open."


def _no_tab(bench: Workbench) -> str | None:
    return None if bench.views.active.kind else "No tab is open."


def _choose_theme(choice: str) -> Callable[[Workbench], object]:
    return lambda bench: bench.settings.set("theme", choice)


def _theme_is(choice: str) -> Reason:
    return lambda bench: "These colours are shown." if bench.settings.values.theme == choice else None


def _grow(pixels: int) -> Callable[[Workbench], object]:
    return lambda bench: bench.settings.set("font_size", bench.settings.values.font_size + pixels)


def _text_is(size: int) -> Reason:
    return lambda bench: f"{size} pixels are the limit." if bench.settings.values.font_size == size else None
