"""Which prompt is a good one for this base: the one that does best on validation rows, never on test rows."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.datasets.row import Row
from pipeline.evaluation.answers.prompts import PROMPTED, Style

VALIDATION_ROWS = 48  # enough to see a difference of some 20 points; three styles cost as much as 144 test rows
WITHOUT_VALIDATION: Style = "turns"


def validation_sample(rows: Sequence[Row]) -> list[Row]:
    """The rows that a prompt is chosen by: the first by identity, which is a hash, so a fair sample."""
    return sorted(rows, key=lambda row: row.id)[:VALIDATION_ROWS]


def best_style(scores: dict[Style, float]) -> Style:
    """The style with the best score; of equal ones the simplest."""
    return max(PROMPTED, key=lambda style: (scores[style], -PROMPTED.index(style)))
