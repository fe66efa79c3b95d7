"""Conversations as token ids, with a mark on every token that a base has to learn to write. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.bases.base import Base
from pipeline.bases.chat import Messages, answer_text, is_learned, render
from pipeline.bases.tokenizer import base_tokenizer
from pipeline.errors import BadInput


@dataclass(frozen=True, slots=True)
class Encoded:
    """One conversation in tokens.

    Attributes:
        input_ids: up to the end token of the last answer.
        trained: for each token, whether it belongs to an answer that is taught, end token included.
        prompt_length: tokens before the last answer: exactly those that a server feeds the model.
    """

    input_ids: list[int]
    trained: list[bool]
    prompt_length: int

    @property
    def labels(self) -> list[int]:
        """The ids with -100, which PyTorch's loss passes over, where nothing is trained."""
        return [token if is_trained else -100 for token, is_trained in zip(self.input_ids, self.trained, strict=True)]


class ChatEncoder:
    """Encodes conversations for one base.

    Prompt and last answer are encoded apart, as they are when the answer is generated: the ids before it are those
    of a request, even where a tokenizer would merge across the border.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._tokenizer = base_tokenizer(base)
        ids = [self._tokenizer.token_to_id(token) for token in base.stop_tokens]
        self.end_ids = frozenset(token for token in ids if token is not None)

    def prompt_ids(self, messages: Messages, system_prompt: str | None = None) -> list[int]:
        """Ids of a conversation that is ready to be answered, generation prompt included.

        Raises:
            BadInput: `base.no_chat_template`, `base.template_refuses`.
        """
        return self._ids(render(self._base, messages, system_prompt))

    def encode(self, messages: Messages, system_prompt: str | None = None, *, last_only: bool = True) -> Encoded:
        """Encodes a conversation whose last message is the assistant's.

        Args:
            messages: at least one before the last.
            system_prompt: goes first, unless the conversation has a system message of its own.
            last_only: whether the last answer alone is trained, or every message of the assistant that is to be
                learned.

        Raises:
            BadInput: `base.no_chat_template`, `base.template_refuses`, `base.template_rewrites`,
                `base.template_without_end`.
        """
        prompt = render(self._base, messages[:-1], system_prompt)
        answer = self._ids(self._answer(messages, system_prompt))
        if last_only:
            ids = self._ids(prompt)
            trained = [False] * len(ids)
        else:
            encoding = self._tokenizer.encode(prompt, add_special_tokens=False)
            ids = encoding.ids
            trained = _inside(encoding.offsets, self._earlier_answers(prompt, messages, system_prompt))
        return Encoded([*ids, *answer], [*trained, *[True] * len(answer)], len(ids))

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids, without special tokens."""
        text: str = self._tokenizer.decode(list(ids), skip_special_tokens=True)
        return text

    def _ids(self, text: str) -> list[int]:
        # The template has written all special tokens already.
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def _answer(self, messages: Messages, system_prompt: str | None) -> str:
        answer = answer_text(self._base, messages, system_prompt)
        if answer is None:
            raise self._rewrites()
        return answer

    def _earlier_answers(self, prompt: str, messages: Messages, system_prompt: str | None) -> list[tuple[int, int]]:
        """Where, in the rendered prompt, earlier answers that are learned stand with their end tokens."""
        spans = []
        for index, message in enumerate(messages[:-1]):
            if message["role"] != "assistant" or index == 0 or not is_learned(message):
                continue
            before = render(self._base, messages[:index], system_prompt)
            answer = self._answer(messages[: index + 1], system_prompt)
            if not prompt.startswith(before + answer):
                raise self._rewrites()
            spans.append((len(before), len(before) + len(answer)))
        return spans

    def _rewrites(self) -> BadInput:
        text = f"The chat template of {self._base.id} writes earlier messages differently once others follow them."
        hint = "Give one question and one answer a row, or choose another base: what is trained would not be served."
        return BadInput("base.template_rewrites", text, hint)


def _inside(offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> list[bool]:
    """For each token, whether it lies wholly in one of the spans of characters."""
    return [any(first <= start and end <= last for first, last in spans) for start, end in offsets]
