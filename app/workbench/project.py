"""The open project: a folder with a plan, data, and the state that Vibetune keeps beside them."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import BadInput
from pipeline.files import write_text
from pipeline.runs.layout import ProjectFolder

GITIGNORE = """\
# Vibetune's own state: rebuilt from runs, or too large for git. Plans and data stay yours to commit.
.vibetune/
"""


def create_project(folder: Path) -> ProjectFolder:
    """Makes `folder` a project: data/, .vibetune/, .gitignore. What is there already stays as it is.

    Raises:
        BadInput: `project.not_a_folder`.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput("project.not_a_folder", f"{folder} is a file, not a folder.", "Name a new folder.")
    (folder / "data").mkdir(parents=True, exist_ok=True)
    project = ProjectFolder(folder.resolve())
    project.state.mkdir(exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        write_text(ignore, GITIGNORE)
    return project


def open_project(folder: Path) -> ProjectFolder:
    """The project that `folder` is in: itself or the nearest parent with a plan or a state folder.

    Raises:
        BadInput: `project.missing`.
    """
    start = folder.resolve()
    for candidate in (start, *start.parents):
        project = ProjectFolder(candidate)
        if project.state.is_dir() or project.plan.is_file():
            return project
    raise BadInput(
        "project.missing",
        f"{folder} is not in a Vibetune project: neither plan.yaml nor .vibetune/ is there.",
        f"Make one with `vibetune new {folder.name or 'my-project'}`, or run the command in the project's folder.",
    )


def require_open(project: ProjectFolder | None) -> ProjectFolder:
    """The project that is open.

    Raises:
        BadInput: `project.none`.
    """
    if project is None:
        raise BadInput("project.none", "No project is open.", "Open a folder, or start a new project.")
    return project
