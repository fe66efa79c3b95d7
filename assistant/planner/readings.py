"""Sentence and data together: which task it is, and which columns play which role."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.planner.understanding import Said, Stance, Understanding
from assistant.planner.vocabulary import task_recipes
from pipeline.datasets.column_names import PROMPTS, means
from pipeline.datasets.recognise.inspection import Inspection
from pipeline.datasets.recognise.reading import Mapping
from pipeline.plan.model import TASKS, Role, Task

# How much each kind of evidence moves the choice. The sentence outweighs the names of columns, the data outweigh both
# where they leave no choice, since a shape that doesn't suit a task multiplies its share down.
_BY_SENTENCE = 0.8
_BY_DATA_HINT = 0.3
_BY_MENTION = 0.5  # the sentence names the column of the labels
_BY_PROMPT_MENTION = 0.1  # it names another column in use
_BY_ANSWER_NAME = 0.2  # what is learned has a name that speaks for the task
_BY_DENIAL = 1.0  # it names the column of the labels and doesn't want it
_UNPROVEN = 0.2  # confidence of a reading that only the sentence speaks for
_DOUBTED = 0.5  # confidence of a reading below which the columns are asked about
_CLOSE = 0.12  # two readings that differ by less are both possible


@dataclass(frozen=True)
class Reading:
    """One way to take the rows: a task with columns in roles."""

    task: Task
    mapping: Mapping
    score: float
    mentioned: tuple[str, ...] = ()  # columns that the sentence names
    is_denied: bool = False  # the sentence doesn't want what would be learned

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
        """Columns of labels that the sentence names; "question" and "answer" are words that say little."""
        answers = self.columns.get("completion", ()) if shape(self.mapping) == "labels" else ()
        return frozenset(name for name in answers if name in self.mentioned and not means(name, PROMPTS))


def shape(mapping: Mapping) -> str:
    """What kind of rows a mapping makes."""
    if mapping.task_hint == "classification":
        return "labels"
    for role, name in (("chosen", "preference"), ("label", "votes"), ("messages", "messages"), ("text", "text")):
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
    mappings += _of_named_columns(understood, found, mappings)
    all_readings = [
        reading
        for mapping in mappings
        for each in ([task] if task else TASKS)
        for reading in _reading(understood, each, mapping)
    ]
    return sorted(all_readings, key=lambda reading: -reading.score)


def _of_named_columns(understood: Understanding, found: Inspection, known: Sequence[Mapping]) -> list[Mapping]:
    """Columns of few values that the sentence names and that nothing in the data speaks for."""
    learned = {name for mapping in known for name in mapping.columns.get("completion", ())}
    texts = [column for column in found.columns if column.kind == "text"]
    if not texts:
        return []
    text = max(texts, key=lambda column: column.words * column.filled).name
    return [
        Mapping(
            columns={"prompt": [text], "completion": [column.name]},
            task_hint="classification",
            confidence=_UNPROVEN,
            reason=f"You name `{column.name}`; whether it can be told from `{text}`, the data don't show.",
        )
        for column in found.columns
        if column.kind == "category" and column.name not in learned and is_mentioned(column.name, understood)
    ]


def _reading(understood: Understanding, task: Task, mapping: Mapping) -> Iterator[Reading]:
    fit = float(task_recipes()[task]["rows"].get(shape(mapping), 0.0))
    if fit == 0.0:
        return
    mentioned = tuple(name for names in mapping.columns.values() for name in names if is_mentioned(name, understood))
    evidence = mapping.confidence + _BY_DATA_HINT * (mapping.task_hint == task)
    evidence += _BY_SENTENCE * understood.tasks.get(task, Said(0.0, "")).strength
    reading = Reading(task, mapping, 0.0, mentioned)
    is_denied = any(_stance(name, understood) == "ruled out" for name in reading.answers)
    evidence += _BY_MENTION if reading.named_answers else _BY_PROMPT_MENTION * bool(mentioned)
    evidence += _BY_ANSWER_NAME * any(means(name, _answer_names(task)) for name in reading.answers)
    evidence -= _BY_DENIAL * is_denied
    reading = replace(reading, is_denied=is_denied)
    yield replace(reading, score=round(fit * evidence, 4))


@functools.cache
def _answer_names(task: Task) -> frozenset[str]:
    return frozenset(task_recipes()[task].get("answers", ()))


def is_mentioned(column: str, understood: Understanding) -> bool:
    """Whether a sentence names a column as one that is wanted."""
    return _stance(column, understood) == "wanted"


def _stance(column: str, understood: Understanding) -> Stance | None:
    return understood.stance(word for word in re.split(r"[\W_]+|(?<=[a-z])(?=[A-Z])", column) if word)


def is_doubted(reading: Reading) -> bool:
    """Whether the roles of the columns have to be asked about."""
    return reading.mapping.confidence + _BY_MENTION * bool(reading.named_answers) < _DOUBTED


def rivals(chosen: Reading, others: Sequence[Reading]) -> list[Reading]:
    """Readings that are nearly as likely and learn something else; one for each column that could be learned."""
    found: dict[str, Reading] = {}
    for other in others:
        is_named = bool(other.named_answers) and not chosen.named_answers
        is_close = is_named or chosen.score - other.score < _CLOSE
        is_other_kind = (other.task == "classification") != (chosen.task == "classification")
        if other.is_denied:
            continue
        if is_close and (other.answers != chosen.answers or is_other_kind):
            found.setdefault(f"{other.answers}", other)
    return list(found.values())
