"""What hyperparameters and estimates need to know about a dataset's training rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Lengths:
    """How long texts are, in tokens of the base."""

    p50: int
    p95: int
    max: int


@dataclass(frozen=True)
class RowFacts:
    """Size and shape of the training split.

    Attributes:
        train_rows: number of rows.
        labels: number of different answers where the task is classification.
        prompt_tokens: everything before the answer, rendered with the base's chat template.
        completion_tokens: the answers with their end token.
    """

    train_rows: int
    labels: int | None
    prompt_tokens: Lengths
    completion_tokens: Lengths
