"""What can be done with the window's views: show them, move between them, choose how they look."""

from __future__ import annotations

from collections.abc import Callable

from app.workbench.actions.chosen import chosen_run, why_no_project
from app.workbench.actions.window_verb import window_verb
from app.workbench.bench import Workbench
from app.workbench.commands import Command, Reason

SINGLES = (
    (
        "welcome",
        "Show the welcome page",
        "home",
        (),
        "View/3",
        "A sentence, a file or a goal begins; recent projects, the sample, and what this machine can do.",
    ),
    (
        "explorer",
        "Show the project's files",
        "files",
        ("Ctrl+Shift+E",),
        "View/1",
        "Files of the project, with what can be done with each.",
    ),
    (
        "datasets",
        "Show the data",
        "database",
        ("Ctrl+Shift+D",),
        "View/1",
        "Files in data/ and the frozen versions made of them.",
    ),
    (
        "runs",
        "Show all runs",
        "beaker",
        ("Ctrl+Shift+R",),
        "View/1",
        "With state, result, tags and notes; filter and compare.",
    ),
    (
        "playground",
        "Show the playground",
        "comment-discussion",
        ("Ctrl+Shift+Y",),
        "View/1",
        "One message, several models, their answers side by side.",
    ),
    (
        "adapters",
        "Show the adapters",
        "package",
        ("Ctrl+Shift+A",),
        "View/1",
        "What the runs have made, with versions and aliases.",
    ),
    ("server", "Show the server", "server", ("Ctrl+Shift+V",), "View/1", "Start and stop it; who answers, and where."),
    ("assistant", "Show the assistant", "sparkle", (), "View/2", "The chat: say what the model should do."),
    ("problems", "Show the problems", "warning", ("Ctrl+Shift+M",), "View/2", "Of the plan, with what fixes them."),
    ("log", "Show the log", "output", ("Ctrl+Shift+U",), "View/2", "Of the run in front, as it is written."),
    (
        "jobs",
        "Show the jobs",
        "tasklist",
        ("Ctrl+Shift+J",),
        "View/2",
        "What this window does in the background, and what it has done.",
    ),
    (
        "console",
        "Show the console",
        "terminal",
        ("Ctrl+`",),
        "View/2",
        "Python in the project's environment; project, runs, dataset() and verdict() are at hand.",
    ),
    (
        "settings",
        "Open the settings",
        "settings-gear",
        ("Ctrl+,",),
        "File/6",
        "Colours, text size, keys, interpreters; each with its text.",
    ),
)
LARGEST, SMALLEST = 24, 10  # pixels of the editor's text: what the setting takes


