"""`vibetune new`: a folder becomes a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.output import JsonFlag, people, print_json


def command(
    folder: Annotated[Path, typer.Argument(help="Made if it is not there.")],
    sample: Annotated[bool, typer.Option("--sample", help="Bring the sample project's data.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make a project folder: data/, .vibetune/ and a .gitignore.

    Example:  vibetune new support-desk --sample
    """
    from app.workbench.project import create_project
    from app.workbench.sample import copy_sample, sample_tasks

    project = create_project(folder)
    files = copy_sample(project) if sample else []
    if as_json:
        print_json({"project": str(project.path), "files": [str(path) for path in files]})
        return
    out = people()
    out.print(f"Made {folder}.")
    if files:
        first = sample_tasks()[0]
        out.print(
            f'Next: cd {folder} && vibetune plan "{first.sentence}" --data data/{first.data} --write', markup=False
        )
        return
    out.print(f"Next: put a file with examples into {folder / 'data'}, then in {folder}:", markup=False)
    out.print('  vibetune plan "what the model should do differently" --data data/FILE --write', markup=False)
