"""Rows that would teach nothing, or something else than they say, are refused by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.bases.base import Base, read_base
from pipeline.bases.encoding import ChatEncoder
from pipeline.datasets.row import Row, identity
from pipeline.errors import BadInput
from pipeline.training.rows import TrainingRow, check_rows, encode_rows
from tests.support.tiny_model import make_tiny_base


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return read_base(make_tiny_base(tmp_path_factory.mktemp("base")))


@pytest.fixture(scope="module")
def encoder(base: Base) -> ChatEncoder:
    return ChatEncoder(base)


def row(prompt: str | None, answer: str, line: int = 2) -> Row:
    turns = [("user", prompt)] if prompt is not None else []
    messages = [{"role": role, "content": text or ""} for role, text in [*turns, ("assistant", answer)]]
    return Row(identity(messages), messages, None, "", f"tickets.csv:{line}")


def encoded(encoder: ChatEncoder, *rows: Row) -> list[TrainingRow]:
    return encode_rows(rows, encoder, "Sort it.", last_only=True)


def test_good_rows_pass_in_their_order(encoder: ChatEncoder) -> None:
    rows = [row("where is my parcel", "delivery", 2), row("too dear", "billing", 3)]
    found = encoded(encoder, *rows)
    check_rows(found, encoder, 512)
    assert [one.id for one in found] == [one.id for one in rows]
    for one in found:
        assert one.prompt_ids + one.answer_ids == one.encoded.input_ids
        assert one.length == len(one.encoded.input_ids)


@pytest.mark.parametrize("answer", ["", " ", "\n"])
def test_a_row_without_a_target(encoder: ChatEncoder, answer: str) -> None:
    rows = encoded(encoder, row("fine", "yes", 2), row("empty", answer, 3), row("empty too", answer, 4))
    if answer:  # the template strips nothing: white space is a target, if a poor one
        check_rows(rows, encoder, 512)
        return
    with pytest.raises(BadInput, match=r"\(tickets.csv:3\) has an empty answer.*So has 1 more") as refusal:
        check_rows(rows, encoder, 512)
    assert refusal.value.code == "training.row_without_target"
    assert [named["id"] for named in refusal.value.details["rows"]] == [rows[1].id, rows[2].id]


def test_a_row_that_is_too_long_is_not_cut(encoder: ChatEncoder) -> None:
    rows = encoded(encoder, row("short", "yes", 2), row("long " * 90, "yes", 3), row("longer " * 200, "yes", 4))
    longest = rows[2].length
    check_rows(rows, encoder, longest)
    with pytest.raises(BadInput) as refusal:
        check_rows(rows, encoder, 60)
    assert refusal.value.code == "training.row_too_long"
    assert f"(tickets.csv:4) has {longest:,} tokens, over `max_length: 60`" in refusal.value.message
    assert refusal.value.details["count"] == 2
    with pytest.raises(BadInput, match="never cut"):
        check_rows(rows, encoder, longest - 1)


def test_a_row_whose_answer_does_not_end(encoder: ChatEncoder) -> None:
    (good,) = encoded(encoder, row("fine", "yes"))
    cut = replace(good.encoded, input_ids=good.encoded.input_ids[:-1], trained=good.encoded.trained[:-1])
    with pytest.raises(BadInput, match="without an end token") as refusal:
        check_rows([good, replace(good, encoded=cut)], encoder, 512)
    assert refusal.value.code == "training.row_without_end"


def test_no_rows_and_a_row_without_a_question(encoder: ChatEncoder) -> None:
    with pytest.raises(BadInput) as refusal:
        check_rows([], encoder, 512)
    assert refusal.value.code == "data.no_training_rows"
    with pytest.raises(BadInput, match=r"tickets\.csv:9") as refusal:
        encoded(encoder, row(None, "yes", 9))
    assert refusal.value.code == "training.row_without_prompt"


def test_what_a_template_refuses_names_the_row(base: Base) -> None:
    strict = replace(base, chat_template="{{ raise_exception('only users may speak') }}")
    with pytest.raises(BadInput, match=r"Row \w{32} \(tickets\.csv:5\).*only users may speak") as refusal:
        encoded(ChatEncoder(strict), row("hello", "yes", 5))
    assert refusal.value.code == "base.template_refuses"
    assert refusal.value.details["source"] == "tickets.csv:5"
