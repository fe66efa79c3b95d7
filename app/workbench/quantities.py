"""Durations, ages, sizes and memory in words: one wording for the window and the command line."""

from __future__ import annotations

import time

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
GIB = 2**30


def duration(seconds: float) -> str:
    """A time that a person reads at once: 0.4 s, 14 s, 3 min, 1 h 20 min."""
    if seconds < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / MINUTE_S)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"


def interval(seconds: float, low: float, high: float) -> str:
    """A duration with its interval, all in one unit: 23 min (18 to 29)."""
    if high < 100:
        return f"{seconds:.0f} s ({low:.0f} to {high:.0f})"
    if high < 100 * MINUTE_S:
        return f"{seconds / MINUTE_S:.0f} min ({low / MINUTE_S:.0f} to {high / MINUTE_S:.0f})"
    return f"{seconds / HOUR_S:.1f} h ({low / HOUR_S:.1f} to {high / HOUR_S:.1f})"


def clock(seconds: float) -> str:
    """A running time: 14:02, 1:14:02."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def age(then: float, now: float | None = None) -> str:
    """How long ago, for a narrow column: 15 s, 6 min, 3 h, yesterday, Tuesday, 12 May; empty where unknown.

    Args:
        then, now: seconds since the epoch; now is this moment where it is None.
    """
    if then <= 0:
        return ""
    seconds = max(0.0, (time.time() if now is None else now) - then)
    if seconds < MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < HOUR_S:
        return f"{seconds / MINUTE_S:.0f} min"
    if seconds < 20 * HOUR_S:
        return f"{seconds / HOUR_S:.0f} h"
    if seconds < 7 * DAY_S:
        return time.strftime("%A", time.localtime(then)) if seconds > 40 * HOUR_S else "yesterday"
    return time.strftime("%-d %B" if seconds < 300 * DAY_S else "%-d %B %Y", time.localtime(then))


def ago(then: float, now: float | None = None) -> str:
    """How long ago, in a sentence: 6 min ago, yesterday, Tuesday, 12 May."""
    said = age(then, now)
    return f"{said} ago" if said[-2:] in {" s", " h"} or said.endswith(" min") else said


def moment(then: float, now: float | None = None) -> str:
    """A point in time: 14:02 where it is today, else 3 Jan 14:02, else 3 Jan 2025; empty where unknown."""
    if then <= 0:
        return ""
    there, here = time.localtime(then), time.localtime(now)
    if there[:3] == here[:3]:
        return time.strftime("%H:%M", there)
    return time.strftime("%-d %b %H:%M" if there.tm_year == here.tm_year else "%-d %b %Y", there)


def size(count: int | None) -> str:
    """Bytes in decimal units: 73 kB, 4.1 MB, 120 MB, 1.2 GB; a dash where unknown."""
    if count is None:
        return "–"
    if count < 1e6:
        return f"{max(1, round(count / 1e3))} kB" if count else "0 kB"
    if count < 1e9:
        return f"{count / 1e6:.1f} MB" if count < 1e8 else f"{count / 1e6:.0f} MB"
    return f"{count / 1e9:.1f} GB"


def memory(used: float, whole: float = 0.0) -> str:
    """Memory in binary units, which it is built and estimated in: 0.3 GiB, 9.2 of 12 GiB; less than 0.1 is said so.

    Args:
        used, whole: GiB; a whole of 0 is left out.
    """
    return f"{_gib(used)} of {_gib(whole)} GiB" if whole else f"{_gib(used)} GiB"


def _gib(amount: float) -> str:
    if 0 < amount < 0.05:
        return "< 0.1"
    return f"{amount:.0f}" if amount >= 100 else f"{amount:.1f}".removesuffix(".0")
