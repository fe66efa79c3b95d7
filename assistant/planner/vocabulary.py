"""The planner's words, as data: `resources/vocabulary/*.yaml`."""

from __future__ import annotations

import functools
import re
from importlib import resources
from typing import Any, cast

from pipeline.plan.model import TASKS, Task


@functools.lru_cache(maxsize=8)
def read_words(name: str) -> dict[str, Any]:
    """One vocabulary or recipe file of the planner."""
    from ruamel.yaml import YAML

    folder, _, file = name.rpartition("/")
    text = (resources.files("resources") / folder / f"{file}.yaml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", YAML(typ="safe").load(text))


@functools.lru_cache(maxsize=1)
def task_patterns() -> dict[Task, list[tuple[str, re.Pattern[str]]]]:
    """Each task's words with the expressions that find them."""
    words = read_words("vocabulary/tasks")["tasks"]
    return {
        task: [(word, _pattern(word)) for language in words.get(task, {}).values() for word in language]
        for task in TASKS
    }


def _pattern(word: str) -> re.Pattern[str]:
    stem = re.escape(word.removesuffix("*")).replace(r"\ ", r"\s+")
    if not word.isascii() and any("一" <= sign <= "鿿" for sign in word):
        return re.compile(stem)  # Chinese has no blanks between words
    end = "" if word.endswith("*") else r"\b"
    return re.compile(rf"\b{stem}{end}", re.IGNORECASE)


def task_votes(sentence: str) -> dict[Task, list[str]]:
    """Task → its words that stand in the sentence, for tasks with at least one; most words first."""
    found = {
        task: [word for word, pattern in patterns if pattern.search(sentence)]
        for task, patterns in task_patterns().items()
    }
    voted = {task: words for task, words in found.items() if words}
    return dict(sorted(voted.items(), key=lambda item: -len(item[1])))
