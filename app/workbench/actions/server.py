"""Start and stop the project's server."""

from __future__ import annotations

from app.workbench.bench import Workbench
from app.workbench.commands import Command


def commands() -> list[Command]:
    """The server's commands."""
    return [
        Command(
            "server.start",
            "Start server",
            lambda bench: bench.server.start(),
            _why_not_start,
            "debug-start",
            menu="Server/1",
            help="Serves the base and each adapter's candidate on this machine. It goes on when the window closes.",
        ),
        Command(
            "server.stop",
            "Stop server",
            lambda bench: bench.server.stop(),
            _why_not_stop,
            "debug-stop",
            menu="Server/1",
            help="Frees its memory. Adapters and settings stay as they are.",
        ),
        Command(
            "server.restart",
            "Restart server",
            lambda bench: bench.server.restart(),
            _why_not_ready,
            "debug-restart",
            menu="Server/1",
            help="Stops it and starts it again with the adapters that it holds.",
        ),
        Command(
            "server.copy_url",
            "Copy the server's address",
            lambda bench: bench.clipboard.copy(bench.server.url + "/v1"),
            _why_not_ready,
            "copy",
            menu="Server/2",
            help="For OpenAI's client libraries: base_url.",
        ),
        Command(
            "server.copy_key",
            "Copy the server's key",
            _copy_key,
            _why_not_ready,
            "key",
            menu="Server/2",
            help="Requests bring it as VIBETUNE_KEY; it is made anew at each start, and not shown.",
        ),
        Command(
            "server.show_log",
            "Show the server's log",
            lambda bench: bench.views.open("text", bench.server.log),
            lambda bench: None if bench.server.log else "The server has not run here yet.",
            "output",
            menu="Server/3",
            help="What the engine wrote since its start.",
        ),
        Command(
            "server.open",
            "Open server view",
            lambda bench: bench.views.open("server"),
            icon="server",
            menu="Server/3",
            help="State, stages of the start, adapters that answer, address.",
        ),
    ]


def _why_not_start(bench: Workbench) -> str | None:
    if bench.project is None:
        return "No project is open."
    state = bench.server.state
    if state == "ready":
        return "The server is running already."
    return f"The server is {state}." if state in ("starting", "stopping") else None


def _why_not_stop(bench: Workbench) -> str | None:
    state = bench.server.state
    if state in ("ready", "starting"):
        return None
    return "The server is stopping already." if state == "stopping" else "The server is not running."


def _why_not_ready(bench: Workbench) -> str | None:
    return None if bench.server.state == "ready" else "The server is not running."


def _copy_key(bench: Workbench) -> None:
    target = bench.server.target
    if target is not None:
        bench.clipboard.copy(target.key)
        bench.notices.say("The key is copied", "Set it as VIBETUNE_KEY where your program runs.")
