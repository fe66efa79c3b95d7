"""The sample project that comes with Vibetune: two tasks on one base."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from pipeline.runs.layout import ProjectFolder


@dataclass(frozen=True)
class SampleTask:
    """One task of the sample: a sentence and its file."""

    name: str
    sentence: str
    data: str  # file name
    overrides: list[str] = field(default_factory=list)  # FIELD=VALUE, as for `vibetune plan --set`


def sample_folder() -> Path:
    """Where the sample's files lie."""
    return Path(str(resources.files("resources"))) / "samples" / "support"


def sample_tasks() -> list[SampleTask]:
    """The sample's tasks, in the order in which the demo takes them."""
    from ruamel.yaml import YAML

    content = YAML(typ="safe").load((sample_folder() / "sample.yaml").read_text(encoding="utf-8"))
    return [
        SampleTask(
            task["name"],
            task["sentence"],
            task["data"],
            [f"dataset.split.{share}={value}" for share, value in task.get("split", {}).items()],
        )
        for task in content["tasks"]
    ]


def copy_sample(project: ProjectFolder) -> list[Path]:
    """Copies the sample's data into the project's data folder; files that are there already stay."""
    copied = []
    for task in sample_tasks():
        target = project.path / "data" / task.data
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(sample_folder() / task.data, target)
            copied.append(target)
    return copied
