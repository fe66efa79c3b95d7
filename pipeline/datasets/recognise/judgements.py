"""Readings as judged answers: pairs of a better and a worse one, rankings, answers with a thumb up or down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.datasets import column_names as names
from pipeline.datasets.cell import cell_text
from pipeline.datasets.readers.table import Table
from pipeline.datasets.recognise.columns import ColumnFacts, sampled_values
from pipeline.datasets.recognise.reading import Mapping
from pipeline.datasets.verdict import UNWANTED, WANTED
from pipeline.plan.model import Role

# source: TRL, LLaMA-Factory, OpenAI's preference files, StackExchange paired, and what people call them
_PAIRS = (
    ("chosen", "rejected"),
    ("chosen_messages", "rejected_messages"),
    ("chosen_response", "rejected_response"),
    ("preferred_output", "non_preferred_output"),
    ("preferred", "rejected"),
    ("preferred", "dispreferred"),
    ("accepted", "rejected"),
    ("response_j", "response_k"),
    ("better", "worse"),
    ("winner", "loser"),
    ("good", "bad"),
)
_PROMPTS = ("prompt", "question", "conversations", "messages", "input", "instruction", "query", "context")


def preferences(table: Table, facts: Sequence[ColumnFacts]) -> Iterator[Mapping]:
    """Readings as pairs or rankings of answers to one prompt."""
    by_name = {names.normal(column.name): column.name for column in facts if column.kind != "empty"}
    prompts = [by_name[name] for name in _PROMPTS if name in by_name]
    for better, worse in _PAIRS:
        if better in by_name and worse in by_name:
            yield _pair(by_name[better], by_name[worse], prompts)
            return
    yield from _rankings(table, facts, prompts)


def _pair(better: str, worse: str, prompts: Sequence[str]) -> Mapping:
    columns: dict[Role, list[str]] = {"chosen": [better], "rejected": [worse]}
    asked = prompts[:1]
    return Mapping(
        columns={"prompt": asked, **columns} if asked else columns,
        task_hint="preference",
        form="preference pairs",
        confidence=0.99,
        reason=f"Each row has an answer that was chosen (`{better}`) and one that was rejected (`{worse}`).",
    )


def _rankings(table: Table, facts: Sequence[ColumnFacts], prompts: Sequence[str]) -> Iterator[Mapping]:
    """A list of answers per row, with a list of ranks or scores, or in a column that is known to be sorted."""
    nested = {column.name: sampled_values(table, column.name) for column in facts if column.kind == "nested"}
    answers = [name for name, values in nested.items() if all(_is_list_of(value, str) for value in values)]
    marks = [name for name, values in nested.items() if all(_is_list_of(value, int, float) for value in values)]
    named_marks = [name for name in marks if names.normal(name) in names.RANKS] or marks
    for name in answers:
        asked = [prompt for prompt in prompts if prompt != name][:1]
        if asked and named_marks:
            reason = f"Each row has several answers (`{name}`) with a rank or score each (`{named_marks[0]}`)."
            yield _ranking(asked, [name, named_marks[0]], 0.9, reason)
        elif asked and names.normal(name) in names.RANKED:
            reason = (
                f"Each row has several answers (`{name}`); the first is taken for the best, the last for the worst."
            )
            yield _ranking(asked, [name], 0.6, reason)


def _ranking(asked: list[str], chosen: list[str], confidence: float, reason: str) -> Mapping:
    return Mapping(
        columns={"prompt": asked, "chosen": chosen},
        task_hint="preference",
        form="ranked answers",
        confidence=confidence,
        reason=reason,
    )


def _is_list_of(value: Any, *kinds: type) -> bool:
    return isinstance(value, list) and len(value) > 1 and all(isinstance(item, kinds) for item in value)


def judged_answers(table: Table, facts: Sequence[ColumnFacts]) -> Iterator[Mapping]:
    """Readings as KTO's rows: one answer, and whether it is wanted."""
    labels = [
        column
        for column in facts
        if names.normal(column.name) in names.VERDICTS
        and column.distinct == 2
        and _are_verdicts(sampled_values(table, column.name))
    ]
    for label in labels[:1]:
        for columns in _judged(facts, label.name):
            yield Mapping(
                columns={**columns, "label": [label.name]},
                task_hint="preference",
                form="KTO labels",
                confidence=0.985,
                reason=f"Each row has one answer, and `{label.name}` says whether it is wanted.",
            )


def _are_verdicts(values: Sequence[Any]) -> bool:
    return all(cell_text(value).lower() in WANTED | UNWANTED for value in values)


def _judged(facts: Sequence[ColumnFacts], label: str) -> Iterator[dict[Role, list[str]]]:
    conversations = [column.name for column in facts if column.kind == "messages"]
    if conversations:
        yield {"messages": conversations[:1]}
        return
    texts = [column for column in facts if column.kind in ("text", "category") and column.name != label]
    prompts = [column.name for column in texts if names.normal(column.name) in _PROMPTS]
    answers = [
        column.name
        for column in texts
        if names.means(column.name, names.COMPLETIONS) and column.name not in prompts and column.kind == "text"
    ]
    if prompts and answers:
        yield {"prompt": prompts[:1], "completion": answers[:1]}
