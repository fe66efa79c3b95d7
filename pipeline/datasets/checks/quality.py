"""How good each row is, by parts that are shown, and which rows to leave out first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from pipeline.datasets.checks.offensive import is_offensive
from pipeline.datasets.checks.personal_patterns import personal_data
from pipeline.datasets.checks.phrases import has_injection, is_boilerplate, is_refusal
from pipeline.datasets.checks.texts import is_mojibake
from pipeline.datasets.row import Draft

Part = Literal["readable", "safe", "useful", "new", "agreed"]
PARTS: tuple[Part, ...] = get_args(Part)
_LEAVE = 0.6  # score below which a row is proposed to be left out
_MOST = 0.2  # share of the rows that is proposed at most: where more is bad, the data needs a look and no button
_DOUBTED = 0.1  # chance that the model gives a label, against the likeliest one's, below which it is doubted


@dataclass(frozen=True)
class Quality:
    """A data set's quality.

    Attributes:
        score: mean over rows of the mean of their parts, 0 to 100.
        parts: mean of each part over the rows, 0 to 1.
        rows: each row's own score, 0 to 1, in the order of the rows.
        leave_out: positions of rows that are proposed to be left out, worst first.
        why: position → the parts that it fails.
    """

    score: float
    parts: dict[Part, float]
    rows: list[float]
    leave_out: list[int]
    why: dict[int, list[Part]] = field(default_factory=dict)


def quality(drafts: Sequence[Draft], agreement: Sequence[float] | None = None) -> Quality:
    """Scores rows.

    Args:
        drafts: checked rows with their groups.
        agreement: for each row, the chance a model that has not seen it gives its label, relative to the likeliest
            label's, 0 to 1; None where rows have no labels or too few.
    """
    groups = Counter(draft.group for draft in drafts)
    values = [_parts(draft, groups, None if agreement is None else agreement[i]) for i, draft in enumerate(drafts)]
    rows = [sum(parts.values()) / len(parts) if parts else 0.0 for parts in values]
    failed = {i: [part for part, value in parts.items() if value <= _DOUBTED] for i, parts in enumerate(values)}
    # A part that fails altogether is enough: four good ones don't mend a leaked password.
    bad = [i for i, score in enumerate(rows) if score < _LEAVE or any(part != "new" for part in failed[i])]
    worst = sorted((i for i in bad if drafts[i].own_split != "test"), key=lambda i: (rows[i], i))
    there = [part for part in PARTS if part in (values[0] if values else {})]
    return Quality(
        score=100 * sum(rows) / len(rows) if rows else 0.0,
        parts={part: sum(parts[part] for parts in values) / len(values) for part in there},
        rows=rows,
        leave_out=worst[: int(_MOST * len(drafts))],
        why={i: failed[i] for i in worst},
    )


def _use(draft: Draft) -> float:
    if draft.desired is False:
        return 1.0  # it shows what is not wanted
    return 0.0 if is_refusal(draft.completion) else 0.5 if is_boilerplate(draft.completion) else 1.0


def _parts(draft: Draft, groups: Mapping[str, int], agreement: float | None) -> dict[Part, float]:
    texts = draft.texts
    is_safe = not any(personal_data(text) or is_offensive(text) for text in texts) and not has_injection(draft)
    says_nothing = not any(character.isalnum() for character in draft.prompt_text)
    parts: dict[Part, float] = {
        "readable": 0.0 if says_nothing or any(is_mojibake(text) for text in texts) else 1.0,
        "safe": 1.0 if is_safe else 0.0,
        "useful": _use(draft),
        "new": 1 / max(1, groups[draft.group]),
    }
    return parts if agreement is None else {**parts, "agreed": agreement}
