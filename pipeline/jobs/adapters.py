"""The adapters of a project as one asks for them: all of them, one by its address, aliases given and taken back."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.catalog.entries import AdapterEntry, VerdictEntry
from pipeline.catalog.store import open_catalog
from pipeline.errors import BadInput
from pipeline.jobs.aliases import CANDIDATE, change_alias, current_aliases, undo_alias
from pipeline.jobs.folders import adapter_names, adapter_versions, rebuild
from pipeline.runs.layout import ProjectFolder
from pipeline.runs.manifest import read_manifest

_NUMBER = re.compile(r"v(\d+)")
_ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class RegisteredAdapter:
    """A version with the aliases that name it now, and the verdict on the run that it came from."""

    entry: AdapterEntry
    folder: Path
    aliases: list[str] = field(default_factory=list)
    verdict: VerdictEntry | None = None

    @property
    def address(self) -> str:
        return self.entry.address


def list_adapters(project: ProjectFolder) -> list[RegisteredAdapter]:
    """All versions of all adapters that can be read, by name, then oldest first; see `damaged_adapters`."""
    _heal(project)
    with open_catalog(project.catalog) as catalog:
        verdicts = {verdict.run: verdict for verdict in catalog.verdicts()}
        changes = catalog.alias_changes()
        entries = catalog.adapters()
    found = []
    for entry in entries:
        aliases = current_aliases([change for change in changes if change.adapter == entry.name])
        names = sorted(alias for alias, version in aliases.items() if version == entry.version)
        found.append(RegisteredAdapter(entry, project.path / entry.path, names, verdicts.get(entry.run)))
    return found


def find_adapter(project: ProjectFolder, address: str) -> RegisteredAdapter:
    """The version that an address names.

    Args:
        project: that is searched.
        address: `name@v2`, `name@alias`, or `name`: its candidate, or else its newest version.

    Raises:
        BadInput: `adapter.unknown`, naming what was probably meant.
    """
    adapters = list_adapters(project)
    name, separator, wish = address.partition("@")
    versions = [adapter for adapter in adapters if adapter.entry.name == name]
    if not versions:
        raise _unknown(f"There is no adapter `{name}`.", name, sorted({adapter.entry.name for adapter in adapters}))
    if not separator:
        return next((adapter for adapter in versions if CANDIDATE in adapter.aliases), versions[-1])
    number = _NUMBER.fullmatch(wish)
    for adapter in versions:
        if (number and adapter.entry.version == int(number[1])) or wish in adapter.aliases:
            return adapter
    known = [adapter.address for adapter in versions]
    known += [f"{name}@{alias}" for adapter in versions for alias in adapter.aliases]
    kind = "version" if number else "alias"
    raise _unknown(f"{name} has no {kind} `{wish}`.", address, known)


def set_alias(project: ProjectFolder, address: str, alias: str) -> RegisteredAdapter:
    """Lets an alias name a version, for all who ask for it from now on.

    Raises:
        BadInput: `adapter.unknown`, `adapter.bad_alias`.
    """
    if not _ALIAS.fullmatch(alias) or _NUMBER.fullmatch(alias):
        text = f"`{alias}` can't be an alias."
        raise BadInput("adapter.bad_alias", text, "Use letters, digits, dash and underscore; v1, v2 … are versions.")
    adapter = find_adapter(project, address)
    change_alias(project, adapter.entry.name, alias, adapter.entry.version)
    return find_adapter(project, adapter.address)


def rollback(project: ProjectFolder, name: str, alias: str = CANDIDATE) -> RegisteredAdapter:
    """Lets an alias name the version before its last change; again: the one before that.

    Raises:
        BadInput: `adapter.unknown`, `adapter.no_earlier`.
    """
    find_adapter(project, name)
    version = undo_alias(project, name, alias)
    return find_adapter(project, f"{name}@v{version}")


def _heal(project: ProjectFolder) -> None:
    """Builds the catalog again where folders came or went without it: a kill, a copy, a deleted file."""
    on_disk = {
        (name, number): folder for name in adapter_names(project) for number, folder in adapter_versions(project, name)
    }
    with open_catalog(project.catalog) as catalog:
        known = {(entry.name, entry.version) for entry in catalog.adapters()}
    unknown = [folder for version, folder in on_disk.items() if version not in known]
    if known - on_disk.keys() or len(_unreadable(unknown)) < len(unknown):
        rebuild(project)


def damaged_adapters(project: ProjectFolder) -> list[BadInput]:
    """Why versions are not listed that lie in the project's folders."""
    return _unreadable(folder for name in adapter_names(project) for _, folder in adapter_versions(project, name))


def _unreadable(folders: Iterable[Path]) -> list[BadInput]:
    errors = []
    for folder in folders:
        try:
            read_manifest(folder)
        except BadInput as error:
            errors.append(error)
    return errors


def _unknown(message: str, word: str, known: list[str]) -> BadInput:
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    if near:
        hint = f"Did you mean {' or '.join(near)}?"
    elif known:
        hint = f"There are: {', '.join(known[-5:])}."
    else:
        hint = "Train one: vibetune run"
    return BadInput("adapter.unknown", message, hint, near=near)
