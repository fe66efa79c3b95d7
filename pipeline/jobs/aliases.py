"""Aliases of adapters, such as `candidate` and `stable`: which version each names, and what it named before.

`adapters/NAME/aliases.json` is the truth, so that the catalog can be built again; it only ever gains entries.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from pipeline.catalog.entries import AliasChange
from pipeline.catalog.store import open_catalog
from pipeline.errors import BadInput, Failed
from pipeline.files import read_json, write_json
from pipeline.processes.record import exclusive
from pipeline.runs.layout import ProjectFolder

CANDIDATE = "candidate"  # the newest version that was trained, until somebody gives the alias to another one
FILE_VERSION = 1


def change_alias(project: ProjectFolder, adapter: str, alias: str, version: int) -> None:
    """Lets an alias name a version; the same again changes nothing."""
    with _editing(project, adapter) as changes:
        if _current(changes, alias) != version:
            time = datetime.now(UTC).isoformat(timespec="seconds")
            changes.append(AliasChange(adapter, len(changes) + 1, alias, version, time))


def undo_alias(project: ProjectFolder, adapter: str, alias: str) -> int:
    """Lets an alias name what it named before its last change; the history keeps both.

    Returns:
        The version that it names now.

    Raises:
        BadInput: `adapter.no_earlier`.
    """
    with _editing(project, adapter) as changes:
        standing = [change for change in changes if change.alias == alias and not change.is_undone]
        if len(standing) < 2:
            text = f"`{alias}` of {adapter} has named no other version before."
            raise BadInput("adapter.no_earlier", text, "Give it one: vibetune adapters alias")
        changes[standing[-1].number - 1] = replace(standing[-1], is_undone=True)
        return standing[-2].version


def current_aliases(changes: list[AliasChange]) -> dict[str, int]:
    """Alias → version, as the history leaves it."""
    return {change.alias: change.version for change in changes if not change.is_undone}


def read_changes(project: ProjectFolder, adapter: str) -> list[AliasChange]:
    """The whole history of an adapter's aliases, oldest first.

    Raises:
        Failed: `adapter.bad_aliases`.
    """
    path = _path(project, adapter)
    if not path.is_file():
        return []
    try:
        changes = [
            {**change, "adapter": adapter, "number": at} for at, change in enumerate(read_json(path)["changes"], 1)
        ]
        return TypeAdapter(list[AliasChange]).validate_python(changes)
    except (ValueError, KeyError, TypeError) as error:
        text = f"{path} can't be read: {error}"
        raise Failed("adapter.bad_aliases", text, "Delete it, and give the aliases again.") from error


def _path(project: ProjectFolder, adapter: str) -> Path:
    return project.adapters / adapter / "aliases.json"


def _current(changes: list[AliasChange], alias: str) -> int | None:
    return current_aliases(changes).get(alias)


@contextlib.contextmanager
def _editing(project: ProjectFolder, adapter: str) -> Iterator[list[AliasChange]]:
    """Hands out the history, and writes it when the block has changed it: file first, rows second."""
    with exclusive(project.adapters, f".{adapter}.aliases"):
        changes = read_changes(project, adapter)
        before = list(changes)
        yield changes
        if changes == before:
            return
        stored = [
            {key: value for key, value in asdict(change).items() if key not in ("adapter", "number")}
            for change in changes
        ]
        write_json(_path(project, adapter), {"version": FILE_VERSION, "changes": stored})
        with open_catalog(project.catalog) as catalog:
            catalog.record(*changes)
