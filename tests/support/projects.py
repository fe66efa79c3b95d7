"""Small whole projects for tests: a tiny base, a few rows, a plan."""

from __future__ import annotations

import csv
from pathlib import Path

from app.workbench.project import create_project
from pipeline.plan.document import new_document
from pipeline.plan.model import Plan
from pipeline.runs.layout import ProjectFolder
from tests.support.tiny_model import make_tiny_base

QUEUES = {
    "billing": ["the card was charged twice", "my invoice is wrong", "I want the money back", "the price on the bill"],
    "delivery": ["where is my parcel", "the parcel came late", "the box was left in the rain", "courier never rang"],
    "account": ["I can not log in", "reset my password", "change my mail address", "close my account please"],
}
COPIES = 12  # variants of each sentence: enough for every split


def rows() -> list[tuple[str, str]]:
    """Messages with their queue, all different from each other."""
    return [
        (f"{sentence}, case {number} of week {number * 7 % 52}", queue)
        for queue, sentences in QUEUES.items()
        for sentence in sentences
        for number in range(COPIES)
    ]


def make_tiny_project(folder: Path, *, epochs: int = 2, name: str = "queues") -> ProjectFolder:
    """A project whose run takes seconds: a two-layer base in the project, 144 rows, three labels."""
    project = create_project(folder)
    make_tiny_base(folder / "tiny-base")
    with (folder / "data" / "messages.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "queue"])
        writer.writerows(rows())
    new_document(tiny_plan(epochs=epochs, name=name)).save(project.plan)
    return project


def tiny_plan(*, epochs: int = 2, name: str = "queues") -> Plan:
    """The plan of `make_tiny_project`."""
    return Plan.model_validate(
        {
            "name": name,
            "goal": "Sort messages into queues.",
            "task": "classification",
            "dataset": {
                "sources": [{"path": "data/messages.csv"}],
                "columns": {"prompt": ["text"], "completion": ["queue"]},
                "system_prompt": "Answer with the queue only.",
                "checks": {"duplicates": "exact"},
                "split": {"validation": 0.1, "test": 0.2},
            },
            "model": {"base": "tiny-base"},
            "training": {"num_train_epochs": epochs, "save_steps": 5, "adapter": {"r": 8, "lora_alpha": 16}},
        }
    )
