"""Statistics of paired answers: intervals, tests, and what can be told from so many rows.

NumPy is imported where it draws: the window asks for intervals of shares alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]

Outcome = Literal["better", "worse", "no difference", "cannot tell"]

LEVEL = 0.95
RESAMPLES = 4000
MARGIN = 0.03  # a difference below 3 points is one that nobody would act on; an interval inside it is narrow
POWER = 0.8  # source: Cohen, Statistical Power Analysis (1988), the customary chance to find what is there
_CHUNK_CELLS = 4_000_000  # weights of one batch of resamples: 32 MB


@dataclass(frozen=True)
class Interval:
    """A measured value with its confidence interval and standard error."""

    value: float
    low: float
    high: float
    deviation: float


def resample(
    statistics: Mapping[str, Statistic], rows: int, *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Floats]:
    """Bootstrap distributions of several statistics over the same resamples, so that they can be subtracted.

    Args:
        statistics: name → function from row weights [b, rows] to values [b].
        rows: number of rows to draw from, with replacement.
        resamples: how often.
        seed: of the draws.

    Returns:
        name → values [resamples].

    Source:
        Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapters 6 and 13.
    """
    import numpy as np

    generator = np.random.default_rng(seed)
    step = max(1, min(resamples, _CHUNK_CELLS // rows))
    parts: dict[str, list[Floats]] = {name: [] for name in statistics}
    for start in range(0, resamples, step):
        weights = _row_weights(generator, min(step, resamples - start), rows)
        for name, statistic in statistics.items():
            parts[name].append(statistic(weights))
    return {name: np.concatenate(values) for name, values in parts.items()}


def _row_weights(generator: np.random.Generator, resamples: int, rows: int) -> Floats:
    """How often each row is drawn, [resamples, rows]."""
    import numpy as np

    drawn = generator.integers(0, rows, size=(resamples, rows))
    drawn += np.arange(resamples)[:, None] * rows
    counts = np.bincount(drawn.ravel(), minlength=resamples * rows)
    return counts.reshape(resamples, rows).astype(np.float64)


def percentile_interval(value: float, distribution: Floats) -> Interval:
    """The middle 95 % of a bootstrap distribution, stretched where needed so that it holds `value`.

    Source:
        Efron & Tibshirani (1993), chapter 13: the percentile interval.
    """
    import numpy as np

    tail = (1 - LEVEL) / 2
    low, high = np.quantile(distribution, [tail, 1 - tail])
    return Interval(value, min(float(low), value), max(float(high), value), float(distribution.std()))


def wilson_interval(right: int, rows: int) -> tuple[float, float]:
    """95 % interval of a share.

    Source:
        Wilson, Journal of the American Statistical Association 22 (1927), 209-212.
    """
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share, spread = right / rows, z * z / rows
    centre = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / rows + spread / (4 * rows))
    return max(0.0, centre - half), min(1.0, centre + half)


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Two-sided p-value that two models are right equally often, from the rows on which just one of them is.

    Source:
        McNemar, Psychometrika 12 (1947), 153-157, with the exact binomial distribution.
    """
    rows = only_first + only_second
    smaller = min(only_first, only_second)
    tail: int = sum(math.comb(rows, k) for k in range(smaller + 1))
    return float(min(1.0, 2 * tail / 2**rows))


def outcome(difference: Interval, *, is_higher_better: bool = True) -> Outcome:
    """Better or worse: the interval excludes zero. No difference: it holds zero and lies within ±MARGIN."""
    low, high = difference.low, difference.high
    if low > 0 or high < 0:
        return "better" if (low > 0) == is_higher_better else "worse"
    return "no difference" if -low <= MARGIN and high <= MARGIN else "cannot tell"


def rows_to_tell(difference: Interval, rows: int) -> int:
    """About how many rows, over the present ones, would give an answer if the true difference is the measured one.

    An answer is either an interval that excludes zero (with a chance of POWER) or one that lies within ±MARGIN,
    whichever takes fewer rows. The standard error shrinks with the square root of the rows.

    Returns:
        Further rows, rounded up to two digits; at least 1.

    Source:
        Cohen (1988), chapter 2: n = ((z_level + z_power) · deviation / difference)².
    """
    normal = NormalDist()
    z = normal.inv_cdf((1 + LEVEL) / 2) + normal.inv_cdf(POWER)
    distances = [abs(difference.value), MARGIN - abs(difference.value)]
    deviation = difference.deviation * math.sqrt(rows)
    needed = min((z * deviation / distance) ** 2 for distance in distances if distance > 0)
    return _two_digits(max(1, math.ceil(needed) - rows))


def _two_digits(count: int) -> int:
    unit: int = 10 ** max(0, len(str(count)) - 2)
    return math.ceil(count / unit) * unit
