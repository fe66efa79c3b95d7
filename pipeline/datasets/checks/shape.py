"""Labels that are far more frequent than others, and rows far shorter or longer than the rest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import median

from pipeline.datasets.checks.treatment import Found, Outcome, settle
from pipeline.datasets.problem import EXAMPLES, Problem, counted
from pipeline.datasets.row import Draft
from pipeline.plan.model import Treatment

_UNEVEN = 10  # times as many rows of one label as of another
_FAR = 6.0  # robust standard deviations of the logarithm of the length
_FEWEST = 20  # rows from which an ordinary length can be told
_SHORT = 2  # characters of a text that says nothing
_SPREAD_OF_NORMAL = 1.4826  # standard deviation / median absolute deviation of a normal distribution
_LEAST_SPREAD = 0.25  # texts of nearly one length: half as long again is no flaw


def check_balance(drafts: Sequence[Draft]) -> list[Problem]:
    """Names labels that have far fewer rows than the largest."""
    counts = Counter(draft.label for draft in drafts if draft.label is not None)
    if len(counts) < 2:
        return []
    (largest, most), (_, least) = counts.most_common(1)[0], counts.most_common()[-1]
    if most < _UNEVEN * least:
        return []
    few = sorted((count, label) for label, count in counts.items() if most >= _UNEVEN * count)
    return [
        Problem(
            code="data.imbalance",
            severity="warning",
            count=len(few),
            message=f"The label {largest!r} has {most:,} rows ({most / counts.total():.0%}), "
            f"{counted(len(few), 'other')} less than a tenth of it: always saying {largest!r} is right that often.",
            hint="Look at macro_f1, which counts every label alike; add rows of the small ones.",
            examples=[f"{label}: {counted(count, 'row')}" for count, label in few[:EXAMPLES]],
        )
    ]


def check_extremes(drafts: Sequence[Draft], action: Treatment) -> Outcome:
    """Rows whose text or answer is far shorter or longer than the others'."""
    if action == "off":
        return list(drafts), [], []
    why: dict[int, str] = {}
    for part, lengths in (
        ("text", [len(draft.prompt_text) for draft in drafts]),
        ("answer", [len(draft.completion) if draft.label is None else 0 for draft in drafts]),
        ("rejected answer", [len(draft.rejected[-1]["content"]) if draft.rejected else 0 for draft in drafts]),
    ):
        usual, low, high = _bounds([length for length in lengths if length])
        for index, length in enumerate(lengths):
            if length and not low <= length <= high:
                why.setdefault(index, f"its {part} has {length:,} characters, usual are {usual:,}.")
    why |= {i: "its text has no letters." for i, draft in enumerate(drafts) if _says_nothing(draft.prompt_text)}
    what = f"{counted(len(why), 'row')} far shorter or longer than the others, {{done}}."
    hint = "Look at them: often a paste that went wrong. Set dataset.checks.extremes to quarantine to leave them out."
    return settle(drafts, Found("data.extreme", "extremes", what, hint, dict(sorted(why.items()))), action)


def _says_nothing(text: str) -> bool:
    return len(text.strip()) < _SHORT or not any(character.isalnum() for character in text)


def _bounds(lengths: Sequence[int]) -> tuple[int, float, float]:
    """The usual length, and the shortest and longest that are not far from it."""
    if len(lengths) < _FEWEST:
        return 0, 0, math.inf
    logs = [math.log(length) for length in lengths]
    middle = median(logs)
    spread = max(_LEAST_SPREAD, _SPREAD_OF_NORMAL * median([abs(one - middle) for one in logs]))
    return round(math.exp(middle)), math.exp(middle - _FAR * spread), math.exp(middle + _FAR * spread)
