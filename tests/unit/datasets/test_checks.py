"""Checks, each with planted flaws."""

from __future__ import annotations

from random import Random

import pytest

from pipeline.datasets.checks.duplicates import set_exact_aside, set_near_aside, settle_leakage
from pipeline.datasets.checks.labels import keep_labels, settle_contradictions, unify_labels
from pipeline.datasets.checks.near import NearGroups
from pipeline.datasets.checks.personal import check_personal_data
from pipeline.datasets.checks.personal_patterns import masked, personal_data
from pipeline.datasets.checks.texts import check_mojibake, check_rare_labels
from pipeline.datasets.row import Draft, Message
from pipeline.errors import BadInput
from pipeline.plan.model import Split


def draft(prompt: str, completion: str, line: int = 1, own_split: Split | None = None) -> Draft:
    messages = [Message(role="user", content=prompt), Message(role="assistant", content=completion)]
    return Draft(messages, f"{own_split or 'x'}.csv:{line}", own_split, label=completion)


def test_the_first_of_equal_rows_stays() -> None:
    rows = [draft("a", "x", 1), draft("a", "x", 2), draft("a", "y", 3), draft("A", "x", 4), draft("a", "x", 5)]
    kept, aside, problems = set_exact_aside(rows)
    assert [one.source for one in kept] == ["x.csv:1", "x.csv:3", "x.csv:4"]
    assert [(one.draft.source, one.reason) for one in aside] == [
        ("x.csv:2", "data.duplicate"),
        ("x.csv:5", "data.duplicate"),
    ]
    assert "x.csv:1" in aside[0].message
    assert [(problem.code, problem.count) for problem in problems] == [("data.duplicate", 2)]


def test_a_test_file_of_the_users_own_stays_whole() -> None:
    rows = [draft("a", "x", 1), draft("a", "x", 2, "test"), draft("a", "x", 3, "test")]
    assert set_exact_aside(rows)[0] == rows
    near = NearGroups([row.prompt_text for row in rows])
    assert set_near_aside(list(enumerate(rows)), near)[0] == rows
    conflicting = [draft("a", "x", 1, "test"), draft("a", "y", 2, "test")]
    assert settle_contradictions(conflicting)[0] == conflicting


LONG = "My parcel was supposed to come on {} and the tracking has not moved since it left your warehouse last week"


def test_near_duplicates_need_the_same_answer() -> None:
    rows = [
        draft(LONG.format("Tuesday"), "delivery", 1),
        draft(LONG.format("Tuesday") + ".", "delivery", 2),
        draft(LONG.format("Friday"), "delivery", 3),
        draft(LONG.format("Tuesday") + "!!", "billing", 4),
        draft("Something else altogether about an invoice", "billing", 5),
    ]
    near = NearGroups([row.prompt_text for row in rows])
    kept, aside, problems = set_near_aside(list(enumerate(rows)), near)
    assert [one.source for one in kept] == ["x.csv:1", "x.csv:4", "x.csv:5"]
    assert [one.reason for one in aside] == ["data.near_duplicate"] * 2
    assert problems[0].count == 2
    assert near.group_of == [0, 0, 0, 0, 4]


def test_near_groups_equal_brute_force() -> None:
    random = Random(3)
    words = ["".join(random.choices("abcdefghijklmnoprstu", k=random.randint(3, 8))) for _ in range(500)]
    texts = [" ".join(random.choices(words, k=12)) for _ in range(300)]
    texts += [text.replace(" ", "  ").upper() for text in texts[:10]]
    texts += [text + " more" for text in texts[10:25]]
    texts += [" ".join(text.split()[1:]) for text in texts[25:40]]
    near = NearGroups(texts)
    sets = [{f" {text.lower()} "[i : i + 3] for i in range(len(text))} for text in (" ".join(t.split()) for t in texts)]
    pairs = [
        (i, j) for j in range(len(sets)) for i in range(j) if len(sets[i] & sets[j]) >= 0.8 * len(sets[i] | sets[j])
    ]
    assert len(pairs) > 20
    assert all(near.group_of[i] == near.group_of[j] for i, j in pairs)
    grouped = {index for index, root in enumerate(near.group_of) if near.group_of.count(root) > 1}
    assert grouped == {index for pair in pairs for index in pair}


def test_a_template_is_not_a_duplicate() -> None:
    texts = [f"Please give me the exact sum of the two numbers {i} and {i * 37 % 1000}, thank you." for i in range(300)]
    near = NearGroups(texts)
    assert len(set(near.group_of)) > 250
    assert NearGroups([*texts, texts[0] + "!"]).group_of[-1] == 0


@pytest.mark.parametrize("texts", [[], ["one"], ["", ""], ["a", "b"], ["…", "…!"], ["x" * 5000, "x" * 5000 + "y"]])
def test_near_groups_of_odd_texts(texts: list[str]) -> None:
    assert len(NearGroups(texts).group_of) == len(texts)


