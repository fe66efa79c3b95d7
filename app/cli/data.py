"""`vibetune data`: what a file holds, and what would become of its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import JsonFlag, people, print_json

commands = typer.Typer(name="data", help="Look into data files.", no_args_is_help=True)


@commands.callback()
def group() -> None:
    """Look into data files."""


@commands.command()
def inspect(
    files: Annotated[list[Path], typer.Argument(help="Files that belong together.")], as_json: JsonFlag = False
) -> None:
    """Say what files hold: format, columns, how they would be read, and what is wrong with them.

    Example:  vibetune data inspect data/tickets.csv
    """
    from pipeline.datasets.recognise.inspection import inspect as look

    found = look(files)
    if as_json:
        print_json(found.as_json())
        return
    out = people()
    for source in found.sources:
        out.print(f"{source.path}: {source.format}, {source.encoding}, {source.rows:,} rows", markup=False)
    out.print("columns: " + ", ".join(column.name for column in found.columns), markup=False)
    if found.mapping:
        roles = "; ".join(f"{role} ← {', '.join(names)}" for role, names in found.mapping.columns.items())
        out.print(f"read as {found.task_hint}: {roles} (confidence {found.mapping.confidence:.2f})", markup=False)
        out.print(f"  {found.mapping.reason}", markup=False)
    for problem in found.problems:
        out.print(f"{problem.severity}: {problem.message}", markup=False)
        if problem.hint:
            out.print(f"  try: {problem.hint}", markup=False)
