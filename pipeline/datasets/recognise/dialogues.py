"""Readings as conversations: lists of turns, texts that mark them, one turn per row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.datasets import column_names as names
from pipeline.datasets.cell import cell_text
from pipeline.datasets.readers.table import Table
from pipeline.datasets.recognise.columns import ColumnFacts, as_messages, sampled_indices, sampled_values
from pipeline.datasets.recognise.reading import SURE, Mapping
from pipeline.datasets.transcript import parse_transcript, transcript_style
from pipeline.datasets.turn import ROLES, calls_tools
from pipeline.datasets.turns import answerer, is_speaker_name
from pipeline.plan.model import Role

_MOSTLY = 0.8
# Of a preference pair, never conversations to learn as they are.
JUDGED = ("chosen", "rejected", "preferred_output", "non_preferred_output", "chosen_messages", "rejected_messages")


def conversations(table: Table, facts: Sequence[ColumnFacts]) -> Iterator[Mapping]:
    """Every reading of a table as conversations."""
    for column in facts:
        if column.kind == "messages" and names.normal(column.name) not in JUDGED:
            yield _of_turn_lists(table, column, facts)
        elif column.kind == "text" and column.words > 3:
            yield from _of_transcripts(table, column, facts)
    yield from _of_single_turns(table, facts)


def _of_turn_lists(table: Table, column: ColumnFacts, facts: Sequence[ColumnFacts]) -> Mapping:
    values = sampled_values(table, column.name)
    # `text` beside `instruction` and `output` is both of them once more, in one piece.
    is_copy = any(isinstance(value, str) and value[:1] not in "[{" for value in values[:1]) and _others(column, facts)
    turns = [found for value in values if (found := as_messages(value))]
    uses_tools = any(map(calls_tools, turns))
    is_named = names.normal(column.name) in ("messages", "conversations", "conversation")
    form = _form(values[0] if values else [])
    return Mapping(
        columns={"messages": [column.name]},
        task_hint="tool-calling" if uses_tools else "chat",
        form=f"{form} with tool calls" if uses_tools else form,
        confidence=0.8 if is_copy else SURE - 0.01 + 0.01 * is_named,
        reason=f"The values of `{column.name}` are lists of turns with a speaker and a text"
        f"{', some of them calls of tools' if uses_tools else ''}.",
    )


def _form(value: Any) -> str:
    if isinstance(value, str):
        return transcript_style(value) or "messages as JSON"
    turns = as_messages(value) or [{}]
    return "ShareGPT" if "from" in turns[0] else "OpenAI messages"


def _of_transcripts(table: Table, column: ColumnFacts, facts: Sequence[ColumnFacts]) -> Iterator[Mapping]:
    """Texts with `User:` and `Bot:` in them: conversations, unless another column says something about them."""
    texts = [cell_text(value) for value in sampled_values(table, column.name)]
    marked = sum(parse_transcript(text) is not None for text in texts)
    if not texts or marked < _MOSTLY * len(texts):
        return
    yield Mapping(
        columns={"messages": [column.name]},
        task_hint="chat",
        form=f"marked transcripts ({transcript_style(texts[0]) or 'mixed'})",
        confidence=0.45 if _others(column, facts) else 0.92,
        reason=f"{marked} of {len(texts)} texts of `{column.name}` that were looked at mark who says what.",
    )


def _others(column: ColumnFacts, facts: Sequence[ColumnFacts]) -> bool:
    """Whether other columns have texts too, which may say the same or something about it."""
    return any(one.name != column.name and one.kind in ("text", "category") and one.filled > 0.5 for one in facts)


def _of_single_turns(table: Table, facts: Sequence[ColumnFacts]) -> Iterator[Mapping]:
    texts = [column for column in facts if column.kind == "text" and names.means(column.name, names.TEXTS)]
    speakers = [column for column in facts if is_speaker_name(column.name) and column.filled > _MOSTLY]
    if not texts or not speakers:
        return
    speaker, text = speakers[0], max(texts, key=lambda column: column.words)
    at = table.columns.index(speaker.name)
    said_by = [cell_text(table.rows[index][at]) for index in sampled_indices(len(table.rows))]
    who = answerer(said_by)
    if who is None:
        return
    known = sum(name.lower() in ROLES for name in said_by)
    columns: dict[Role, list[str]] = {"messages": [speaker.name, text.name]}
    is_sure = known >= _MOSTLY * len(said_by)
    yield Mapping(
        columns=columns,
        task_hint="chat",
        form="one turn per row",
        confidence=0.95 if is_sure else 0.7 if table.format == "chat" else 0.3,
        reason=f"Each row is what one speaker (`{speaker.name}`) says (`{text.name}`); "
        f"{who} is taken for the one whose answers are learned.",
    )
