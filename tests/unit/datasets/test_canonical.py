"""Rows made canonical."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.datasets.canonical import canonical_rows, conversation
from pipeline.datasets.cell import cell_text, folded, label_key
from pipeline.datasets.readers.table import BadRow, Table
from pipeline.datasets.row import Message, identity
from pipeline.datasets.turn import Unusable
from pipeline.errors import BadInput


def table(columns: list[str], *rows: tuple[Any, ...]) -> Table:
    return Table(Path("x.csv"), "csv", columns, list(rows), list(range(2, len(rows) + 2)))


def test_cells_are_nfc_stripped_and_have_line_feeds() -> None:
    assert cell_text(" cafe\u0301\r\nau lait\r ") == "café\nau lait"
    assert [cell_text(value) for value in (None, 3, 1.5, True, ["a", "ü"])] == ["", "3", "1.5", "true", '["a", "ü"]']


def test_texts_and_labels_are_compared_without_what_does_not_matter() -> None:
    assert folded("Where IS\tit?!") == folded("where is it")
    assert folded("!!!") == "!!!"
    assert label_key(" Gift_Cards ") == label_key("gift cards") == label_key("Gift-cards")
    assert len({label_key(label) for label in ("-1", "1", "A-", "A", "A+", "C", "C#")}) == 7


def test_prompt_and_completion_with_a_system_message() -> None:
    source = table(["s", "a", "b", "c"], ("Be brief.", "Sum up:", " the text ", "short"), ("", "Only this", "", "x"))
    drafts, aside = canonical_rows(source, {"system": ["s"], "prompt": ["a", "b"], "completion": ["c"]})
    assert aside == []
    assert [message["content"] for message in drafts[0].messages] == ["Be brief.", "Sum up:\n\nthe text", "short"]
    assert [message["role"] for message in drafts[1].messages] == ["user", "assistant"]
    assert drafts[1].source == "x.csv:3"


def test_rows_without_a_part_are_set_aside_with_what_there_is() -> None:
    source = table(["a", "c"], ("  ", "x"), ("y", None), ("ok", "z"))
    source.bad.append(BadRow(9, "data.ragged_row", "3 fields", "a,b,c"))
    drafts, aside = canonical_rows(source, {"prompt": ["a"], "completion": ["c"]}, own_split="test")
    assert [draft.completion for draft in drafts] == ["z"]
    assert [(one.reason, one.draft.source) for one in aside] == [
        ("data.empty_prompt", "x.csv:2"),
        ("data.empty_completion", "x.csv:3"),
        ("data.ragged_row", "x.csv:9"),
    ]
    assert aside[1].draft.messages[0]["content"] == "a: y"
    assert {one.draft.own_split for one in aside} == {"test"}


def test_conversations_end_with_an_answer() -> None:
    turns = [{"from": "system", "value": "s"}, {"from": "human", "value": "q"}, {"from": "gpt", "value": " a "}]
    expected = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": "a"},
    ]
    assert conversation([*turns, {"from": "human", "value": "thanks"}]) == expected
    parts = [{"type": "text", "text": "q"}]
    asked = conversation([{"role": "user", "content": parts}, {"role": "assistant", "content": "a"}])
    assert asked[0]["content"] == "q"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("no list", "data.bad_messages"),
        ([{"role": "user", "content": "q"}], "data.no_answer"),
        ([{"role": "user", "content": "q"}, {"role": "assistant", "content": " "}], "data.empty_completion"),
        ([{"role": "narrator", "content": "q"}], "data.unknown_speaker"),
        ([{"role": "assistant", "content": None, "tool_calls": [{"id": 1}]}], "data.tool_calls"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], "data.not_text"),
    ],
)
def test_conversations_that_cannot_be_used(value: Any, code: str) -> None:
    with pytest.raises(Unusable) as unusable:
        conversation(value)
    assert unusable.value.code == code


def test_a_missing_column_names_the_close_one() -> None:
    with pytest.raises(BadInput, match="Message") as refused:
        canonical_rows(table(["Message", "Queue"]), {"prompt": ["message"], "completion": ["Queue"]})
    assert refused.value.code == "data.missing_column"
    with pytest.raises(BadInput) as refused:
        canonical_rows(table(["a"]), {"prompt": ["a"]})
    assert refused.value.code == "data.unknown_roles"


_MESSAGES = st.lists(
    st.builds(
        Message, role=st.sampled_from(["user", "assistant"]), content=st.text(st.characters(codec="utf-8"), max_size=8)
    ),
    min_size=1,
    max_size=3,
)


@given(_MESSAGES, _MESSAGES)
def test_identity_is_equal_for_equal_messages_only(first: list[Message], second: list[Message]) -> None:
    assert (identity(first) == identity(second)) == (first == second)


def test_identity_does_not_change_between_versions_of_the_program() -> None:
    messages = [Message(role="user", content="Where is my parcel?"), Message(role="assistant", content="Delivery")]
    assert identity(messages) == "c7f80f9b993486582e3024d446bdd630"
