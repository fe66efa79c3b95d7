"""How many tokens a version's rows have for a base: what lengths, batches and memory are chosen from. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from pipeline.bases.base import Base
from pipeline.bases.chat import answer_text, render
from pipeline.datasets.row import Row
from pipeline.datasets.versions.version import DatasetVersion

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BATCH_ROWS = 2_000


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
    tokenizer = _tokenizer(base)
    rows = chain(version.rows("train"), version.rows("validation"))
    prompts: list[int] = []
    completions: list[int] = []
    while batch := list(islice(rows, _BATCH_ROWS)):
        prompts += _lengths(tokenizer, [_prompt(base, row, system_prompt) for row in batch])
        completions += _lengths(tokenizer, [_completion(base, row, system_prompt) for row in batch])
    return RowFacts(
        train_rows=version.counts.train,
        labels=None if version.labels is None else len(version.labels),
        prompt_tokens=token_lengths(prompts),
        completion_tokens=token_lengths(completions),
    )


def token_lengths(lengths: Sequence[int]) -> TokenLengths:
    """Median, 95th percentile and maximum; zeros for no lengths."""
    if not lengths:
        return TokenLengths(0, 0, 0)
    ordered = sorted(lengths)
    last = len(ordered) - 1
    return TokenLengths(ordered[last // 2], ordered[-(-last * 95 // 100)], ordered[-1])


def _tokenizer(base: Base) -> Tokenizer:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(base.folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _lengths(tokenizer: Tokenizer, texts: list[str]) -> list[int]:
    # The template has written all special tokens already.
    return [len(encoding.ids) for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False)]


def _prompt(base: Base, row: Row, system_prompt: str | None) -> str:
    return render(base, row.prompt, system_prompt) if row.prompt else ""


def _completion(base: Base, row: Row, system_prompt: str | None) -> str:
    answer = answer_text(base, row.messages, system_prompt) if row.prompt else None
    return row.completion if answer is None else answer
