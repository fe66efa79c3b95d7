"""Sentence and data together: which task it is, and which columns play which role."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.planner.understanding import Said, Understanding
from assistant.planner.vocabulary import task_recipes
from pipeline.datasets.recognise.inspection import Inspection
from pipeline.datasets.recognise.mapping import Mapping
from pipeline.plan.model import TASKS, Role, Task

# How much each kind of evidence moves the choice. The sentence outweighs the names of columns, the data outweigh both
# where they leave no choice, since a shape that doesn't suit a task multiplies its share down.
_BY_SENTENCE = 0.7
_BY_DATA_HINT = 0.2
_BY_MENTION = 0.5  # the sentence names the column of the answers
_BY_PROMPT_MENTION = 0.1  # it names another column in use
_DOUBTED = 0.5  # confidence of a reading below which the columns are asked about
_CLOSE = 0.12  # two readings that differ by less are both possible


@dataclass(frozen=True)
class Reading:
    """One way to take the rows: a task with columns in roles."""

    task: Task
    mapping: Mapping
    score: float
    mentioned: tuple[str, ...] = ()  # columns that the sentence names

    @property
    def columns(self) -> dict[Role, list[str]]:
        return self.mapping.columns

    @property
    def answers(self) -> list[str]:
        """The columns that are learned."""
        roles: tuple[Role, ...] = ("completion", "messages", "chosen", "text")
        for role in roles:
            if role in self.columns:
                return self.columns[role]
        return []

    @property
    def named_answers(self) -> frozenset[str]:
        """The columns of answers that the sentence names."""
        return frozenset(self.columns.get("completion", ())) & frozenset(self.mentioned)


def shape(mapping: Mapping) -> str:
    """What kind of rows a mapping makes."""
    if mapping.task_hint == "classification":
        return "labels"
    for role, name in (("chosen", "preference"), ("messages", "messages"), ("text", "text")):
        if role in mapping.columns:
            return name
    return "pair"


def readings(understood: Understanding, found: Inspection, *, task: Task | None = None) -> list[Reading]:
    """Every sensible reading, the likeliest first.

    Args:
        understood: the sentence.
        found: the data.
        task: fixed by the user; other tasks are not considered.
    """
    mappings = [mapping for mapping in (found.mapping, found.runner_up, *found.others) if mapping is not None]
    all_readings = [
        reading
        for mapping in mappings
        for each in ([task] if task else TASKS)
        for reading in _reading(understood, each, mapping)
    ]
    return sorted(all_readings, key=lambda reading: -reading.score)


def _reading(understood: Understanding, task: Task, mapping: Mapping) -> Iterator[Reading]:
    fit = float(task_recipes()[task]["rows"].get(shape(mapping), 0.0))
    if fit == 0.0:
        return
    mentioned = tuple(name for names in mapping.columns.values() for name in names if is_mentioned(name, understood))
    evidence = mapping.confidence + _BY_DATA_HINT * (mapping.task_hint == task)
    evidence += _BY_SENTENCE * understood.tasks.get(task, Said(0.0, "")).strength
    reading = Reading(task, mapping, 0.0, mentioned)
    evidence += _BY_MENTION if reading.named_answers else _BY_PROMPT_MENTION * bool(mentioned)
    yield replace(reading, score=round(fit * evidence, 4))


def is_mentioned(column: str, understood: Understanding) -> bool:
    """Whether a sentence names a column: all words of its name stand in it, in the singular or plural."""
    words = [word for word in re.split(r"[\W_]+|(?<=[a-z])(?=[A-Z])", column) if word]
    return bool(words) and all(
        bool({word.casefold(), f"{word.casefold()}s", f"{word.casefold()[:-1]}ies"} & understood.words)
        for word in words
    )


def is_doubted(reading: Reading) -> bool:
    """Whether the roles of the columns have to be asked about."""
    return reading.mapping.confidence + _BY_MENTION * bool(reading.named_answers) < _DOUBTED


def rivals(chosen: Reading, others: Sequence[Reading]) -> list[Reading]:
    """Readings that are nearly as likely and learn something else; one for each column that could be learned."""
    found: dict[str, Reading] = {}
    for other in others:
        is_named = not other.named_answers <= {name for names in chosen.columns.values() for name in names}
        is_close = is_named or chosen.score - other.score < _CLOSE
        is_other_kind = (other.task == "classification") != (chosen.task == "classification")
        if is_close and (other.answers != chosen.answers or is_other_kind):
            found.setdefault(f"{other.answers}", other)
    return list(found.values())
