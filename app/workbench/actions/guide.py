"""Where help is: keys, guide, log, and what this program is."""

from __future__ import annotations

from importlib import metadata

from app.workbench.bench import Workbench
from app.workbench.commands import Command
from app.workbench.logs import log_file


def commands() -> list[Command]:
    """The commands of the help menu."""
    return [
        Command("help.commands", "All commands and their keys", lambda bench: bench.views.open("commands"),
                icon="record-keys", keys=("F1",), menu="Help/1",
                help="A table to search, with what each does; Return runs one."),
        Command("help.log", "Open Vibetune's log", _open_log, _no_log, "output", menu="Help/2",
                help="What went wrong, for a report."),
        Command("help.about", "About Vibetune", _about, icon="info", menu="Help/3",
                help="Version, licence, and whose fonts and icons these are."),
    ]  # fmt: skip


def _open_log(bench: Workbench) -> None:
    bench.views.open("text", str(log_file()))


def _no_log(_bench: Workbench) -> str | None:
    return None if log_file().is_file() else "Nothing has been written into the log yet."


def _about(bench: Workbench) -> None:
    bench.notices.say(
        f"Vibetune {metadata.version('vibetune')}",
        "Apache-2.0. Fonts: Inter and JetBrains Mono (OFL-1.1). Icons: Codicons by Microsoft (CC BY 4.0).",
    )
