"""Notes on fields of a plan, out of the knowledge base."""

from __future__ import annotations

import pytest

from assistant.planner.field_notes import field_note
from assistant.planner.vocabulary import knowledge
from pipeline.plan.fields import find_field, parse_path

FIELDS = [field for topic in knowledge() for field in topic.fields]


def test_fields_exist_and_none_has_two_notes() -> None:
    assert len(FIELDS) >= 20
    assert [field for field in FIELDS if find_field(parse_path(field)) is None] == []
    assert len(set(FIELDS)) == len(FIELDS)


@pytest.mark.parametrize("field", FIELDS)
def test_notes_are_short_texts_with_a_source(field: str) -> None:
    note = field_note(field)
    assert note is not None
    assert 80 < len(note.text) < 400
    assert note.text.endswith(".")
    assert "{" not in note.text
    assert "In a plan" not in note.text
    assert note.title
    assert note.sources


def test_a_field_without_a_note_has_that_of_its_part() -> None:
    rank, alpha = field_note("training.adapter.r"), field_note("training.adapter.lora_alpha")
    assert rank is not None
    assert rank.text.startswith("The rank r is the width")
    assert alpha != rank
    assert field_note("training.adapter.target_modules") == field_note("training.adapter")
    assert field_note("dataset.sources[0].path") == field_note("dataset.sources")
    assert field_note("evaluation.judge.criteria") == field_note("evaluation.judge")
    assert field_note("name") is None
