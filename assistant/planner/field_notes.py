"""What the knowledge base says about a plan's fields: help for whoever chooses a value."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from assistant.planner.vocabulary import knowledge

_WHERE = re.compile(r"\s*In a plan: [^.]*`[^`]*`\.?")  # the reader is there


@dataclass(frozen=True)
class FieldNote:
    """A short text with its sources."""

    title: str
    text: str
    sources: tuple[str, ...]


def field_note(field: str) -> FieldNote | None:
    """The note on a field, such as `training.adapter.r`; where it has none, that on the part in which it stands."""
    name = field.partition("[")[0]
    while name not in _notes():
        name = name.rpartition(".")[0]
        if not name:
            return None
    return _notes()[name]


@functools.cache
def _notes() -> dict[str, FieldNote]:
    return {
        field: FieldNote(topic.title, _WHERE.sub("", topic.answer).replace("{computed}", "").strip(), topic.sources)
        for topic in knowledge()
        for field in topic.fields
    }
