from collections.abc import Sequence

import pytest

from pipeline.datasets.row import Message, Row
from pipeline.evaluation.answers.choosing import VALIDATION_ROWS, best_style, validation_sample
from pipeline.evaluation.answers.examples import PER_LABEL, WITHOUT_LABELS, choose_examples
from pipeline.evaluation.answers.prompts import Prompts, Style
from pipeline.evaluation.comparators import linear_answers, majority_answers

LABELS = ["Billing", "Delivery", "Gift cards"]
WORDS = {"Billing": "charged twice money", "Delivery": "parcel late post", "Gift cards": "voucher code present"}


def row(number: int, text: str, answer: str, label: str | None = None, system: str | None = None) -> Row:
    start: list[Message] = [{"role": "system", "content": system}] if system else []
    turns: list[Message] = [{"role": "user", "content": text}, {"role": "assistant", "content": answer}]
    return Row(f"{number:032x}", [*start, *turns], label, f"g{number}", f"data.csv:{number}")


def tickets(count: int) -> list[Row]:
    return [row(n, f"{WORDS[LABELS[n % 3]]} number {n}", LABELS[n % 3], LABELS[n % 3]) for n in range(count)]


def tokens(messages: Sequence[Message]) -> list[int]:
    """One token a byte and three a turn."""
    return [0] * sum(len(message["content"].encode()) + 3 for message in messages)


def prompts(
    style: Style, room: int = 4000, labels: list[str] | None = LABELS, instruction: str = "Sort it."
) -> Prompts:
    examples = choose_examples(tickets(30), length=lambda row: len(row.prompt[0]["content"]))
    return Prompts(style, instruction, labels, examples if style in ("examples", "turns") else [], tokens, room)


def test_examples_take_labels_in_turn_and_are_the_same_each_time() -> None:
    rows = tickets(60)
    chosen = choose_examples(rows, length=lambda row: len(row.messages[0]["content"]))
    assert [row.label for row in chosen] == [*LABELS] * PER_LABEL
    assert len({row.id for row in chosen}) == len(chosen)
    assert chosen == choose_examples(rows[::-1], length=lambda row: len(row.messages[0]["content"]))


def test_a_typical_row_comes_before_an_odd_one() -> None:
    rows = [row(n, f"parcel late post {n}", "Delivery", "Delivery") for n in range(8)]
    odd = row(9, "zz", "Delivery", "Delivery")
    others = [row(20 + n, f"charged money {n}", "Billing", "Billing") for n in range(8)]
    chosen = choose_examples([odd, *rows, *others], length=lambda row: len(row.messages[0]["content"]))
    assert chosen[1] != odd
    assert chosen[1].label == "Delivery"


def test_without_labels_a_few_rows_are_shown() -> None:
    rows = [row(n, f"note {n}", f"Hello {n}") for n in range(9)]
    assert len(choose_examples(rows, length=lambda row: 1)) == WITHOUT_LABELS


def test_every_style_shows_the_labels_before_the_message() -> None:
    question = row(99, "where is my $parcel", "Delivery", "Delivery")
    for style in ("bare", "instruction", "examples", "turns"):
        messages = prompts(style).messages(question, 3)
        assert messages[0]["role"] == "system"
        assert "Billing\nDelivery\nGift cards" in messages[0]["content"]
        assert messages[-1] == {"role": "user", "content": "where is my $parcel"}
    assert "Sort it." not in prompts("bare").messages(question, 0)[0]["content"]
    assert "Label: Gift cards" in prompts("examples").messages(question, 3)[0]["content"]
    assert [turn["role"] for turn in prompts("turns").messages(question, 2)] == [
        "system",
        *["user", "assistant"] * 2,
        "user",
    ]


def test_the_rows_own_system_message_stays() -> None:
    question = row(1, "hi", "Billing", "Billing", system="The shop is closed.")
    messages = prompts("instruction").messages(question, 0)
    assert [message["role"] for message in messages] == ["system", "user"]
    assert messages[0]["content"].endswith("\n\nThe shop is closed.")


def test_longer_rows_get_fewer_examples_then_no_label_list() -> None:
    full = prompts("examples")
    most = len(full.ids(row(1, "x", "Billing", "Billing")))
    tight = prompts("examples", room=most + 10)
    assert len(tight.ids(row(1, "x" * 9, "Billing", "Billing"))) <= most + 10
    shorter = tight.ids(row(1, "x" * 200, "Billing", "Billing"))
    assert 200 < len(shorter) <= most + 10
    listed = len(prompts("bare").ids(row(1, "", "Billing", "Billing")))
    small = prompts("bare", room=listed + 20)
    long_row = row(2, "y" * 40, "Billing", "Billing")
    assert small.shows_labels(row(1, "y" * 20, "Billing", "Billing"))
    assert not small.shows_labels(long_row)
    assert small.fits(long_row)
    assert len(small.ids(long_row)) < listed
    assert not small.fits(row(3, "y" * 400, "Billing", "Billing"))


def test_text_tasks_without_an_instruction_have_no_system_message() -> None:
    question = row(1, "note", "Hello")
    assert prompts("bare", labels=None, instruction="").messages(question, 0) == question.prompt
    said = prompts("instruction", labels=None, instruction="Write in our tone.").messages(question, 0)[0]["content"]
    assert said.startswith("Write in our tone.\n\nAnswer")


def test_the_prompt_is_chosen_by_validation_and_the_simplest_wins_a_tie() -> None:
    assert best_style({"instruction": 0.5, "examples": 0.7, "turns": 0.6}) == "examples"
    assert best_style({"instruction": 0.6, "examples": 0.6, "turns": 0.6}) == "instruction"
    rows = tickets(90)
    assert validation_sample(rows[::-1]) == rows[:VALIDATION_ROWS]


def test_the_comparators_know_the_majority_and_the_words() -> None:
    train, test = tickets(31), tickets(60)[40:]
    assert majority_answers(train, test) == ["Billing"] * 20
    assert linear_answers(train, test) == [row.label for row in test]


@pytest.mark.parametrize("text", ["", "???", "送料はいくらですか"])
def test_the_linear_classifier_takes_any_text(text: str) -> None:
    assert linear_answers(tickets(12), [row(1, text, "Billing", "Billing")])[0] in LABELS
