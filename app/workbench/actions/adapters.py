"""What can be done with an adapter; it acts on the selected one, else on the one whose view is in front."""

from __future__ import annotations

from collections.abc import Callable

from app.workbench.adapter_store import PRODUCTION, AdapterRow
from app.workbench.bench import Workbench
from app.workbench.commands import Command

Check = Callable[[Workbench, AdapterRow], str | None]
Act = Callable[[Workbench, AdapterRow], object]


def chosen_adapter(bench: Workbench) -> AdapterRow | None:
    """The adapter that a command would act on."""
    selected = bench.adapters.get(bench.selection.get("adapter"))
    if selected is not None:
        return selected
    active = bench.views.active
    return bench.adapters.get(active.key) if active.kind == "adapter" else None


def _needs_adapter(check: Check | None = None) -> Callable[[Workbench], str | None]:
    """Why a command on the chosen adapter can't be run: none is chosen, or `check` says so."""

    def why_not(bench: Workbench) -> str | None:
        row = chosen_adapter(bench)
        if row is not None:
            return check(bench, row) if check is not None else None
        return "Select an adapter first." if bench.adapters.adapters else "There are no adapters yet: a run makes them."

    return why_not


def _on_adapter(act: Act) -> Callable[[Workbench], object]:
    """A command that acts on the chosen adapter."""

    def run(bench: Workbench) -> object:
        row = chosen_adapter(bench)
        return act(bench, row) if row is not None else None

    return run


def _why_not_promote(_bench: Workbench, row: AdapterRow) -> str | None:
    return f"{row.address} is in production already." if PRODUCTION in row.aliases else None


def _why_not_roll_back(bench: Workbench, row: AdapterRow) -> str | None:
    if bench.adapters.earlier(row.name) is None:
        return f"`production` of {row.name} has named no other version before."
    return None


def _why_not_load(bench: Workbench, row: AdapterRow) -> str | None:
    server = bench.server
    if server.state != "ready":
        return "The server is not running."
    if row.address in server.adapters:
        return f"{row.address} is loaded already."
    return f"{server.loading} is being loaded." if server.loading else None


def _why_not_unload(bench: Workbench, row: AdapterRow) -> str | None:
    return None if row.address in bench.server.adapters else f"{row.address} is not loaded."


def _why_no_run(_bench: Workbench, row: AdapterRow) -> str | None:
    return None if row.run else f"{row.address} was imported: no run of this project trained it."


def _why_no_verdict(_bench: Workbench, row: AdapterRow) -> str | None:
    return None if row.is_measured else f"{row.address} has not been measured yet."


def _compare(bench: Workbench, row: AdapterRow) -> None:
    bench.playground.add(row.address)
    bench.views.open("playground")


def _promote(bench: Workbench, chosen: AdapterRow) -> None:
    before = bench.adapters.get(f"{chosen.name}@{PRODUCTION}")

    def done(row: AdapterRow | None) -> None:
        if row is not None:
            was = f"It was {before.address}; that version stays as it is." if before else "It named no version before."
            undo = (("Roll back", "adapter.rollback"),) if before else ()
            bench.notices.say(f"{row.address} is in production", was, "good", *undo)

    bench.adapters.promote(chosen.address, done=done)


def _roll_back(bench: Workbench, chosen: AdapterRow) -> None:
    def done(row: AdapterRow | None) -> None:
        if row is not None:
            bench.notices.say(f"{row.address} is in production again", "", "good")

    bench.adapters.rollback(chosen.name, done=done)


_COMMANDS = [
    Command(
        "adapter.open",
        "Open adapter",
        _on_adapter(lambda bench, row: bench.views.open("adapter", row.address)),
        _needs_adapter(),
        "package",
        menu="Adapters/1",
        context="adapter",
        help="Versions, aliases, verdict and lineage of the selected adapter.",
    ),
    Command(
        "adapter.compare",
        "Compare in the playground",
        _on_adapter(_compare),
        _needs_adapter(),
        "comment-discussion",
        menu="Adapters/1",
        context="adapter",
        help="Puts the adapter into a column beside the base and opens the playground.",
    ),
    Command(
        "adapter.promote",
        "Promote adapter to production",
        _on_adapter(_promote),
        _needs_adapter(_why_not_promote),
        "arrow-up",
        menu="Adapters/2",
        context="adapter",
        help="Lets the alias `production` name this version. Roll back undoes it.",
    ),
    Command(
        "adapter.rollback",
        "Roll production back",
        _on_adapter(_roll_back),
        _needs_adapter(_why_not_roll_back),
        "discard",
        menu="Adapters/2",
        context="adapter",
        help="Lets `production` name the version that it named before.",
    ),
    Command(
        "adapter.load",
        "Load adapter into the server",
        _on_adapter(lambda bench, row: bench.server.load(row.address)),
        _needs_adapter(_why_not_load),
        "cloud-upload",
        menu="Adapters/3",
        context="adapter",
        help="Makes it answer, after a probe that what is served is what was trained.",
    ),
    Command(
        "adapter.unload",
        "Take adapter out of the server",
        _on_adapter(lambda bench, row: bench.server.unload(row.address)),
        _needs_adapter(_why_not_unload),
        "cloud-download",
        menu="Adapters/3",
        context="adapter",
        help="Requests that are being answered are finished.",
    ),
    Command(
        "adapter.copy_address",
        "Copy address",
        _on_adapter(lambda bench, row: bench.clipboard.copy(row.address)),
        _needs_adapter(),
        "copy",
        menu="Adapters/4",
        context="adapter",
        help="The name that requests use for this version: name@v2.",
    ),
    Command(
        "adapter.show_run",
        "Show the run that trained it",
        _on_adapter(lambda bench, row: bench.views.open("run", row.run)),
        _needs_adapter(_why_no_run),
        "graph-line",
        menu="Adapters/4",
        context="adapter",
    ),
    Command(
        "adapter.show_verdict",
        "Show its verdict",
        _on_adapter(lambda bench, row: bench.views.open("verdict", row.run)),
        _needs_adapter(_why_no_verdict),
        "graph",
        menu="Adapters/4",
        context="adapter",
    ),
]


def commands() -> list[Command]:
    """The adapters' commands."""
    return list(_COMMANDS)
