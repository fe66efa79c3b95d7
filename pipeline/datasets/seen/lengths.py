"""Rows in tokens, many at once: how long they are, and which of them a run would refuse. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

from pipeline.bases.base import Base
from pipeline.bases.chat import answer_text, render
from pipeline.bases.tokenizer import base_tokenizer
from pipeline.datasets.row import Draft, Message, Row, answer_start
from pipeline.errors import BadInput

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

Flaw = Literal["", "no_prompt", "no_target", "no_end", "too_long", "refused"]
_BATCH_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class RowLength:
    """One conversation in tokens.

    Attributes:
        prompt: tokens before the last answer, with system prompt and template.
        completion: tokens of the last answer with its end token.
        flaw: why a run would refuse the row, its length aside; empty for nothing.
        error: what the base's template said, where it refused the row.
    """

    prompt: int
    completion: int
    flaw: Flaw = ""
    error: BadInput | None = None

    @property
    def total(self) -> int:
        return self.prompt + self.completion


def row_lengths(
    base: Base, conversations: Iterable[Sequence[Message]], system_prompt: str | None = None
) -> Iterator[RowLength]:
    """Counts the tokens of conversations, in their order.

    Args:
        base: whose tokenizer and chat template count.
        conversations: each ends with the assistant's message.
        system_prompt: of the plan.
    """
    tokenizer = base_tokenizer(base)
    ends = frozenset(tokenizer.token_to_id(token) for token in base.stop_tokens)
    remaining = iter(conversations)
    while batch := list(islice(remaining, _BATCH_ROWS)):
        texts = [_texts(base, messages, system_prompt) for messages in batch]
        prompts = _encoded(tokenizer, [prompt for prompt, _, _ in texts])
        answers = _encoded(tokenizer, [answer for _, answer, _ in texts])
        for messages, prompt, answer, (_, _, error) in zip(batch, prompts, answers, texts, strict=True):
            flaw = "refused" if error else _flaw(messages, answer.ids, ends)
            yield RowLength(len(prompt.ids), len(answer.ids), flaw, error)


def longest_lengths(base: Base, rows: Sequence[Draft | Row], system_prompt: str | None = None) -> list[RowLength]:
    """Counts the tokens of rows; of a pair, those of the longer answer, or of the one that has a flaw."""
    lengths = list(row_lengths(base, (row.messages for row in rows), system_prompt))
    pairs = [(at, row, row.rejected) for at, row in enumerate(rows) if row.rejected is not None]
    others = ([*row.messages[: answer_start(row.messages)], *rejected] for _, row, rejected in pairs)
    for (at, _, _), other in zip(pairs, row_lengths(base, others, system_prompt), strict=True):
        if not lengths[at].flaw and (other.flaw or other.total > lengths[at].total):
            lengths[at] = other
    return lengths


def _texts(base: Base, messages: Sequence[Message], system_prompt: str | None) -> tuple[str, str, BadInput | None]:
    """Rendered prompt, answer with its end, and what the template refused."""
    content = messages[-1]["content"]
    if len(messages) < 2:
        return "", content, None
    try:
        answer = answer_text(base, messages, system_prompt)
        prompt = render(base, messages[:-1], system_prompt)
    except BadInput as error:
        return "", content, error
    return prompt, content if answer is None else answer, None


def _encoded(tokenizer: Tokenizer, texts: list[str]) -> list[Encoding]:
    # The template has written all special tokens already.
    encodings: list[Encoding] = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    return encodings


def _flaw(messages: Sequence[Message], answer: Sequence[int], ends: frozenset[int | None]) -> Flaw:
    if len(messages) < 2:
        return "no_prompt"
    if not messages[-1]["content"].strip() or all(token in ends for token in answer):
        return "no_target"
    return "" if answer[-1] in ends else "no_end"
