"""Tables with one turn per row (chats, exports of help desks) into conversations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from pipeline.datasets import column_names as names
from pipeline.datasets.cell import cell_text
from pipeline.datasets.readers.table import Table
from pipeline.datasets.row import Draft, Message, SetAside
from pipeline.datasets.turn import ROLES
from pipeline.plan.model import Split

_PAUSE = timedelta(hours=8)  # after which people greet each other again: a new conversation

Turn = tuple[int, str, str]  # row, speaker, text


def is_speaker_name(column: str) -> bool:
    """Whether data sets call the column so that says whose turn it is."""
    return names.normal(column) in names.SPEAKERS


def answerer(speakers: Sequence[str]) -> str | None:
    """Who is to be learned: the one whose name is an assistant's, else who speaks second most often or last.

    Args:
        speakers: of all turns, in order.

    Returns:
        None where fewer than two speak.
    """
    counts = Counter(speakers)
    if len(counts) < 2:
        return None
    known = [speaker for speaker in counts if ROLES.get(speaker.lower()) == "assistant"]
    if known:
        return max(known, key=lambda speaker: counts[speaker])
    replies = Counter(after for before, after in pairwise(speakers) if before != after)
    return max(replies, key=lambda speaker: (replies[speaker], speaker != speakers[0], speaker))


def conversations_of_turns(
    table: Table, columns: Sequence[str], own_split: Split | None
) -> tuple[list[Draft], list[SetAside]]:
    """One row per conversation: everybody else asks, the answerer answers.

    Args:
        table: one turn per row.
        columns: who speaks, what is said.
        own_split: split that the file was given for.
    """
    speaker, text = (table.columns.index(name) for name in columns[:2])
    who = answerer([cell_text(row[speaker]) for row in table.rows])
    drafts: list[Draft] = []
    aside: list[SetAside] = []
    for thread, turns in _threads(table, speaker, text):
        messages = _messages(turns, who)
        draft = Draft(messages, table.place(turns[0][0]), own_split or table.split_of(turns[0][0]))
        draft.conversation = thread
        answered = _up_to_answer(messages)
        if answered:
            draft.messages = answered
            drafts.append(draft)
        else:
            aside.append(SetAside(draft, "data.no_answer", "nobody answers in this conversation."))
    return drafts, aside


def _threads(table: Table, speaker: int, text: int) -> Iterator[tuple[str, list[Turn]]]:
    """(name, turns) of each conversation: by its column, and where the file has times also by long pauses."""
    thread = names.first_of(table.columns, names.THREADS)
    time = names.first_of(table.columns, names.TIMES)
    open_turns: dict[str, list[Turn]] = {}
    last: dict[str, datetime | None] = {}
    for index, row in enumerate(table.rows):
        name = cell_text(row[thread]) if thread is not None else ""
        now = _time(row[time]) if time is not None else None
        before = last.get(name)
        if now and before and now - before > _PAUSE and name in open_turns:
            yield name, open_turns.pop(name)
        last[name] = now or before
        if said := cell_text(row[text]):
            open_turns.setdefault(name, []).append((index, cell_text(row[speaker]), said))
    yield from open_turns.items()


def _time(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(cell_text(value)).replace(tzinfo=None)
    except ValueError:
        return None


def _messages(turns: Sequence[Turn], who: str | None) -> list[Message]:
    """Turns as messages; what one side says in several goes is one message."""
    messages: list[Message] = []
    says_roles = ROLES.get((who or "").lower()) == "assistant"
    for _, speaker, text in turns:
        other = ROLES.get(speaker.lower(), "user") if says_roles else "user"
        role = "assistant" if speaker == who else other
        if messages and messages[-1]["role"] == role:
            messages[-1] = Message(role=role, content=f"{messages[-1]['content']}\n{text}")
        else:
            messages.append(Message(role=role, content=text))
    return messages


def _up_to_answer(messages: list[Message]) -> list[Message]:
    """Up to the last answer to somebody; empty where there is none."""
    kept = list(messages)
    while kept and kept[-1]["role"] != "assistant":
        kept.pop()
    while kept and kept[0]["role"] == "assistant":
        kept.pop(0)  # a greeting that answers nobody
    return kept
