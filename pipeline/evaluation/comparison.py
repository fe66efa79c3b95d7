"""From answers to numbers: metrics with intervals, paired differences, gates, labels and confusions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.evaluation.metrics.answers import Answers
from pipeline.evaluation.metrics.table import Metric
from pipeline.evaluation.statistics import (
    Interval,
    mcnemar_exact,
    outcome,
    percentile_interval,
    resample,
    rows_to_tell,
    wilson_interval,
)
from pipeline.evaluation.verdict import ADAPTER, BASE, PROMPTED_BASE, Confusion, Difference, GateResult, LabelScore
from pipeline.plan.gates import Gate

_MOST_CONFUSIONS = 20


@dataclass(frozen=True)
class Comparison:
    """All models' answers to the same rows, measured.

    Args:
        answers: model key → answers, `adapter` among them.
        metrics: the deciding one first.
        seed: of the resampling.
    """

    answers: Mapping[str, Answers]
    metrics: Sequence[Metric]
    seed: int = 0

    @property
    def rows(self) -> int:
        return len(self.answers[ADAPTER].expected)

    @property
    def opponents(self) -> list[str]:
        return [model for model in self.answers if model != ADAPTER]

    def values(self) -> dict[str, dict[str, float]]:
        """model → metric → value."""
        return {
            model: {metric.name: metric.value(answers) for metric in self.metrics}
            for model, answers in self.answers.items()
        }

    def intervals(self) -> dict[str, dict[str, tuple[float, float]]]:
        """model → metric → 95 % interval: Wilson's for shares of rows, resampled for means."""
        return {model: self._own_intervals(answers) for model, answers in self.answers.items()}

    def _own_intervals(self, answers: Answers) -> dict[str, tuple[float, float]]:
        found, resampled = {}, {}
        for metric in self.metrics:
            scores = metric.per_row(answers) if metric.per_row else None
            if scores is not None and bool(np.isin(scores, (0, 1)).all()):
                found[metric.name] = wilson_interval(int(scores.sum()), self.rows)
            else:
                resampled[metric.name] = metric.statistic(answers)
        drawn = resample(resampled, self.rows, seed=self.seed)
        for metric in self.metrics:
            if metric.name in drawn:
                interval = percentile_interval(metric.value(answers), drawn[metric.name])
                found[metric.name] = (interval.low, interval.high)
        return {metric.name: found[metric.name] for metric in self.metrics}

    def differences(self) -> list[Difference]:
        """The adapter against every opponent, metric by metric, over the same resamples of rows."""
        values = self.values()
        found = []
        for metric in self.metrics:
            statistics = {
                model: metric.statistic(answers.with_doubt(is_first=model == ADAPTER))
                for model, answers in self.answers.items()
            }
            drawn = resample(statistics, self.rows + 2, seed=self.seed)
            for opponent in self.opponents:
                value = values[ADAPTER][metric.name] - values[opponent][metric.name]
                interval = percentile_interval(value, drawn[ADAPTER] - drawn[opponent])
                found.append(self._difference(metric, opponent, interval))
        return found

    def _difference(self, metric: Metric, opponent: str, interval: Interval) -> Difference:
        told = outcome(interval, is_higher_better=metric.is_higher_better)
        return Difference(
            metric=metric.name,
            against=opponent,
            value=interval.value,
            low=interval.low,
            high=interval.high,
            outcome=told,
            p=self._mcnemar(metric, opponent) if metric.name == "accuracy" else None,
            more_rows=rows_to_tell(interval, self.rows) if told == "cannot tell" else None,
        )

    def _mcnemar(self, metric: Metric, opponent: str) -> float:
        assert metric.per_row is not None  # noqa: S101 - accuracy is a mean over rows
        first, second = metric.per_row(self.answers[ADAPTER]), metric.per_row(self.answers[opponent])
        return mcnemar_exact(int((first > second).sum()), int((first < second).sum()))

    def best_base(self) -> str | None:
        """The stronger one of `base` and `base+prompt` by the deciding metric: the opponent that counts."""
        values, metric = self.values(), self.metrics[0]
        sign = 1 if metric.is_higher_better else -1
        bases = [model for model in (PROMPTED_BASE, BASE) if model in self.answers]
        return max(bases, key=lambda model: sign * values[model][metric.name], default=None)

    def labels(self) -> list[LabelScore]:
        """Each label that the test rows expect, the most frequent first."""
        expected = self.answers[ADAPTER].expected
        counts = Counter(expected)
        given = Counter(self.answers[ADAPTER].given)
        right = {model: _right(answers) for model, answers in self.answers.items()}
        return [
            LabelScore(
                label=label,
                rows=rows,
                recall={model: right[model][label] / rows for model in self.answers},
                precision=right[ADAPTER][label] / given[label] if given[label] else None,
            )
            for label, rows in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        ]

    def confusions(self) -> list[Confusion]:
        """Which labels the adapter mixes up, the most frequent first."""
        answers = self.answers[ADAPTER]
        pairs = Counter(pair for pair in zip(answers.expected, answers.given, strict=True) if pair[0] != pair[1])
        ranked = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))[:_MOST_CONFUSIONS]
        return [Confusion(expected=expected, given=given, rows=rows) for (expected, given), rows in ranked]


def _right(answers: Answers) -> Counter[str]:
    pairs = zip(answers.expected, answers.given, strict=True)
    return Counter(expected for expected, given in pairs if expected == given)


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": lambda measured, limit: measured > limit,
    ">=": lambda measured, limit: measured >= limit,
    "<": lambda measured, limit: measured < limit,
    "<=": lambda measured, limit: measured <= limit,
}


def check_gate(gate: Gate, values: Mapping[str, Mapping[str, float]], differences: Sequence[Difference]) -> GateResult:
    """Whether an adapter passes one gate.

    Against a model, `>` and `<` ask that the interval of the difference excludes the margin (zero, if none is given);
    `>=` and `<=` compare the difference itself.
    """
    metric, rule = gate.metric, str(gate)
    if metric not in values[ADAPTER]:
        return GateResult(metric=metric, rule=rule, measured=None, passed=None, note=f"{metric} was not measured")
    if isinstance(gate.against, float):
        measured = values[ADAPTER][metric]
        passed = _COMPARE[gate.operator](measured, gate.against + gate.margin)
        return GateResult(metric=metric, rule=rule, measured=measured, passed=passed)
    found = next((each for each in differences if (each.metric, each.against) == (metric, gate.against)), None)
    if found is None:
        note = f"{gate.against} was not measured beside it"
        return GateResult(metric=metric, rule=rule, measured=None, passed=None, note=note)
    deciding = {">": found.low, "<": found.high}.get(gate.operator, found.value)
    passed = _COMPARE[gate.operator](deciding, gate.margin)
    return GateResult(metric=metric, rule=rule, measured=found.value, passed=passed)
