"""How many tokens a version's rows have for a base: what lengths, batches and memory are chosen from. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from pipeline.bases.base import Base
from pipeline.datasets.row import Row
from pipeline.datasets.seen.lengths import RowLength, row_lengths
from pipeline.datasets.versions.version import DatasetVersion


@dataclass(frozen=True)
class TokenLengths:
    """Lengths of many texts, tokens."""

    p50: int
    p95: int
    max: int


@dataclass(frozen=True)
class RowFacts:
    """What the choice of hyperparameters needs to know about a dataset version.

    Attributes:
        train_rows: rows that are trained.
        labels: classification: number of labels.
        prompt_tokens: everything before the last answer, with system prompt and template.
        completion_tokens: the last answer with its end token.
    """

    train_rows: int
    labels: int | None
    prompt_tokens: TokenLengths
    completion_tokens: TokenLengths


def row_facts(version: DatasetVersion, base: Base, system_prompt: str | None = None) -> RowFacts:
    """Counts the tokens of all rows that are trained or watched while training.

    Args:
        version: whose training and validation rows are measured.
        base: whose tokenizer and chat template count.
        system_prompt: of the plan.

    Raises:
        BadInput: `base.no_chat_template`, `base.template_refuses`, `base.template_without_end`.
    """
    lengths = list(row_lengths(base, (row.messages for row in watched_rows(version)), system_prompt))
    for length in lengths:
        if length.error is not None:
            raise length.error
    return facts_of(version, lengths)


def watched_rows(version: DatasetVersion) -> chain[Row]:
    """Rows that are trained, then those that are watched while training."""
    return chain(version.rows("train"), version.rows("validation"))


def facts_of(version: DatasetVersion, lengths: Sequence[RowLength]) -> RowFacts:
    """The facts from lengths that were counted before, those of `watched_rows`."""
    return RowFacts(
        train_rows=version.counts.train,
        labels=None if version.labels is None else len(version.labels),
        prompt_tokens=token_lengths([length.prompt for length in lengths]),
        completion_tokens=token_lengths([length.completion for length in lengths]),
    )


def token_lengths(lengths: Sequence[int]) -> TokenLengths:
    """Median, 95th percentile and maximum; zeros for no lengths."""
    if not lengths:
        return TokenLengths(0, 0, 0)
    ordered = sorted(lengths)
    last = len(ordered) - 1
    return TokenLengths(ordered[last // 2], ordered[-(-last * 95 // 100)], ordered[-1])
