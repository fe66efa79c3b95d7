"""Which columns play which role, judged by their content first and their names second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from pipeline.datasets import column_names as names
from pipeline.datasets.cell import cell_text, label_key
from pipeline.datasets.readers.table import Table
from pipeline.datasets.recognise.columns import ColumnFacts, sampled_indices
from pipeline.datasets.recognise.dialogues import conversations
from pipeline.datasets.recognise.judgements import judged_answers, preferences
from pipeline.datasets.recognise.predict import predictability
from pipeline.datasets.recognise.reading import SURE, Mapping
from pipeline.plan.model import Role, Task

_FEW_ROWS = 30  # below, held-out rows say little about a label
_CLEAR_GAIN = 0.6  # share of the way from the majority's rate to a perfect one at which no doubt is left
_SOME_GAIN = 0.1
_TEXT_WORDS = 2.0


def candidate_mappings(table: Table, facts: Sequence[ColumnFacts]) -> list[Mapping]:
    """All readings of a table that make sense, the likeliest first; empty where nothing can be trained on."""
    found = [
        *conversations(table, facts),
        *preferences(table, facts),
        *judged_answers(table, facts),
        *_named_pairs(facts),
        *_classifications(table, facts),
        *_unnamed_pairs(facts),
        *_plain_text(facts),
    ]
    unique: dict[str, Mapping] = {}
    for mapping in sorted(found, key=lambda mapping: -mapping.confidence):
        unique.setdefault(str(sorted(mapping.columns.items())), mapping)
    return list(unique.values())


def _is_free_text(column: ColumnFacts) -> bool:
    return column.kind == "text" or (column.kind in ("category", "number") and column.words > _TEXT_WORDS)


def _named_pairs(facts: Sequence[ColumnFacts]) -> Iterator[Mapping]:
    """A prompt and an answer by name, where the answers are free text."""
    usable = [column for column in facts if column.kind in ("text", "category", "number") and column.filled > 0.5]
    prompts = [column for column in usable if names.means(column.name, names.PROMPTS)]
    answers = [column for column in usable if names.means(column.name, names.COMPLETIONS) and column.kind != "category"]
    for prompt, answer in product(prompts, answers):
        if prompt.name != answer.name:
            reason = f"`{prompt.name}` and `{answer.name}` are named as a prompt and its answer, and both are text."
            yield _pair(_prompt_parts(prompt, facts), answer, facts, _name_confidence(prompt, answer), reason)


def _name_confidence(prompt: ColumnFacts, answer: ColumnFacts) -> float:
    exact = names.normal(prompt.name) in names.PROMPTS and names.normal(answer.name) in names.COMPLETIONS
    if names.normal(prompt.name) in names.PROMPT_PARTS:
        return 0.83 if exact else 0.75  # there may be an instruction that it belongs to
    if names.means(prompt.name, names.TEXTS) and not names.means(prompt.name, names.QUESTIONS):
        return 0.88 if exact else 0.8  # any text can be called that
    return 0.93 if exact else 0.85


def _prompt_parts(prompt: ColumnFacts, facts: Sequence[ColumnFacts]) -> list[ColumnFacts]:
    if not names.means(prompt.name, frozenset(("instruction", "instructions", "question"))):
        return [prompt]
    parts = [column for column in facts if names.normal(column.name) in names.PROMPT_PARTS and column.kind != "empty"]
    return [prompt, *(part for part in parts if part.name != prompt.name and part.kind in ("text", "category"))]


def _pair(
    prompts: Sequence[ColumnFacts], answer: ColumnFacts, facts: Sequence[ColumnFacts], confidence: float, reason: str
) -> Mapping:
    columns: dict[Role, list[str]] = {
        "prompt": [column.name for column in prompts],
        "completion": [answer.name],
    }
    systems = [column.name for column in facts if names.normal(column.name) in names.SYSTEMS and column.kind != "empty"]
    if systems:
        columns["system"] = systems[:1]
    return Mapping(
        columns=columns,
        task_hint=_task_of(prompts[0], answer),
        form=_form_of_pair(prompts, answer),
        confidence=confidence,
        reason=reason,
    )


def _form_of_pair(prompts: Sequence[ColumnFacts], answer: ColumnFacts) -> str:
    asked = {names.normal(column.name) for column in prompts}
    return "Alpaca" if "instruction" in asked and names.normal(answer.name) == "output" else "prompt and completion"


def _task_of(prompt: ColumnFacts, answer: ColumnFacts) -> Task:
    if names.means(answer.name, frozenset(("summary", "highlights"))):
        return "summarization"
    if names.means(answer.name, frozenset(("translation", "tgt"))):
        return "translation"
    if names.normal(prompt.name) == "question" and names.means(answer.name, frozenset(("answer", "answers"))):
        return "question-answering"
    return "instruction"


def _classifications(table: Table, facts: Sequence[ColumnFacts]) -> Iterator[Mapping]:
    texts = [column for column in facts if _is_free_text(column) and column.filled > 0.3]
    labels = [column for column in facts if column.kind == "category" and column.distinct > 1 and column.filled > 0.5]
    for label in labels:
        for text in texts:
            if text.name != label.name and (mapping := _classification(table, text, label)):
                yield mapping


def _classification(table: Table, text: ColumnFacts, label: ColumnFacts) -> Mapping | None:
    rows = _filled_pairs(table, text.name, label.name)
    share, majority = predictability([row[0] for row in rows], [row[1] for row in rows])
    gain = max(0.0, (share - majority) / (1 - majority)) if majority < 1 else 0.0
    may_be = names.may_be_label(label.name)
    named = may_be and names.means(label.name, names.LABELS)
    if gain < _SOME_GAIN and not named:
        return None
    evidence = 0.25 if len(rows) < _FEW_ROWS else 0.5 * min(1.0, gain / _CLEAR_GAIN)
    confidence = 0.3 + evidence + 0.15 * named
    confidence += 0.04 * names.means(text.name, names.TEXTS) - 0.2 * (not may_be)
    confidence -= 0.15 * (1 - text.filled) + 0.3 * (text.kind == "category")  # texts don't repeat themselves
    return Mapping(
        columns={"prompt": [text.name], "completion": [label.name]},
        task_hint="classification",
        form="labelled text",
        confidence=round(min(SURE, max(0.05, confidence)), 2),
        reason=f"`{label.name}` has {label.distinct} values; from the words of `{text.name}` {share:.0%} of rows that "
        f"were held back are guessed, against {majority:.0%} by the most frequent value.",
    )


def _filled_pairs(table: Table, text: str, label: str) -> list[tuple[str, str]]:
    first, second = table.columns.index(text), table.columns.index(label)
    rows = (table.rows[index] for index in sampled_indices(len(table.rows), 1_000))
    pairs = ((cell_text(row[first]), label_key(cell_text(row[second]))) for row in rows)
    return [(words, value) for words, value in pairs if words and value]


def _unnamed_pairs(facts: Sequence[ColumnFacts]) -> Iterator[Mapping]:
    """Two columns of free text whose names say nothing: the second answers the first."""
    texts = [column for column in facts if column.kind == "text" and column.words > 1 and column.filled > 0.5]
    if len(texts) == 2:
        first, second = texts
        yield _pair(
            [first],
            second,
            facts,
            0.5,
            f"`{first.name}` and `{second.name}` are the only columns of text; the second is taken for the answer.",
        )


def _plain_text(facts: Sequence[ColumnFacts]) -> Iterator[Mapping]:
    texts = [column for column in facts if _is_free_text(column)]
    if not texts:
        return
    longest = max(texts, key=lambda column: (names.means(column.name, names.TEXTS), column.words * column.filled))
    alone = all(column is longest or column.kind in ("id", "date", "empty", "number") for column in facts)
    yield Mapping(
        columns={"text": [longest.name]},
        task_hint="continued-pretraining",
        form="plain text",
        confidence=0.8 if alone else 0.25,
        reason=f"`{longest.name}` is text, and no other column answers it.",
    )
