"""Questions whose answers hold numbers: of the question, of the estimator, of the price list."""

from __future__ import annotations

import pytest

from assistant.planner.answers import answered
from assistant.planner.understanding import understand


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("How much memory for a 70B model in 4 bit?", ("70 billion", "4 bits", "40.5 GiB")),
        ("Does an 8B model fit on my 12 GB card?", ("8 billion", "fits your card of 12 GB")),
        (
            "10000 requests a day, 100 tokens in and 10 out: dedicated or shared GPU?",
            ("$0.22 a day", "$18.72", "85 times"),
        ),
        ("Is it cheaper than the OpenAI API?", ("GPT-4.1 mini",)),
    ],
)
def test_answers_with_numbers(question: str, parts: tuple[str, ...]) -> None:
    understood = understand(question)
    assert understood.topic is not None
    text = answered(understood.topic, understood)
    assert [part for part in parts if part not in text] == [], text
    assert "Sources:" in text
