"""A plan's name, from its sentence or else from its file."""

from __future__ import annotations

from pathlib import Path

from assistant.planner.understanding import Understanding
from assistant.planner.vocabulary import common_words
from pipeline.plan.model import Task
from pipeline.plan.validation import name_from

WORDS = 3


def plan_name(understood: Understanding, task: Task | None, files: list[Path]) -> str:
    """A short name of the sentence's own words; of the file's, where it has too few."""
    common = {word for words in common_words().values() for word in words}
    words = [name_from(word).lower() for word in understood.goal.split()]
    telling = [word for word in words if word and word not in common and word.replace("-", "").isalpha()]
    if len(telling) >= 2:
        return name_from("-".join(telling[:WORDS]))
    stem = name_from(files[0].stem).lower() if files else ""
    return stem or task or "plan"
