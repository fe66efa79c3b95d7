"""From a sentence or a file to a project, without asking for a place first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pipeline.runs.layout import ProjectFolder

if TYPE_CHECKING:
    from app.workbench.bench import Workbench

Value = TypeVar("Value")

_LITTLE = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "is",
        "it",
        "of",
        "on",
        "or",
        "our",
        "that",
        "the",
        "their",
        "this",
        "to",
        "we",
        "what",
        "with",
    ]
)


def projects_folder() -> Path:
    """Where projects are made that nobody gave a place."""
    return Path.home() / "Vibetune"


def project_name(sentence: str, files: Sequence[Path] = ()) -> str:
    """A folder's name from a file, else from the first telling words of a sentence."""
    words = re.findall(r"[^\W_]+", files[0].stem if files else sentence.lower())
    telling = [word for word in words if word.lower() not in _LITTLE] or words
    return "-".join(telling[:3])[:40].lower() or "my-project"


def ensure_project(bench: Workbench, sentence: str = "", files: Sequence[Path] = ()) -> ProjectFolder:
    """The open project; without one, a new one in the user's folder of projects."""
    if bench.project is not None:
        return bench.project
    base = projects_folder() / project_name(sentence, files)
    folder, number = base, 2
    while folder.exists():
        folder, number = base.with_name(f"{base.name}-{number}"), number + 1
    return bench.create(folder)


def while_open(bench: Workbench, project: ProjectFolder, do: Callable[[Value], None]) -> Callable[[Value], None]:
    """What follows work in the background: nothing, where the project was closed meanwhile."""

    def follow(value: Value) -> None:
        if bench.project == project:
            do(value)

    return follow


def add_data(bench: Workbench, files: Sequence[Path], done: Callable[[tuple[Path, ...]], None] | None = None) -> None:
    """Copies files into the project's data/, which is made first where none is open."""
    project = ensure_project(bench, files=files)
    bench.data.add_files(files, None if done is None else while_open(bench, project, done))


def make_plan(bench: Workbench, sentence: str, files: Sequence[Path] = ()) -> None:
    """Asks the planner for a plan; the answer stands in the chat."""
    project = ensure_project(bench, sentence, files)
    bench.views.open("assistant")
    if files:
        bench.data.add_files(files, while_open(bench, project, partial(bench.conversation.say, sentence)))
    else:
        bench.conversation.say(sentence)


def type_examples(bench: Workbench) -> None:
    """Opens the form for examples, in the open project or in a new one."""
    ensure_project(bench, "examples")
    bench.views.open("examples")


def open_sample(bench: Workbench) -> ProjectFolder:
    """Makes the sample project, or opens the one that was made before, with its data and its first sentence."""
    from app.workbench.sample import SampleTask, sample_folder, sample_tasks

    project = bench.create(projects_folder() / "sample-support-desk")

    def begin(tasks: list[SampleTask]) -> None:
        first = tasks[0]
        bench.data.add_files([sample_folder() / first.data], while_open(bench, project, partial(show, first)))

    def show(task: SampleTask, copied: tuple[Path, ...]) -> None:
        bench.views.open("data", str(copied[0]))
        bench.views.open("assistant")
        bench.conversation.fill_draft(task.sentence)

    bench.tasks.submit(lambda _job: sample_tasks(), done=while_open(bench, project, begin))
    return project
