"""Fewer points for the same picture: plain Python, so that a chart costs no heavy import."""

from __future__ import annotations

from collections.abc import Sequence

Point = tuple[int, float]


def decimate(points: Sequence[Point], bins: int) -> list[Point]:
    """At most about `2 * bins` points that keep every peak: the lowest and the highest of each stretch of steps."""
    if len(points) <= 2 * bins or bins < 1:
        return list(points)
    size = -(-len(points) // bins)
    values = [value for _, value in points]  # plain numbers: finding the least of them needs no call for each
    kept: list[Point] = []
    for start in range(0, len(points), size):
        stretch = values[start : start + size]
        places = {stretch.index(min(stretch)), stretch.index(max(stretch))}
        kept.extend(points[start + place] for place in sorted(places))
    if kept[-1] != points[-1]:
        kept.append(points[-1])
    return kept


def bucket_means(points: Sequence[Point], most: int) -> list[Point]:
    """At most `most` points, each the mean of a stretch, at its middle step."""
    if len(points) <= most:
        return list(points)
    size = -(-len(points) // most)
    made = []
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        made.append((stretch[len(stretch) // 2][0], sum([value for _, value in stretch]) / len(stretch)))
    return made


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
