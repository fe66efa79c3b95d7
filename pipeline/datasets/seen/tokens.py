"""A row as its tokens, each with what training does with it: read, learned, an end, beyond the limit, or padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from pipeline.bases.base import Base
from pipeline.bases.encoding import ChatEncoder
from pipeline.bases.tokenizer import base_tokenizer
from pipeline.datasets.row import Draft, Message, Row, answer_start
from pipeline.errors import BadInput

TokenKind = Literal["prompt", "special", "trained", "end", "cut", "padding"]


class SeenToken(NamedTuple):
    """One token as text; a part of a character is shown as the tokenizer names it."""

    text: str
    kind: TokenKind


@dataclass(frozen=True)
class SeenRow:
    """One row as a base sees it.

    Attributes:
        source: `file:line`.
        tokens: without padding.
        padding: tokens that fill the row up to the longest of its batch.
        problem: why a run refuses the row; empty for nothing.
    """

    source: str
    tokens: tuple[SeenToken, ...]
    padding: int = 0
    problem: str = ""

    def count(self, kind: TokenKind) -> int:
        """Tokens of one kind."""
        return self.padding if kind == "padding" else sum(token.kind == kind for token in self.tokens)

    @property
    def counts(self) -> dict[TokenKind, int]:
        kinds: tuple[TokenKind, ...] = ("prompt", "special", "trained", "end", "cut", "padding")
        return {kind: self.count(kind) for kind in kinds}


def as_seen(row: Draft | Row) -> list[tuple[str, Sequence[Message]]]:
    """A row as conversations with titles: a pair is two, and of a judged answer it is said whether it is wanted."""
    if row.rejected is not None:
        prompt = row.messages[: answer_start(row.messages)]
        return [(f"{row.source} chosen", row.messages), (f"{row.source} rejected", [*prompt, *row.rejected])]
    said = {True: " wanted", False: " not wanted", None: ""}[row.desired]
    return [(f"{row.source}{said}", row.messages)]


class RowViewer:
    """Shows rows as one base sees them.

    Args:
        base: whose tokenizer and chat template are used.
        system_prompt: of the plan.
        last_only: whether the last answer alone is trained, or every message of the assistant.
        limit: tokens a row may have; those behind are marked, and the row has a problem: nothing is ever cut.
    """

    def __init__(self, base: Base, system_prompt: str | None, *, last_only: bool, limit: int) -> None:
        self._encoder = ChatEncoder(base)
        self._tokenizer = base_tokenizer(base)
        self._system_prompt, self._last_only, self._limit = system_prompt, last_only, limit

    def batch(self, rows: Sequence[tuple[str, Sequence[Message]]]) -> list[SeenRow]:
        """Rows (source and messages) as they would lie in one batch, padded to the longest."""
        seen = [self._row(source, messages) for source, messages in rows]
        longest = max((len(row.tokens) for row in seen), default=0)
        return [SeenRow(row.source, row.tokens, longest - len(row.tokens), row.problem) for row in seen]

    def _row(self, source: str, messages: Sequence[Message]) -> SeenRow:
        if len(messages) < 2:
            tokens = self._plain(messages[-1]["content"] if messages else "")
            return SeenRow(source, tokens, problem="It has no question: nothing says when to give the answer.")
        try:
            encoded = self._encoder.encode(messages, self._system_prompt, last_only=self._last_only)
        except BadInput as error:
            return SeenRow(source, self._plain(messages[-1]["content"]), problem=error.message)
        tokens = tuple(
            SeenToken(self._text(token), self._kind(index, token, is_trained))
            for index, (token, is_trained) in enumerate(zip(encoded.input_ids, encoded.trained, strict=True))
        )
        return SeenRow(source, tokens, problem=self._problem(messages, encoded.input_ids))

    def _problem(self, messages: Sequence[Message], ids: Sequence[int]) -> str:
        if len(ids) > self._limit:
            return f"It has {len(ids):,} tokens, {len(ids) - self._limit:,} over the limit of {self._limit:,}."
        if not messages[-1]["content"].strip():
            return "Its answer is empty: no token of it would be trained."
        return "" if ids[-1] in self._encoder.end_ids else "Its answer has no end: the model would not learn to stop."

    def _plain(self, text: str) -> tuple[SeenToken, ...]:
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        return tuple(SeenToken(self._text(token), "prompt") for token in ids)

    def _kind(self, index: int, token: int, is_trained: bool) -> TokenKind:
        if index >= self._limit:
            return "cut"
        if is_trained:
            return "end" if token in self._encoder.end_ids else "trained"
        return "prompt" if self._tokenizer.decode([token], skip_special_tokens=True) else "special"

    def _text(self, token: int) -> str:
        text = self._tokenizer.decode([token], skip_special_tokens=False)
        return text if text and "\ufffd" not in text else self._tokenizer.id_to_token(token) or "?"
