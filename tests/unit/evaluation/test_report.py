import re

import pytest

from pipeline.evaluation.comparators import LINEAR, MAJORITY
from pipeline.evaluation.comparison import Comparison, check_gate
from pipeline.evaluation.metrics.answers import Answers
from pipeline.evaluation.metrics.table import METRICS, chosen_metrics
from pipeline.evaluation.report.markdown import Answered, escape, markdown_report
from pipeline.evaluation.report.table import verdict_table
from pipeline.evaluation.report.words import verdict_text
from pipeline.evaluation.verdict import ADAPTER, BASE, PROMPTED_BASE, GateResult, Verdict
from pipeline.plan.gates import parse_gate

LABELS = ["billing", "delivery", "returns"]


def answers(expected: list[str], right: int, wrong: str = "billing") -> Answers:
    given = [
        text if n * right // len(expected) < (n + 1) * right // len(expected) else wrong
        for n, text in enumerate(expected)
    ]
    return Answers(expected, given, frozenset(LABELS))


def compared(rows: int, **right: int) -> Comparison:
    expected = [LABELS[1 + n % 2] for n in range(rows)]
    keys = {"prompted": PROMPTED_BASE, "linear": LINEAR}
    given = {keys.get(model, model): answers(expected, count) for model, count in right.items()}
    return Comparison(given, [*chosen_metrics("classification", []), METRICS["invalid"]])


def verdict(comparison: Comparison, **changes: object) -> Verdict:
    differences, best = comparison.differences(), comparison.best_base()
    deciding = next(each for each in differences if each.against == best)
    made = Verdict(
        run="run-1",
        task="classification",
        n=comparison.rows,
        metrics=comparison.values(),
        intervals=comparison.intervals(),
        difference=deciding,
        differences=differences,
        outcome=deciding.outcome,
        more_rows=deciding.more_rows,
        labels=comparison.labels(),
        confusions=comparison.confusions(),
    ).model_copy(update=changes)
    return made.model_copy(update={"text": verdict_text(made)})


def test_better_is_said_in_points_with_its_interval_and_counts() -> None:
    text = verdict(compared(200, adapter=180, base=80, prompted=120, linear=150)).text
    assert re.match(r"Better: \+30 points accuracy over the base with a good prompt, 95 % CI \d+ to \d+\.", text)
    assert "The adapter gets 180 of 200 test rows right (90.0 %, 95 % CI 85.1 to 93.4)" in text
    assert "the base reaches 40.0 %" in text
    assert "A linear classifier (TF-IDF), which needs no language model, stays behind: 75.0 %, 15 points less" in text


def test_a_linear_classifier_that_wins_is_named_plainly() -> None:
    text = verdict(compared(300, adapter=200, prompted=100, linear=290)).text
    assert "needs no language model, does better: 96.7 %, 30 points more than the adapter" in text


def test_worse_and_no_difference_and_cannot_tell() -> None:
    assert verdict(compared(200, adapter=100, base=60, prompted=160)).text.startswith(
        "Worse: −30 points accuracy against"
    )
    same = verdict(compared(3000, adapter=2400, prompted=2400))
    assert same.outcome == "no difference"
    assert same.text.startswith("No difference: 0.0 points accuracy against the base with a good prompt, 95 % CI")
    few = verdict(compared(20, adapter=16, prompted=13))
    assert few.outcome == "cannot tell"
    assert few.text.startswith("Can't tell: +15 points accuracy against the base with a good prompt, 95 % CI −")
    assert f"from 20 test rows; about {few.more_rows} more test rows would tell." in few.text


def test_the_stronger_base_is_the_opponent_that_counts() -> None:
    assert verdict(compared(100, adapter=90, base=70, prompted=50)).text.startswith(
        "Better: +20 points accuracy over the base,"
    )


def test_answers_outside_the_list_left_out_rows_and_gates_are_said() -> None:
    comparison = compared(100, adapter=90, prompted=50)
    outside = Comparison(
        {**comparison.answers, ADAPTER: answers(list(comparison.answers[ADAPTER].expected), 90, "none of them")},
        comparison.metrics,
    )
    gates = [
        GateResult(metric="accuracy", rule="> base+prompt + 0.5", measured=0.4, passed=False),
        GateResult(metric="forgetting", rule="<= 0.02", measured=None, passed=None, note="forgetting was not measured"),
    ]
    text = verdict(outside, left_out=1, gates=gates).text
    assert "10 answers of the adapter's 100 are outside the label list." in text
    assert "1 test row is longer than the base's context: left out." in text
    assert "A gate of the plan is missed: accuracy > base+prompt + 0.5." in text
    assert "could not be checked: forgetting <= 0.02 (forgetting was not measured)." in text


