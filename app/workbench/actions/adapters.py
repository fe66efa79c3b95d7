"""What can be done with an adapter; it acts on the selected one, else on the one whose view is in front."""

from __future__ import annotations

from app.workbench.adapter_store import PRODUCTION, AdapterRow
from app.workbench.bench import Workbench
from app.workbench.commands import Command
from pipeline.errors import BadInput


def chosen_adapter(bench: Workbench) -> AdapterRow | None:
    """The adapter that a command would act on."""
    selected = bench.adapters.get(bench.selection.get("adapter"))
    if selected is not None:
        return selected
    active = bench.views.active
    return bench.adapters.get(active.key) if active.kind == "adapter" else None


def _chosen(bench: Workbench) -> AdapterRow:
    row = chosen_adapter(bench)
    if row is None:  # a caller that did not ask why_not
        raise BadInput("adapter.none", "No adapter is selected.", "Select one first.")
    return row


def _why_none(bench: Workbench) -> str | None:
    if chosen_adapter(bench) is not None:
        return None
    return "Select an adapter first." if bench.adapters.adapters else "There are no adapters yet: a run makes them."


def _why_not_promote(bench: Workbench) -> str | None:
    row = chosen_adapter(bench)
    if row is None:
        return _why_none(bench)
    return f"{row.address} is in production already." if PRODUCTION in row.aliases else None


def _why_not_roll_back(bench: Workbench) -> str | None:
    row = chosen_adapter(bench)
    if row is None:
        return _why_none(bench)
    if bench.adapters.earlier(row.name) is None:
        return f"`production` of {row.name} has named no other version before."
    return None


def _why_not_load(bench: Workbench) -> str | None:
    row, server = chosen_adapter(bench), bench.server
    if row is None:
        return _why_none(bench)
    if server.state != "ready":
        return "The server is not running."
    if row.address in server.adapters:
        return f"{row.address} is loaded already."
    return f"{server.loading} is being loaded." if server.loading else None


def _why_not_unload(bench: Workbench) -> str | None:
    row = chosen_adapter(bench)
    if row is None:
        return _why_none(bench)
    return None if row.address in bench.server.adapters else f"{row.address} is not loaded."


def _why_no_run(bench: Workbench) -> str | None:
    row = chosen_adapter(bench)
    if row is None:
        return _why_none(bench)
    return None if row.run else f"{row.address} was imported: no run of this project trained it."


def _why_no_verdict(bench: Workbench) -> str | None:
    row = chosen_adapter(bench)
    if row is None:
        return _why_none(bench)
    return None if row.is_measured else f"{row.address} has not been measured yet."


def _compare(bench: Workbench) -> None:
    bench.playground.add(_chosen(bench).address)
    bench.views.open("playground")


def _promote(bench: Workbench) -> None:
    chosen = _chosen(bench)
    before = bench.adapters.get(f"{chosen.name}@{PRODUCTION}")

    def done(row: AdapterRow | None) -> None:
        if row is not None:
            was = f"It was {before.address}; that version stays as it is." if before else "It named no version before."
            undo = (("Roll back", "adapter.rollback"),) if before else ()
            bench.notices.say(f"{row.address} is in production", was, "good", *undo)

    bench.adapters.promote(chosen.address, done=done)


def _roll_back(bench: Workbench) -> None:
    name = _chosen(bench).name

    def done(row: AdapterRow | None) -> None:
        if row is not None:
            bench.notices.say(f"{row.address} is in production again", "", "good")

    bench.adapters.rollback(name, done=done)


_COMMANDS = [
    Command(
        "adapter.open",
        "Open adapter",
        lambda bench: bench.views.open("adapter", _chosen(bench).address),
        _why_none,
        "package",
        menu="Adapters/1",
        context="adapter",
        help="Versions, aliases, verdict and lineage of the selected adapter.",
    ),
    Command(
        "adapter.compare",
        "Compare in the playground",
        _compare,
        _why_none,
        "comment-discussion",
        menu="Adapters/1",
        context="adapter",
        help="Puts the adapter into a column beside the base and opens the playground.",
    ),
    Command(
        "adapter.promote",
        "Promote adapter to production",
        _promote,
        _why_not_promote,
        "arrow-up",
        menu="Adapters/2",
        context="adapter",
        help="Lets the alias `production` name this version. Roll back undoes it.",
    ),
    Command(
        "adapter.rollback",
        "Roll production back",
        _roll_back,
        _why_not_roll_back,
        "discard",
        menu="Adapters/2",
        context="adapter",
        help="Lets `production` name the version that it named before.",
    ),
    Command(
        "adapter.load",
        "Load adapter into the server",
        lambda bench: bench.server.load(_chosen(bench).address),
        _why_not_load,
        "cloud-upload",
        menu="Adapters/3",
        context="adapter",
        help="Makes it answer, after a probe that what is served is what was trained.",
    ),
    Command(
        "adapter.unload",
        "Take adapter out of the server",
        lambda bench: bench.server.unload(_chosen(bench).address),
        _why_not_unload,
        "cloud-download",
        menu="Adapters/3",
        context="adapter",
        help="Requests that are being answered are finished.",
    ),
    Command(
        "adapter.copy_address",
        "Copy address",
        lambda bench: bench.clipboard.copy(_chosen(bench).address),
        _why_none,
        "copy",
        menu="Adapters/4",
        context="adapter",
        help="The name that requests use for this version: name@v2.",
    ),
    Command(
        "adapter.show_run",
        "Show the run that trained it",
        lambda bench: bench.views.open("run", _chosen(bench).run),
        _why_no_run,
        "graph-line",
        menu="Adapters/4",
        context="adapter",
    ),
    Command(
        "adapter.show_verdict",
        "Show its verdict",
        lambda bench: bench.views.open("verdict", _chosen(bench).run),
        _why_no_verdict,
        "graph",
        menu="Adapters/4",
        context="adapter",
    ),
]


def commands() -> list[Command]:
    """The adapters' commands."""
    return list(_COMMANDS)