def commands() -> list[Command]:
    """The commands of the window."""
    shown = [
        Command(f"view.{kind}", title, _open(kind), icon=icon, keys=keys, menu=menu, help=told)
        for kind, title, icon, keys, menu, told in SINGLES
    ]
    return [
        *shown,
        Command("view.verdict", "Show the newest verdict", _open_verdict, _no_verdict, "graph", ("Ctrl+Shift+G",),
                "View/1",
                help="Of the chosen run; else of the newest one that was measured."),
        Command("view.palette", "Search commands, files, runs and adapters", window_verb("palette"), icon="search",
                keys=("Ctrl+Shift+P",), menu="View/4",
                help="Signs narrow it down: > commands, / files, # runs, @ adapters."),
        Command("view.files", "Go to a file", window_verb("palette /"), why_no_project, "go-to-file", ("Ctrl+P",),
                "View/4",
                help="Data, plans and texts of the project, by a part of the name."),
        Command("view.go_to_run", "Go to a run", window_verb("palette #"), why_no_project, "graph-line", ("Ctrl+K, R",),
                "View/4",
                help="By a part of its name."),
        Command("view.go_to_adapter", "Go to an adapter", window_verb("palette @"), why_no_project, "package",
                ("Ctrl+K, A",), "View/4",
                help="By a part of its address."),
        Command("view.toggle_left", "Show or hide the side bar", window_verb("toggle left"), icon="layout-sidebar-left",
                keys=("Ctrl+B",), menu="View/5",
                help="Project, data, runs, adapters, server."),
        Command("view.toggle_bottom", "Show or hide the panel", window_verb("toggle bottom"), icon="layout-panel",
                keys=("Ctrl+J",), menu="View/5",
                help="Problems, log, jobs, console."),
        Command("view.toggle_right", "Show or hide the assistant's side", window_verb("toggle right"),
                icon="layout-sidebar-right", keys=("Ctrl+Alt+B",), menu="View/5",
                help="The chat; what is written there stays."),
        Command("view.reset_layout", "Lay the window out anew", window_verb("reset"), icon="layout", menu="View/5",
                help="Every view goes back to its place; open files stay open."),
        Command("view.split", "Move the tab into a group beside", window_verb("split"), _no_tab, "split-horizontal",
                ("Ctrl+\\",), "View/6",
                help="Two tabs side by side; drag a tab to put it elsewhere."),
        Command("view.next_tab", "Next tab", window_verb("next tab"), icon="arrow-right", keys=("Ctrl+PgDown",),
                menu="View/6",
                help="After the last comes the first."),
        Command("view.previous_tab", "Previous tab", window_verb("previous tab"), icon="arrow-left",
                keys=("Ctrl+PgUp",), menu="View/6",
                help="Before the first comes the last."),
        Command("view.close_tab", "Close the tab", window_verb("close tab"), _no_tab, "close", ("Ctrl+W",), "View/6",
                help="What is not saved is kept and is there again when the tab is opened."),
        Command("view.close_others", "Close the other tabs", window_verb("close others"), _no_tab, "close-all",
                menu="View/6",
                help="The one in front stays; what is not saved is kept."),
        Command("view.reopen_tab", "Open the last closed tab again", window_verb("reopen tab"), icon="history",
                keys=("Ctrl+Shift+T",), menu="View/6",
                help="One after the other, up to thirty."),
        Command("view.next_region", "Go to the next region", window_verb("next region"), icon="arrow-right",
                keys=("F6",), menu="View/7", help="Side bar, editors, panel, assistant, bars."),
        Command("view.previous_region", "Go to the previous region", window_verb("previous region"), icon="arrow-left",
                keys=("Shift+F6",), menu="View/7",
                help="The other way round."),
        Command("view.notices", "Show or hide the notices", window_verb("notices"), icon="bell", keys=("Ctrl+Shift+N",),
                menu="View/7",
                help="All that was told since the start, with what can be done about it."),
        Command("view.dismiss", "Close what is on top", window_verb("dismiss"), icon="close", keys=("Esc",),
                help="Palette, notices, messages: one at a time."),
        Command("view.full_screen", "Full screen", window_verb("full screen"), icon="screen-full", keys=("F11",),
                menu="View/8",
                help="Without the desktop's frame; the same key goes back."),
        Command("view.theme_dark", "Dark colours", _choose_theme("dark"), _theme_is("dark"), "color-mode",
                menu="View/9",
                help="For all windows."),
        Command("view.theme_light", "Light colours", _choose_theme("light"), _theme_is("light"), "color-mode",
                menu="View/9",
                help="For all windows."),
        Command("view.theme_system", "The desktop's colours", _choose_theme("system"), _theme_is("system"),
                "color-mode", menu="View/9",
                help="Dark or light as the desktop says, also when it changes."),
        Command("view.larger_text", "Larger text", _grow(1), _text_is(LARGEST), "zoom-in", ("Ctrl++", "Ctrl+="),
                "View/9",
                help="Of the editors, one pixel more."),
        Command("view.smaller_text", "Smaller text", _grow(-1), _text_is(SMALLEST), "zoom-out", ("Ctrl+-",), "View/9",
                help="Of the editors, one pixel less."),
    ]  # fmt: skip


def _open(kind: str) -> Callable[[Workbench], object]:
    return lambda bench: bench.views.open(kind)


def _open_verdict(bench: Workbench) -> None:
    chosen = chosen_run(bench)
    if chosen is None or chosen.verdict is None:
        chosen = next(run for run in bench.runs.runs if run.verdict is not None)
    bench.views.open("verdict", chosen.name)


def _no_verdict(bench: Workbench) -> str | None:
    return None if any(run.verdict is not None for run in bench.runs.runs) else "No run has been measured yet."


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
