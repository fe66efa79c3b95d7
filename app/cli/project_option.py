"""The option by which every verb finds its project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.runs.layout import ProjectFolder

ProjectOption = Annotated[
    Path, typer.Option("--project", help="The project's folder, or any folder in it.", show_default="this folder")
]
HERE = Path()


def opened(folder: Path) -> ProjectFolder:
    """The project that `folder` is in.

    Raises:
        BadInput: `project.missing`.
    """
    from app.workbench.project import open_project

    return open_project(folder)