def test_words_praise_nothing_and_shout_nothing() -> None:
    texts = [verdict(compared(n, adapter=n // 2, prompted=n // 3, linear=n // 2)).text for n in (9, 90, 900)]
    assert not any(re.search(r"!|please|great|significant", text) for text in texts)


@pytest.mark.parametrize(
    ("rule", "passed"),
    [
        ("> base", True),
        ("> base+prompt", True),
        ("> base+prompt + 0.3", False),
        (">= base+prompt + 0.3", True),
        (">= 0.9", True),
        ("> 0.9", False),
        ("< 0.95", True),
        ("<= base", False),
        ("> tone@stable", None),
    ],
)
def test_gates(rule: str, passed: bool | None) -> None:
    comparison = compared(200, adapter=180, base=80, prompted=120)
    result = check_gate(parse_gate("accuracy", rule), comparison.values(), comparison.differences())
    assert result.passed is passed
    assert (result.measured is None) == (passed is None)


def test_a_gate_on_what_was_not_measured_is_neither_passed_nor_missed() -> None:
    comparison = compared(50, adapter=40, base=20)
    result = check_gate(parse_gate("forgetting", "<= 0.02"), comparison.values(), comparison.differences())
    assert (result.passed, result.note) == (None, "forgetting was not measured")


def test_the_table_has_a_row_for_each_model_and_the_lead_over_the_others() -> None:
    table = verdict_table(verdict(compared(200, adapter=180, base=80, prompted=120)))
    assert table.columns[:3] == ["model", "accuracy", "macro F1"]
    assert [row[0] for row in table.rows] == ["adapter", "base", "base+prompt"]
    assert all(len(row) == len(table.columns) for row in table.rows)
    assert table.rows[0][-2:] == ["–", "–"]
    assert table.rows[1][-1] == "better"
    assert table.rows[1][-2].startswith("+50 (")


def test_intervals_of_models_hold_their_values() -> None:
    comparison = compared(60, adapter=50, base=20, prompted=30)
    for model, values in comparison.values().items():
        for metric, value in values.items():
            low, high = comparison.intervals()[model][metric]
            assert low <= value <= high


HOSTILE = "<img src=x onerror=alert(1)> | **bold** [a](javascript:b) `c` https://evil.example\n\n# head\u202e"


def test_the_report_has_labels_confusions_and_changes_and_escapes_everything() -> None:
    row = Answered(HOSTILE, "billing", {ADAPTER: HOSTILE, PROMPTED_BASE: "x"}, {ADAPTER: True, PROMPTED_BASE: False})
    lost = Answered(
        "where is it",
        "delivery",
        {ADAPTER: "billing", PROMPTED_BASE: "delivery"},
        {ADAPTER: False, PROMPTED_BASE: True},
    )
    report = markdown_report(verdict(compared(90, adapter=80, prompted=40)), [row, lost])
    for heading in (
        "# Verdict of",
        "## Models",
        "## Labels",
        "## What the adapter mixes up",
        "## Right now",
        "## Wrong now",
    ):
        assert heading in report
    assert not re.search(r"(?<!\\)[<`*@]|https:|\u202e", report)
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in report.splitlines() if HOSTILE[:4].strip("<") in line]
    assert widths == [5]


def test_escaped_text_renders_as_itself() -> None:
    assert escape("a|b\n*c*") == r"a\|b \*c\*"
    assert escape("1. www.a.b https://c d@e") == r"1\. www\.a.b https\://c d\@e"
    assert escape("x" * 400) == "x" * 300 + "…"
    assert escape("Grüße, 送料") == "Grüße, 送料"


def test_models_without_labels_get_a_report_with_answers() -> None:
    expected = [f"Hello {n}, good news" for n in range(30)]
    comparison = Comparison(
        {ADAPTER: Answers(expected, expected), BASE: Answers(expected, ["Hello"] * 30)}, chosen_metrics("rewriting", [])
    )
    made = verdict(comparison, task="rewriting", labels=[], confusions=[])
    assert re.match(r"Better: \+\d+ points ROUGE-L over the base, 95 % CI \d+ to \d+\. ", made.text)
    assert "The adapter's ROUGE-L is 100.0 %, 95 % CI " in made.text
    rows = [Answered("note", text, {ADAPTER: text, BASE: "Hello"}, {ADAPTER: True, BASE: False}) for text in expected]
    assert "## Some answers" in markdown_report(made, rows)
    assert MAJORITY not in made.metrics
