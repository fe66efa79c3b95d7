import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.metrics.answers import Answers
from pipeline.evaluation.metrics.table import METRICS
from pipeline.evaluation.statistics import (
    MARGIN,
    Interval,
    mcnemar_exact,
    outcome,
    percentile_interval,
    resample,
    rows_to_tell,
    wilson_interval,
)


def difference(
    first: np.ndarray, second: np.ndarray, *, seed: int = 0, metric: str = "accuracy", resamples: int = 4000
) -> Interval:
    """Interval of the difference of two models that are right where the arrays are 1."""
    expected = ["a" if n % 3 else "b" for n in range(len(first))]
    given = [
        Answers(expected, [text if right else "wrong" for text, right in zip(expected, rights, strict=True)])
        for rights in (first, second)
    ]
    statistics = {
        name: METRICS[metric].statistic(answers.with_doubt(is_first=name == "first"))
        for name, answers in zip(("first", "second"), given, strict=True)
    }
    drawn = resample(statistics, len(first) + 2, resamples=resamples, seed=seed)
    return percentile_interval(float(first.mean() - second.mean()), drawn["first"] - drawn["second"])


@pytest.mark.parametrize("rows", [12, 40, 120])
def test_intervals_cover_the_true_difference_about_95_times_in_100(rows: int) -> None:
    generator = np.random.default_rng(rows)
    p_both, p_first, p_second = 0.5, 0.25, 0.1
    covered = 0
    for trial in range(200):
        kind = generator.choice(4, rows, p=[p_both, p_first, p_second, 1 - p_both - p_first - p_second])
        interval = difference(np.isin(kind, [0, 1]) * 1.0, np.isin(kind, [0, 2]) * 1.0, seed=trial, resamples=600)
        covered += interval.low <= p_first - p_second <= interval.high
    assert 0.91 <= covered / 200 <= 1  # two standard errors of 200 trials below 0.95, less a little for skewness


def test_few_rows_that_all_agree_are_no_certainty() -> None:
    ten_of_ten = difference(np.ones(10), np.ones(10))
    assert ten_of_ten.high - ten_of_ten.low > 0.2
    assert outcome(ten_of_ten) == "cannot tell"
    assert outcome(difference(np.array([1, 1, 1, 0]), np.array([0, 0, 0, 0]))) == "cannot tell"
    assert outcome(difference(np.ones(30), np.zeros(30))) == "better"


def test_the_interval_agrees_with_mcnemar_where_both_are_sure() -> None:
    first = np.array([1] * 40 + [0] * 10 + [1] * 50, dtype=float)
    second = np.array([0] * 40 + [1] * 10 + [1] * 50, dtype=float)
    assert mcnemar_exact(40, 10) < 0.001
    assert outcome(difference(first, second)) == "better"
    assert outcome(difference(second, first)) == "worse"


def test_resamples_are_the_same_for_the_same_seed() -> None:
    first, second = np.array([1.0, 0, 1, 1, 0, 1, 1]), np.array([0.0, 1, 1, 0, 0, 0, 1])
    assert difference(first, second) == difference(first, second)
    assert difference(first, second) != difference(first, second, seed=1)


def test_macro_f1_is_resampled_over_rows() -> None:
    generator = np.random.default_rng(0)
    first, second = (generator.random(80) < 0.9) * 1.0, (generator.random(80) < 0.5) * 1.0
    assert outcome(difference(first, second, metric="macro_f1")) == "better"


def test_mcnemar_equals_the_binomial_test() -> None:
    from scipy.stats import binomtest

    for only_first, only_second in [(0, 0), (1, 0), (3, 9), (12, 5), (100, 140)]:
        rows = only_first + only_second
        reference = binomtest(only_first, rows).pvalue if rows else 1.0
        assert mcnemar_exact(only_first, only_second) == pytest.approx(reference)


def test_wilson_equals_its_textbook_value() -> None:
    from scipy.stats import binomtest

    for right, rows in [(0, 10), (10, 10), (504, 562), (1, 3)]:
        reference = binomtest(right, rows).proportion_ci(method="wilson")
        assert wilson_interval(right, rows) == pytest.approx((reference.low, reference.high), abs=1e-9)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.01, 0.2, "better"),
        (-0.2, -0.01, "worse"),
        (-0.02, 0.03, "no difference"),
        (-0.02, 0.2, "cannot tell"),
        (0, 0.2, "cannot tell"),
    ],
)
def test_four_outcomes(low: float, high: float, expected: str) -> None:
    interval = Interval((low + high) / 2, low, high, 0.01)
    assert outcome(interval) == expected
    swapped = {"better": "worse", "worse": "better"}.get(expected, expected)
    assert outcome(interval, is_higher_better=False) == swapped


@given(st.floats(-1, 1), st.floats(0.001, 1), st.integers(2, 5000))
def test_the_rows_that_would_tell_are_rounded_and_never_none(value: float, deviation: float, rows: int) -> None:
    if math.isclose(abs(value), 0, abs_tol=1e-6) or abs(value) == MARGIN:
        value = 0.01
    more = rows_to_tell(Interval(value, value - deviation, value + deviation, deviation), rows)
    assert more >= 1
    assert more == int(str(more)[:2].ljust(len(str(more)), "0"))


def test_so_many_rows_do_tell() -> None:
    generator = np.random.default_rng(5)
    first, second = (generator.random(60) < 0.8) * 1.0, (generator.random(60) < 0.72) * 1.0
    interval = difference(first, second)
    assert outcome(interval) == "cannot tell"
    more = rows_to_tell(interval, 60)
    told = 0
    for trial in range(60):
        drawn = generator.integers(0, 60, 60 + more)
        told += outcome(difference(first[drawn], second[drawn], seed=trial, resamples=300)) in (
            "better",
            "worse",
            "no difference",
        )
    assert 0.65 <= told / 60 <= 0.95  # aimed at 0.8
