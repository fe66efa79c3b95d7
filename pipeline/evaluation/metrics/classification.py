"""Metrics of labels. An answer that is no label is wrong, and counts for no label."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from pipeline.evaluation.metrics.answers import Answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def accuracy(answers: Answers) -> Floats:
    """1 where the answer is the expected text, [n]."""
    pairs = zip(answers.given, answers.expected, strict=True)
    return np.array([given == expected for given, expected in pairs], dtype=np.float64)


def invalid(answers: Answers) -> Floats:
    """1 where the answer is none of the labels, [n]."""
    labels = answers.labels or frozenset(answers.expected)
    return np.array([given not in labels for given in answers.given], dtype=np.float64)


def macro_f1(answers: Answers) -> Callable[[Floats], Floats]:
    """Mean of the F1 of each label that the counted rows expect; weights [b, n] → values [b].

    Labels without a row say nothing and are left out; a resample may lose a rare label in the same way.

    Source:
        scikit-learn `f1_score(average="macro", labels=labels of the rows, zero_division=0)`.
    """
    labels = sorted(set(answers.expected))
    expected, given = _one_hot(answers.expected, labels), _one_hot(answers.given, labels)
    right = expected * given

    def over(weights: Floats) -> Floats:
        support = weights @ expected
        f1 = 2 * (weights @ right) / np.maximum(support + weights @ given, 1e-12)
        counted: Floats = (f1 * (support > 0)).sum(axis=1) / (support > 0).sum(axis=1)
        return counted

    return over


def _one_hot(texts: object, labels: list[str]) -> Floats:
    """[n, labels]; a text that is no label has a row of zeros."""
    column = np.array(labels, dtype=object)
    equal: Floats = (np.array(texts, dtype=object)[:, None] == column[None, :]).astype(np.float64)
    return equal
