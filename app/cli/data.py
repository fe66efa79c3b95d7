"""`vibetune data`: what a file holds, and what would become of its rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli import data_build, data_check, data_diff, data_rows, data_show, data_tag
from app.cli.output import JsonFlag, people, print_json

if TYPE_CHECKING:
    from pipeline.datasets.recognise.inspection import Inspection

commands = typer.Typer(name="data", help="Look into data files.", no_args_is_help=True)
commands.command("show")(data_show.command)
commands.command("check")(data_check.command)
commands.command("build")(data_build.command)
commands.command("rows")(data_rows.command)
commands.command("diff")(data_diff.command)
commands.command("tag")(data_tag.command)


@commands.callback()
def group() -> None:
    """Look into data files."""


@commands.command()
def inspect(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Files that belong together: a folder, an archive, book.xlsx#Sheet2, hf:org/name@revision."
        ),
    ],
    as_json: JsonFlag = False,
) -> None:
    """Say what files hold: format, columns, how they would be read, and what is wrong with them.

    Example:  vibetune data inspect data/tickets.csv
    """
    from pipeline.datasets.recognise.inspection import inspect as look

    found = look(files)
    if as_json:
        print_json(found.as_json())
        return
    _show(found)


def _show(found: Inspection) -> None:
    from pipeline.datasets.problem import counted, excerpt

    out = people()
    for source in found.sources:
        out.print(f"{source.path}: {source.format}, {source.encoding}, {counted(source.rows, 'row')}", markup=False)
    out.print("columns: " + ", ".join(f"{column.name} ({column.kind})" for column in found.columns), markup=False)
    for title, mapping in (("read as", found.mapping), ("or as", found.runner_up)):
        if mapping:
            roles = "; ".join(f"{role} ← {', '.join(names)}" for role, names in mapping.columns.items())
            form = f"{mapping.form}, {mapping.task_hint}" if mapping.form else mapping.task_hint
            out.print(f"{title} {form}: {roles} (confidence {mapping.confidence:.2f})", markup=False)
            out.print(f"  {mapping.reason}", markup=False)
    if found.examples:
        out.print(f"first row: {excerpt(json.dumps(found.examples[0], ensure_ascii=False), 400)}", markup=False)
    for problem in found.problems:
        out.print(f"{problem.severity}: {problem.message}", markup=False)
        if problem.hint:
            out.print(f"  try: {problem.hint}", markup=False)
