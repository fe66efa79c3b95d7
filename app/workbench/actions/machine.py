"""What can be done about this machine, and in the console."""

from __future__ import annotations

from app.workbench.actions.window_verb import window_verb
from app.workbench.bench import Workbench
from app.workbench.commands import Command


def commands() -> list[Command]:
    """The commands of the machine and of the console."""
    return [
        Command("machine.check", "Check this machine again", lambda bench: bench.machine.check_again(), _why_not_check,
                "refresh", menu="Help/2", help="Cores, memory, disk, graphics card, packages."),
        Command("console.restart", "Restart the console", window_verb("console restart"), icon="debug-restart",
                help="Its values are forgotten; the project's aren't."),
        Command("console.interrupt", "Interrupt the console", window_verb("console interrupt"), icon="debug-stop",
                help="Stops what it computes; its values stay."),
        Command("console.clear", "Clear the console", window_verb("console clear"), icon="clear-all",
                help="What is shown; its values stay."),
        Command("settings.restore_shortcuts", "Restore all shortcuts", _restore_keys, _why_not_restore_keys,
                "discard", help="Takes away the shortcuts that you chose yourself."),
    ]  # fmt: skip


def _why_not_check(bench: Workbench) -> str | None:
    return "The machine is being checked." if bench.machine.is_checking else None


def _restore_keys(bench: Workbench) -> None:
    bench.settings.set("keys", {})


def _why_not_restore_keys(bench: Workbench) -> str | None:
    return None if bench.settings.values.keys else "All shortcuts are the ones that Vibetune came with."
