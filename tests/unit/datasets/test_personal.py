"""Personal data: labelled rows of eight kinds and five countries, and what is done with them."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from pipeline.datasets.checks.identifiers import is_german_tax_id, is_iban, passes_luhn
from pipeline.datasets.checks.personal import check_personal_data
from pipeline.datasets.checks.personal_patterns import KINDS, masked, personal_data
from pipeline.datasets.row import Draft, Message
from tests.support.data_files import ROOT

RECALL, PRECISION = 0.95, 0.9


def labelled() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (ROOT / "tests/data/personal/rows.jsonl").read_text("utf-8").splitlines()]


def is_hit(one: tuple[str, int, int], other: tuple[str, int, int]) -> bool:
    shared = min(one[2], other[2]) - max(one[1], other[1])
    return one[0] == other[0] and shared >= 0.8 * (max(one[2], other[2]) - min(one[1], other[1]))


def score(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """Recall and precision of spans: kind and place have to be right."""
    hits = wanted = found = 0
    for row in rows:
        spans, seen = [tuple(span) for span in row["spans"]], personal_data(row["text"])
        hits += sum(any(is_hit(span, one) for one in seen) for span in spans)
        wanted, found = wanted + len(spans), found + len(seen)
    return hits / wanted, hits / found


def test_there_are_enough_labelled_rows() -> None:
    rows = labelled()
    assert len(rows) >= 300
    assert {row["country"] for row in rows} == {"US", "GB", "DE", "FR", "ES"}
    assert min(Counter(kind for row in rows for kind, _, _ in row["spans"])[kind] for kind in KINDS) >= 10
    assert sum(not row["spans"] for row in rows) >= 100
    assert sum(row["held_out"] for row in rows) >= 100


@pytest.mark.parametrize("held_out", [False, True])
def test_recall_and_precision(held_out: bool) -> None:
    recall, precision = score([row for row in labelled() if row["held_out"] is held_out])
    assert recall >= RECALL
    assert precision >= PRECISION


def test_the_score_can_fail() -> None:
    rows: list[dict[str, Any]] = [
        {"text": "nothing at all", "spans": [["mail", 0, 7]]},
        {"text": "write to a@b.example", "spans": []},
    ]
    assert score(rows) == (0.0, 0.0)


def test_masked_rows_hold_nothing_any_more() -> None:
    for row in labelled():
        assert not personal_data(masked(row["text"])), row["text"]


def test_a_mask_is_remembered_for_the_split() -> None:
    messages = [Message(role="user", content="mail a@b.example"), Message(role="assistant", content="x")]
    row = Draft(messages, "x:1")
    before = row.prompt_id
    check_personal_data([row], "mask")
    assert row.prompt_id != before == row.source_prompt_id


@pytest.mark.parametrize(
    "text", ["", "DE", "DE89370400440532013001", "XX89370400440532013000", "de8937040044053201300"]
)
def test_no_iban(text: str) -> None:
    assert not is_iban(text)


def test_check_digits() -> None:
    assert is_iban("GB82WEST12345698765432")
    assert passes_luhn("4111111111111111")
    assert not passes_luhn("4111111111111112")
    assert is_german_tax_id("86095742719")
    assert not is_german_tax_id("86095742718")
