"""The table of all metrics: names as in `plan.evaluation.metrics`, directions, and how each is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import BadInput
from pipeline.evaluation.metrics import classification, generation
from pipeline.evaluation.metrics.answers import Answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Statistic = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Metric:
    """One metric, 0 to 1.

    Args:
        name: as in plan.yaml and verdict.json.
        title: as in a sentence ("+31 points accuracy").
        explanation: what one sees in it, for a non-specialist.
        per_row: scores [n]; None where the metric is no mean over rows.
        over_rows: for those, a function from row weights [b, n] to values [b].
        is_higher_better: direction.
    """

    name: str
    title: str
    explanation: str
    per_row: Callable[[Answers], Floats] | None = None
    over_rows: Callable[[Answers], Statistic] | None = None
    is_higher_better: bool = True

    def value(self, answers: Answers) -> float:
        """The metric over all rows."""
        return float(self.statistic(answers)(np.ones((1, len(answers.expected))))[0])

    def statistic(self, answers: Answers) -> Statistic:
        """The metric as a function of how often each row counts: weights [b, n] → values [b]."""
        if self.over_rows is not None:
            return self.over_rows(answers)
        assert self.per_row is not None  # noqa: S101 - every row of METRICS has one of the two
        scores = self.per_row(answers)
        return lambda weights: (weights @ scores) / weights.sum(axis=1)


METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "accuracy", "share of rows with the right label", per_row=classification.accuracy),
        Metric(
            "macro_f1",
            "macro F1",
            "how well labels are found, every label counting the same, however rare",
            over_rows=classification.macro_f1,
        ),
        Metric(
            "invalid",
            "answers outside the label list",
            "share of answers that are none of the labels",
            per_row=classification.invalid,
            is_higher_better=False,
        ),
        Metric(
            "exact_match",
            "exact matches",
            "share of answers equal to the expected text, case, punctuation and articles apart",
            per_row=generation.exact_match,
        ),
        Metric(
            "exact_match_strict",
            "strict exact matches",
            "share of answers equal to the expected text, letter by letter",
            per_row=generation.exact_match_strict,
        ),
        Metric(
            "rouge_l",
            "ROUGE-L",
            "how much of the expected wording is there, in its order",
            per_row=generation.rouge_l,
        ),
    )
}

_FOR_CLASSIFICATION = ["accuracy", "macro_f1"]
_FOR_TEXT = ["rouge_l", "exact_match"]
_NEEDS_LABELS = {"macro_f1", "invalid"}


def chosen_metrics(task: str, wanted: Iterable[str]) -> list[Metric]:
    """The metrics of an evaluation, the deciding one first; the task's usual ones where none is asked for.

    Raises:
        BadInput: `evaluation.unknown_metric`, with all of them; `evaluation.metric_needs_labels`.
    """
    is_classification = task == "classification"
    names = list(dict.fromkeys(wanted)) or (_FOR_CLASSIFICATION if is_classification else _FOR_TEXT)
    if unknown := [name for name in names if name not in METRICS]:
        raise BadInput(
            "evaluation.unknown_metric",
            f"evaluation.metrics has {', '.join(unknown)}, which this version can't measure.",
            f"Choose from {', '.join(METRICS)}.",
        )
    if not is_classification and (wrong := _NEEDS_LABELS.intersection(names)):
        raise BadInput(
            "evaluation.metric_needs_labels",
            f"evaluation.metrics has {', '.join(sorted(wrong))}, which needs labels; the task is {task}.",
            f"Choose from {', '.join(name for name in METRICS if name not in _NEEDS_LABELS)}.",
        )
    return [METRICS[name] for name in names]
