"""`vibetune data tag`: names for dataset versions."""

from __future__ import annotations

from typing import Annotated

import typer

from app.cli.output import JsonFlag, people, print_json
from app.cli.project_option import HERE, ProjectOption, opened


def command(
    version: Annotated[str, typer.Argument(help="NAME@VERSION, NAME@latest or NAME.")],
    tag: Annotated[str | None, typer.Argument(help="Name for it.", show_default="list the tags")] = None,
    project: ProjectOption = HERE,
    move: Annotated[bool, typer.Option("--move", help="Move a tag that names another version.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take the tag away; the version stays.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Name a dataset version, or list the names. Versions never change; tags point.

    Example:  vibetune data tag queues@latest before-masking
    """
    from pipeline.datasets.versions.tags import find_version, remove_tag, set_tag, tags

    found = find_version(opened(project).datasets, version)
    kept_in = found.folder.parent
    if tag and remove:
        remove_tag(kept_in, tag)
    elif tag:
        set_tag(found, tag, move=move)
    there = tags(kept_in)
    if as_json:
        print_json({"dataset": found.name, "version": found.id, "tags": there})
        return
    for name, to in there.items():
        people().print(f"{found.name}@{name} = {found.name}@{to}", markup=False)
    if not there:
        people().print(f"{found.name} has no tags.", markup=False)
