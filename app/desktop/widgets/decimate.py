"""Fewer points for the same picture: plain Python, so that a chart costs no heavy import."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite

Point = tuple[int, float]


class Stretches:
    """What a growing line comes to, stretch by stretch: a stretch that is full is not looked at again.

    Args:
        summarise: makes few points of a stretch's.
    """

    def __init__(self, summarise: Callable[[Sequence[Point]], list[Point]]) -> None:
        self._summarise = summarise
        self._size = 1
        self._kept: list[Point] = []
        self._done = 0  # points of the full stretches
        self._ends: tuple[Point, Point] | None = None  # the first and the last of them

    def of(self, points: Sequence[Point], most: int) -> list[Point]:
        """What at most `most` stretches of the points come to.

        Args:
            points: those of the last call, as the same objects, and further ones; of any others all is made anew.
        """
        size = 1 << max(0, -(-len(points) // max(1, most)) - 1).bit_length()  # a power of two: it seldom changes
        if size != self._size or not self._goes_on(points):
            self._size, self._kept, self._done, self._ends = size, [], 0, None
        full = len(points) - len(points) % size
        for start in range(self._done, full, size):
            self._kept.extend(self._summarise(points[start : start + size]))
        if full:
            self._done, self._ends = full, (points[0], points[full - 1])
        return [*self._kept, *(self._summarise(points[full:]) if full < len(points) else [])]

    def _goes_on(self, points: Sequence[Point]) -> bool:
        if self._ends is None:
            return True
        first, last = self._ends
        return len(points) >= self._done and points[0] is first and points[self._done - 1] is last


def extremes(stretch: Sequence[Point]) -> list[Point]:
    """The lowest and the highest point, in their order; what is no number counts where there is nothing else."""
    values = [value for _, value in stretch]  # plain numbers: finding the least of them needs no call for each
    low, high = min(values), max(values)
    if not (isfinite(low) and isfinite(high)):
        numbers = [value for value in values if isfinite(value)]
        low, high = (min(numbers), max(numbers)) if numbers else (values[0], values[0])
    return [stretch[place] for place in sorted({values.index(low), values.index(high)})]


def mean(stretch: Sequence[Point]) -> list[Point]:
    """The mean, at the middle step."""
    return [(stretch[len(stretch) // 2][0], sum([value for _, value in stretch]) / len(stretch))]


def smooth(points: Sequence[Point], window: int) -> list[Point]:
    """The moving mean over `window` points, centred; shorter at the ends."""
    if window < 2 or len(points) < 3:
        return list(points)
    half, sums = window // 2, [0.0]
    for _, value in points:
        sums.append(sums[-1] + value)
    made = []
    for place, (step, _) in enumerate(points):
        reach = min(half, place, len(points) - 1 - place)
        low, high = place - reach, place + reach + 1
        made.append((step, (sums[high] - sums[low]) / (high - low)))
    return made
