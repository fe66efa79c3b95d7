"""Texts as the base's tokens, without loading a model."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.bases.base import Base
from pipeline.bases.chat import render
from pipeline.bases.tokenizer import base_tokenizer
from pipeline.datasets.row import Message


class BaseTokens:
    """A base's tokenizer and chat template.

    Attributes:
        ends: token ids that end an answer.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._tokenizer = base_tokenizer(base)
        ids = [self._tokenizer.token_to_id(token) for token in base.stop_tokens]
        self.ends = [token for token in ids if token is not None]

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """A conversation that is ready to be answered."""
        return self._encode(render(self._base, plain(messages)))

    def answer(self, text: str) -> list[int]:
        """A text as the model would write it right after a prompt, without an end token.

        Encoded together with the prompt, since some tokenizers mark a text's beginning.
        """
        prompt = render(self._base, [{"role": "user", "content": "?"}])
        before, whole = self._encode(prompt), self._encode(prompt + text)
        return whole[len(before) :] if whole[: len(before)] == before else self._encode(text)

    def length(self, text: str) -> int:
        """Tokens of a text by itself."""
        return len(self._encode(text))

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids


def plain(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Messages as templates and endpoints take them."""
    return [{"role": message["role"], "content": message["content"]} for message in messages]