def test_leakage_is_set_aside_on_the_training_side() -> None:
    rows = [
        draft("How do I unblock my PIN?", "pin", 1),
        draft(LONG.format("Monday") + "!", "delivery", 2),
        draft("An innocent question about fees", "fees", 3),
        draft("How do I unblock my PIN?", "pin", 1, "test"),
        draft(LONG.format("Monday"), "delivery", 2, "test"),
        draft(LONG.format("Monday") + ".", "delivery", 4, "validation"),
    ]
    near = NearGroups([row.prompt_text for row in rows])
    kept, aside, problems = settle_leakage(rows, near, "quarantine")
    assert [one.source for one in kept] == ["x.csv:3", "test.csv:1", "test.csv:2"]
    assert [one.reason for one in aside] == ["data.leakage", "data.near_leakage", "data.near_leakage"]
    assert [(problem.code, problem.count) for problem in problems] == [("data.leakage", 1), ("data.near_leakage", 1)]
    assert settle_leakage(rows, near, "warn")[0] == rows
    assert settle_leakage(rows, near, "off") == (rows, [], [])
    with pytest.raises(BadInput) as refused:
        settle_leakage(rows, near, "block")
    assert refused.value.code == "data.leakage"


def test_spellings_of_a_label_become_the_most_frequent_one() -> None:
    rows = [draft("a", label) for label in ("Billing", "Billing", "billing", "BILLING", "Gift cards", "gift_cards")]
    problems = unify_labels(rows, None)
    assert [row.completion for row in rows] == ["Billing"] * 4 + ["Gift cards"] * 2
    assert [row.label for row in rows] == [row.completion for row in rows]
    assert (problems[0].code, problems[0].count) == ("data.label_spellings", 3)
    unify_labels(rows, ["BILLING"])
    assert rows[0].label == "BILLING"
    assert unify_labels([draft("a", "x"), draft("b", "y")], None) == []


def test_only_the_plans_labels_are_kept() -> None:
    rows = [draft("a", "x"), draft("b", "y"), draft("c", "z"), draft("d", "z")]
    kept, aside, problems = keep_labels(rows, ["x", "y"])
    assert [row.label for row in kept] == ["x", "y"]
    assert [one.reason for one in aside] == ["data.other_label"] * 2
    assert problems[0].examples == ["z: 2 rows"]
    with pytest.raises(BadInput) as refused:
        keep_labels(rows, ["xx"])
    assert refused.value.code == "data.unknown_label"


def test_contradictions_follow_the_majority_or_fall() -> None:
    rows = [
        draft("where is it", "x", 1),
        draft("Where is it?", "x", 2),
        draft("where is it", "y", 3),
        draft("tie", "x", 4),
        draft("tie", "y", 5),
        draft("clear", "x", 6),
    ]
    kept, aside, problems = settle_contradictions(rows)
    assert [one.source for one in kept] == ["x.csv:1", "x.csv:2", "x.csv:6"]
    assert [one.draft.source for one in aside] == ["x.csv:3", "x.csv:4", "x.csv:5"]
    assert (problems[0].code, problems[0].count) == ("data.contradiction", 2)
    assert settle_contradictions([draft("a", "x"), draft("b", "y")])[2] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to a.b+c@mail.example.org today", "write to [mail] today"),
        ("call 0117 496 0733, mornings", "call [phone], mornings"),
        ("+49 30 23125 014 or +1 (555) 010-9999.", "[phone] or [phone]."),
        ("(020) 7946 0182", "[phone]"),
        ("order 10231 of 12.03.2025 at 09:00 for 31.90", "order 10231 of 12.03.2025 at 09:00 for 31.90"),
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN [iban]"),
        ("IBAN DE88 3704 0044 0532 0130 00", "IBAN DE88 3704 0044 0532 0130 00"),
        ("0.123456789012 and LFX99120384", "0.123456789012 and LFX99120384"),
        ("@home, meet me @ 5", "@home, meet me @ 5"),
    ],
)
def test_mail_addresses_and_phone_numbers(text: str, expected: str) -> None:
    assert masked(text) == expected
    assert bool(personal_data(text)) == (text != expected)


def test_personal_data_is_treated_as_the_plan_says() -> None:
    def rows() -> list[Draft]:
        return [draft("mail me at a@b.example", "x", 1), draft("nothing here", "y", 2)]

    kept, aside, problems = check_personal_data(rows(), "warn")
    assert (len(kept), aside, problems[0].severity, problems[0].count) == (2, [], "warning", 1)
    assert "a@b.example" not in problems[0].model_dump_json()
    assert check_personal_data(rows(), "mask")[0][0].prompt_text == "mail me at [mail]"
    kept, aside, _ = check_personal_data(rows(), "quarantine")
    assert ([one.source for one in kept], aside[0].reason) == (["x.csv:2"], "data.personal_data")
    assert check_personal_data(rows(), "off")[2] == []
    with pytest.raises(BadInput):
        check_personal_data(rows(), "block")


def test_wrongly_decoded_texts_and_rare_labels() -> None:
    assert check_mojibake([draft("KÃ¶nnt ihr itâ€™s", "x"), draft("Könnt ihr – it’s Ã", "x")])[0].count == 1
    assert check_rare_labels([draft("a", "x")] * 10 + [draft("b", "y")] * 9)[0].examples == ["y: 9 rows"]
    assert check_rare_labels([draft("a", "x")] * 10) == []


def test_only_equal_texts_are_alike_where_nearness_is_not_asked() -> None:
    near = NearGroups(["Where is it?", "where is it", "where is it now"], is_exact=True)
    assert near.group_of == [0, 0, 2]
    assert near.is_copy(0, 1)
    assert not near.is_copy(0, 2)
