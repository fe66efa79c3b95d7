"""Which rows want a person's look, and in what order."""

from __future__ import annotations

from pipeline.datasets.checks.doubts import doubts

MONEY = [
    "my invoice is wrong", "you charged my card twice, see the invoice", "the invoice lists a card that I never had",
    "please send the invoice again", "which card pays this invoice", "an invoice came, and my card was charged",
]  # fmt: skip
GOODS = [
    "my parcel came broken", "the courier left the parcel at another door", "no parcel and no courier since Monday",
    "where does the courier leave a parcel", "please send the courier again", "the parcel at my door is wet",
]  # fmt: skip
TEXTS, LABELS = [*MONEY, *GOODS], ["money"] * 6 + ["goods"] * 6


def test_rows_that_agree_are_not_doubted() -> None:
    assert doubts(TEXTS, LABELS) == []


def test_the_same_text_under_two_labels_names_the_other_row() -> None:
    found = doubts([*TEXTS, "My INVOICE is wrong!"], [*LABELS, "goods"])
    assert [(each.row, each.kind, each.other) for each in found[:2]] == [
        (0, "contradiction", 12),
        (12, "contradiction", 0),
    ]


def test_nearly_the_same_text_under_two_labels_is_found() -> None:
    long = "I ordered the large blue garden table with four chairs in March and it has not come yet"
    found = doubts([*TEXTS, long, f"{long} ."[:-1] + "today"], [*LABELS, "goods", "money"])
    assert [(each.row, each.kind) for each in found] == [(12, "near"), (13, "near")]


def test_spellings_of_a_label_are_one() -> None:
    assert doubts([*TEXTS, TEXTS[0]], [*LABELS, " Money "]) == []


def test_unlabelled_rows_are_guessed_the_least_certain_first() -> None:
    texts = [*TEXTS, "an invoice for my card", "the courier had my invoice", "xyzzy"]
    found = doubts(texts, [*LABELS, "", "", ""])
    assert [each.kind for each in found] == ["unlabelled"] * 3
    assert [each.row for each in found] == [14, 13, 12]
    assert found[-1].guess == "money"
    assert found[0].guess == ""


def test_a_label_that_all_neighbours_contradict_is_doubted_last() -> None:
    labels = [*LABELS]
    labels[2] = "goods"
    found = doubts([*TEXTS, "some invoice"], [*labels, ""])
    assert found[0].kind == "unlabelled"
    assert (found[1].row, found[1].kind, found[1].guess) == (2, "unlike", "money")


def test_what_a_person_decided_is_not_asked_again() -> None:
    labels = [*LABELS]
    labels[2] = "goods"
    assert 2 in {each.row for each in doubts(TEXTS, labels)}
    assert 2 not in {each.row for each in doubts(TEXTS, labels, settled=[2])}


def test_a_quick_look_guesses_nothing() -> None:
    (only,) = doubts([*TEXTS, "some invoice"], [*LABELS, ""], is_quick=True)
    assert (only.kind, only.guess) == ("unlabelled", "")


def test_texts_without_words_are_no_reason_to_fail() -> None:
    assert [each.kind for each in doubts(["1", "2", "?"], ["a", "b", ""])] == ["unlabelled"]


def test_rows_without_a_text_are_no_question() -> None:
    texts = ["", " ", "", "where is my parcel", "where is my parcel"]
    assert [doubt.row for doubt in doubts(texts, ["a", "b", "", "a", "b"])] == [3, 4]
