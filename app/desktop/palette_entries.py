"""What the palette finds: commands, files, runs and adapters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtGui import QKeySequence

from app.workbench.bench import Workbench
from app.workbench.commands import Command
from app.workbench.fuzzy import rank


@dataclass(frozen=True)
class Entry:
    """One line: what it says and what choosing it does.

    Args:
        group: the heading that it stands under.
        keys: its shortcut; empty where it can't be chosen, whose reason stands in that place.
        reason: why it can't be chosen; empty where it can.
        places: characters of the title that the search found.
        count: how many of the group were found, for its heading.
    """

    group: str
    title: str
    detail: str = ""
    icon: str = "symbol-event"
    keys: str = ""
    run: Callable[[], object] | None = None
    beside: Callable[[], object] | None = None
    reason: str = ""
    places: tuple[int, ...] = ()
    count: str = ""


def entries(bench: Workbench, text: str) -> list[Entry]:
    """What fits the text: `>` commands, `/` files, `#` runs, `@` adapters; all of them without a sign."""
    sign, wanted = (text[0], text[1:].strip()) if text[:1] in tuple(">/#@") else ("", text.strip())
    makers: list[tuple[str, Callable[[Workbench], list[Entry]]]] = [
        (">", _commands),
        ("/", _files),
        ("#", _runs),
        ("@", _adapters),
    ]
    found: list[Entry] = [] if wanted or sign else _recent(bench)
    for own, make in makers:
        if sign in ("", own) and (wanted or own != ">" or sign):
            most = 60 if sign else 8
            everything = make(bench)
            hits = rank(wanted, everything, lambda entry: entry.title)
            count = f"{len(hits):,} of {len(everything):,}" if wanted else f"{len(hits):,}"
            hits = sorted(hits, key=lambda hit: bool(hit.item.reason))[:most]  # first what can be done now
            found += [replace(hit.item, places=hit.places, count=count) for hit in hits]
    if wanted and not sign:
        said = text.strip()
        found.append(
            Entry("Ask", f"Ask the assistant: “{said}”", icon="sparkle", keys="Tab", run=partial(_ask, bench, said))
        )
    return found


def _recent(bench: Workbench) -> list[Entry]:
    """The commands that were run last; before there are any, the ones of the menus."""
    if used := [bench.commands[each] for each in bench.used if each != "view.palette"]:
        return [_command(bench, each, "Used last") for each in used]
    return [_command(bench, each) for each in bench.commands if each.menu and each.why_not(bench) is None][:8]


def _ask(bench: Workbench, text: str) -> None:
    bench.views.open("assistant")
    bench.conversation.say(text)


def _commands(bench: Workbench) -> list[Entry]:
    return [_command(bench, command) for command in bench.commands]


def _command(bench: Workbench, command: Command, group: str = "Commands") -> Entry:
    keys, reason = bench.keys_of(command), command.why_not(bench) or ""
    return Entry(
        group,
        command.title,
        icon=command.icon or "symbol-event",
        keys=QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys and not reason else "",
        run=partial(bench.run, command.id),
        reason=reason,
    )


def _files(bench: Workbench) -> list[Entry]:
    if bench.project is None:
        return []
    root = bench.project.path
    found = [each.path for each in bench.data.files]
    return [
        Entry(
            "Files",
            str(path.relative_to(root)),
            icon="file",
            run=partial(bench.views.open_path, path),
            beside=partial(bench.views.open_path, path, is_beside=True),
        )
        for path in found
    ]


def _runs(bench: Workbench) -> list[Entry]:
    return [
        Entry(
            "Runs",
            run.short_name,
            run.state,
            "graph-line",
            run=partial(bench.views.open, "run", run.name),
            beside=partial(bench.views.open, "run", run.name, is_beside=True),
        )
        for run in bench.runs.runs
    ]


def _adapters(bench: Workbench) -> list[Entry]:
    return [
        Entry(
            "Adapters",
            each.address,
            ", ".join(each.aliases),
            "package",
            run=partial(bench.views.open, "adapter", each.address),
            beside=partial(bench.views.open, "adapter", each.address, is_beside=True),
        )
        for each in bench.adapters.adapters
    ]
