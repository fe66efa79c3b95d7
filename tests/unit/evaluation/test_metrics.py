import numpy as np
import pytest

from pipeline.errors import BadInput
from pipeline.evaluation.metrics.answers import Answers
from pipeline.evaluation.metrics.table import METRICS, chosen_metrics

LABELS = ["billing", "delivery", "returns", "account"]


def values(name: str, answers: Answers) -> float:
    weights = np.ones((1, len(answers.expected)))
    return float(METRICS[name].statistic(answers)(weights)[0])


def some_answers(rows: int, seed: int) -> Answers:
    generator = np.random.default_rng(seed)
    expected = generator.choice(LABELS[:3], rows)
    given = np.where(generator.random(rows) < 0.6, expected, generator.choice([*LABELS, "no such label"], rows))
    return Answers(list(expected), list(given), frozenset(LABELS))


@pytest.mark.parametrize("seed", range(3))
def test_accuracy_and_macro_f1_equal_scikit_learn(seed: int) -> None:
    from sklearn.metrics import accuracy_score, f1_score

    answers = some_answers(57, seed)
    known = sorted(set(answers.expected))
    reference = f1_score(answers.expected, answers.given, labels=known, average="macro", zero_division=0)
    assert values("accuracy", answers) == pytest.approx(accuracy_score(answers.expected, answers.given))
    assert values("macro_f1", answers) == pytest.approx(reference)


def test_macro_f1_of_weighted_rows_equals_that_of_repeated_rows() -> None:
    answers = some_answers(40, 3)
    counts = np.random.default_rng(0).integers(0, 3, 40)
    repeated = Answers(list(np.repeat(answers.expected, counts)), list(np.repeat(answers.given, counts)))
    weighted = METRICS["macro_f1"].statistic(answers)(counts[None, :].astype(float))[0]
    assert weighted == pytest.approx(values("macro_f1", repeated))


def test_an_answer_outside_the_list_is_wrong_and_counted() -> None:
    answers = Answers(["billing", "returns"], ["billing", "Returns"], frozenset(LABELS))
    assert values("accuracy", answers) == 0.5
    assert values("invalid", answers) == 0.5


def test_rouge_l_equals_rouge_score_on_english() -> None:
    from rouge_score.rouge_scorer import RougeScorer

    expected = "Hello Harry, we are sorry: your machine will only arrive on 8 July."
    given = "Hello Harry, good news - your machine arrives on July 8th!"
    reference = RougeScorer(["rougeL"]).score(expected, given)["rougeL"].fmeasure
    assert values("rouge_l", Answers([expected], [given])) == pytest.approx(reference)
    assert 0 < reference < 1


@pytest.mark.parametrize(("expected", "given"), [("Grüße aus Köln", "Grüße an Köln"), ("送料はいくら", "送料は無料")])
def test_rouge_l_sees_letters_beyond_a_to_z(expected: str, given: str) -> None:
    assert 0 < values("rouge_l", Answers([expected], [given])) < 1
    assert values("rouge_l", Answers([expected], [expected])) == 1


@pytest.mark.parametrize(
    ("given", "normalised", "strict"),
    [("The  Eiffel Tower.", 1, 0), ("Eiffel Tower\n", 1, 1), ("Eiffel", 0, 0), ("", 0, 0)],
)
def test_exact_match_normalises_as_squad_does_and_strict_does_not(given: str, normalised: int, strict: int) -> None:
    answers = Answers(["Eiffel Tower"], [given])
    assert values("exact_match", answers) == normalised
    assert values("exact_match_strict", answers) == strict


def test_metrics_default_by_task_and_the_first_decides() -> None:
    assert [m.name for m in chosen_metrics("classification", [])] == ["accuracy", "macro_f1"]
    assert [m.name for m in chosen_metrics("rewriting", [])] == ["rouge_l", "exact_match"]
    assert [m.name for m in chosen_metrics("classification", ["macro_f1", "accuracy"])] == ["macro_f1", "accuracy"]


def test_unknown_and_unfitting_metrics_are_refused_with_a_choice() -> None:
    with pytest.raises(BadInput, match="bleu") as unknown:
        chosen_metrics("rewriting", ["bleu"])
    assert "rouge_l" in unknown.value.hint
    with pytest.raises(BadInput, match="macro_f1"):
        chosen_metrics("rewriting", ["macro_f1"])


def test_every_metric_is_between_0_and_1_with_one_way_to_compute_it() -> None:
    answers = some_answers(20, 9)
    assert len(METRICS) == 6
    for metric in METRICS.values():
        assert (metric.per_row is None) != (metric.over_rows is None)
        assert 0 <= values(metric.name, answers) <= 1
