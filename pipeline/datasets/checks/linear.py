"""A linear classifier on TF-IDF, as a measuring tool: which labels it doubts, and whether more rows would help."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST_ROWS = 6_000  # a sample of more says the same in more time
_SEED = 20_251
_FOLDS = 3
_FEWEST_ROWS, _FEWEST_OF_LABEL = 90, 5
_TEST_SHARE = 0.25
_SIZES, _REPEATS = 5, 3
_SMALLEST = 6  # part of the rows that the smallest subset is: below it a curve has not found its law yet
_WIDEST = 0.08  # width of the interval, in accuracy, beyond which nothing can be said
_MATTERS = 0.01  # gain in accuracy that is worth more rows
_FITS = 400  # refits of the curve for its interval
_HIGHEST_FLOOR = 0.5  # of the lowest error: how far it might fall is what the rows say least about
_TAIL = 3  # points at the end that a refit uses at least: curves of texts get steeper before they flatten
_NO_ERROR = 0.02  # error below which more rows are not needed, whatever the curve
_STEEPNESS = 2.0  # e^-2 for a margin's width between a label and the likeliest one
_LINE = 0.05  # root mean square distance of the points from their curve, in accuracy, beyond which it is no curve


@dataclass(frozen=True)
class LearningCurve:
    """Whether more rows would help, as far as a linear model shows.

    Attributes:
        verdict: `more helps`, `enough`, or `can't tell`.
        text: the same in words, with numbers.
        points: (training rows, accuracy on rows that were held out), mean of several draws.
        at_double: expected accuracy with twice the rows, and its 90 % interval; None where it can't be told.
    """

    verdict: str
    text: str
    points: list[tuple[int, float]]
    at_double: tuple[float, float, float] | None = None


def agreement(texts: Sequence[str], labels: Sequence[str]) -> list[float] | None:
    """For each row, the chance that a model which has not seen it gives its label, relative to the likeliest label's.

    Returns:
        None where a label has fewer than five rows, or there are too many rows to ask in seconds.
    """
    counts = Counter(labels)
    if len(counts) < 2 or min(counts.values()) < _FEWEST_OF_LABEL or len(texts) > _MOST_ROWS:
        return None
    import numpy as np
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.svm import LinearSVC

    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=_SEED)
    model = LinearSVC(C=1.0, random_state=_SEED)
    margins = cross_val_predict(model, _vectors(texts), list(labels), cv=folds, method="decision_function")
    if margins.ndim == 1:
        margins = np.stack([-margins, margins], axis=1)
    column = {label: index for index, label in enumerate(sorted(counts))}
    own = margins[np.arange(len(labels)), [column[label] for label in labels]]
    relative: list[float] = np.exp(_STEEPNESS * (own - margins.max(axis=1))).tolist()
    return relative


def learning_curve(texts: Sequence[str], labels: Sequence[str], groups: Sequence[str]) -> LearningCurve:
    """Trains on growing subsets, fits error = floor + factor * rows ^ -slope, and looks at twice the rows.

    What no number of rows would take away is the least known: the interval goes over floors up to half of the error,
    and over fits of the last three points up to all.

    Args:
        texts: prompts.
        labels: of the texts.
        groups: near duplicates share one and stay on one side.

    Source:
        arXiv 1712.00409, the power law of learning curves; the interval is our bootstrap over draws and test rows.
    """
    chosen = sorted(Random(_SEED).sample(range(len(texts)), min(len(texts), _MOST_ROWS)))
    enough_of = {label for label, count in Counter(labels[i] for i in chosen).items() if count >= _FEWEST_OF_LABEL}
    chosen = [i for i in chosen if labels[i] in enough_of]
    if len(chosen) < _FEWEST_ROWS or len(enough_of) < 2:
        text = (
            f"Can't tell whether these rows are enough: {len(chosen)} rows of labels with {_FEWEST_OF_LABEL} or more."
        )
        return LearningCurve("can't tell", text, [])
    return _read(*_measured([texts[i] for i in chosen], [labels[i] for i in chosen], [groups[i] for i in chosen]))


def _vectors(texts: Sequence[str]) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=1).fit_transform(texts)
    except ValueError:  # no word of two letters anywhere
        return TfidfVectorizer(analyzer="char", ngram_range=(1, 3)).fit_transform(texts)


def _measured(
    texts: Sequence[str], labels: Sequence[str], groups: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.float64], int, int]:
    """Sizes int64 [sizes], accuracies float64 [sizes, repeats], test rows, training rows."""
    import numpy as np
    from sklearn.svm import LinearSVC

    vectors, wanted = _vectors(texts), np.array(labels)
    shuffled = sorted(set(groups))
    Random(_SEED).shuffle(shuffled)
    held_out = set(shuffled[: max(1, int(_TEST_SHARE * len(shuffled)))])
    test = np.array([i for i, group in enumerate(groups) if group in held_out])
    pool = [i for i, group in enumerate(groups) if group not in held_out]
    smallest = min(len(pool) // 2, max(20, len(pool) // _SMALLEST))
    sizes = np.unique(np.geomspace(smallest, len(pool), _SIZES).astype(int))
    scores = np.zeros((len(sizes), _REPEATS))
    for repeat in range(_REPEATS):
        order = pool.copy()
        Random(_SEED + repeat).shuffle(order)
        for row, size in enumerate(sizes):
            train = order[:size]
            if len(set(wanted[train])) < 2:
                scores[row, repeat] = np.mean(wanted[test] == wanted[train[0]])
                continue
            model = LinearSVC(C=1.0, random_state=_SEED).fit(vectors[train], wanted[train])
            scores[row, repeat] = np.mean(model.predict(vectors[test]) == wanted[test])
    return sizes, scores, len(test), len(pool)


def _read(sizes: NDArray[np.int64], scores: NDArray[np.float64], tested: int, trained: int) -> LearningCurve:
    import numpy as np

    means = scores.mean(axis=1)
    points = [(int(size), round(float(mean), 4)) for size, mean in zip(sizes, means, strict=True)]
    if means[-1] >= 1 - _NO_ERROR:
        text = f"A linear model is right in {means[-1]:.1%} of {tested:,} held-out rows after {trained:,}: enough."
        return LearningCurve("enough", text, points)
    law = _fitted(sizes, 1 - means, 0.0)
    distance = math.sqrt(float(np.mean((_error(law, sizes) - (1 - means)) ** 2)))
    if distance > _LINE:
        text = f"Can't tell whether more rows would help: accuracy jumps about by {distance:.1%} as rows are added."
        return LearningCurve("can't tell", text, points)
    random = np.random.default_rng(_SEED)
    gains = []
    noise = np.sqrt(np.clip(means * (1 - means), 0.25 / tested, None) / tested)
    for _ in range(_FITS):
        drawn = np.take_along_axis(scores, random.integers(0, _REPEATS, scores.shape), axis=1).mean(axis=1)
        errors = np.clip(1 - drawn + random.normal(0, noise), 0, 1)
        first = random.integers(0, max(1, len(sizes) - _TAIL + 1))
        refit = _fitted(sizes[first:], errors[first:], random.uniform(0, _HIGHEST_FLOOR))
        gains.append(_error(refit, sizes[-1:])[0] - _error(refit, 2 * sizes[-1:])[0])
    low, middle, high = (float(value) for value in np.quantile(gains, [0.05, 0.5, 0.95]))
    # Another held-out part would give another level, too: that belongs to what is promised, not to the gain.
    levels = means[-1] + random.normal(0, math.sqrt(means[-1] * (1 - means[-1]) / tested), len(gains)) + gains
    lowest, highest = (round(float(value), 4) for value in np.clip(np.quantile(levels, [0.05, 0.95]), 0, 1))
    at_double = (round(min(1.0, float(means[-1]) + middle), 4), lowest, highest)
    return _verdict(points, trained, tested, float(means[-1]), (middle, low, high), at_double)


def _verdict(
    points: list[tuple[int, float]],
    trained: int,
    tested: int,
    now: float,
    gain: tuple[float, float, float],
    at_double: tuple[float, float, float],
) -> LearningCurve:
    middle, low, high = gain
    so_far = f"A linear model is right in {now:.1%} of {tested:,} held-out rows after {trained:,}"
    if high - low > _WIDEST:
        text = f"{so_far}; what twice as many would give can't be told: between {low:+.1%} and {high:+.1%}."
        return LearningCurve("can't tell", text, points, at_double)
    expected = f"twice as many would give it {middle * 100:+.1f} points ({low * 100:+.1f} to {high * 100:+.1f})"
    is_worth_it = middle >= _MATTERS
    advice = "More rows help." if is_worth_it else "More of the same rows would help little."
    text = f"{so_far}; {expected}. {advice} A fine-tuned model may need fewer."
    verdict = "more helps" if is_worth_it else "enough"
    return LearningCurve(verdict, text, points, at_double)


def _fitted(sizes: NDArray[np.int64], errors: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """floor, factor and slope of the power law, by least squares of the logarithms.

    Args:
        sizes: training rows.
        errors: share of wrong answers at each size.
        floor: of the lowest error, the share that no number of rows takes away.
    """
    import numpy as np

    rest = floor * float(errors.min())
    slope, factor = np.polyfit(np.log(sizes), np.log(np.clip(errors - rest, 1e-4, None)), 1)
    return np.array([rest, math.exp(factor), max(0.0, -float(slope))])


def _error(law: NDArray[np.float64], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    errors: NDArray[np.float64] = law[0] + law[1] * sizes.astype(float) ** -law[2]
    return errors
