"""Runs of a project by name."""

from __future__ import annotations

import difflib

from pipeline.errors import BadInput
from pipeline.runs.layout import ProjectFolder, RunFolder


def find_run(project: ProjectFolder, name: str | None = None) -> RunFolder:
    """The run of that name; the newest one where none is given.

    Raises:
        BadInput: `run.unknown`, naming runs that were probably meant.
    """
    names = project.run_names()
    if not names:
        text = f"{project.path.name} has no runs yet."
        raise BadInput("run.unknown", text, "Start one: vibetune run")
    if name is None:
        return project.run(names[-1])
    if name in names:
        return project.run(name)
    near = [known for known in names if name and name in known] or difflib.get_close_matches(name, names, cutoff=0.5)
    listed = ", ".join(near[-3:] or names[-3:])
    said = "Did you mean" if near else "The newest are"
    raise BadInput("run.unknown", f"There is no run `{name}`.", f"{said} {listed}{'?' if near else '.'}", near=near)
