"""Asking served models: one way for labels, one for text, one for the adapter as its users meet it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from pipeline.datasets.row import Message, Row
from pipeline.evaluation.answers.labels import LabelTrie, Scorer
from pipeline.evaluation.answers.prompts import Prompts
from pipeline.evaluation.answers.tokens import plain
from pipeline.providers.endpoint import Endpoint

CONCURRENCY = 32  # measured: more in flight than the engine's `max_num_seqs` of 32 gains nothing


@dataclass(frozen=True)
class Answer:
    """What a model said, and its log-probability (nats) where it tells one."""

    text: str
    logprob: float | None = None


Ask = Callable[[Row], Awaitable[Answer]]


def most_probable_label(prompts: Prompts, trie: LabelTrie, scorer: Scorer) -> Ask:
    """The label that the model finds most probable: never an answer outside the list."""

    async def ask(row: Row) -> Answer:
        choice = await trie.most_probable(scorer, prompts.ids(row))
        return Answer(choice.label, choice.logprob)

    return ask


def written_answer(prompts: Prompts, endpoint: Endpoint, *, max_tokens: int, context: int, ends: Sequence[int]) -> Ask:
    """The text that the model writes, greedily."""

    async def ask(row: Row) -> Answer:
        ids = prompts.ids(row)
        room = min(max_tokens, context - len(ids))
        completion = await endpoint.complete(ids, max_tokens=room, stop_token_ids=ends)
        return Answer(completion.text.strip())

    return ask


@dataclass(frozen=True)
class AdapterAnswers:
    """The adapter as it is served: chat, greedy, with the system prompt that it was trained with.

    Args:
        endpoint: open endpoint of the adapter.
        system_prompt: of its manifest; a row's own system message goes before it.
        max_tokens: of its manifest.
        ends: token ids that end an answer.
        tokens: token ids of a rendered conversation that is ready to be answered.
        context: tokens of the base's context.
    """

    endpoint: Endpoint
    system_prompt: str | None
    max_tokens: int
    ends: Sequence[int]
    tokens: Callable[[Sequence[Message]], list[int]]
    context: int

    def fits(self, row: Row) -> bool:
        """Whether a prompt leaves room for an answer."""
        return len(self.tokens(self.messages(row))) < self.context

    def messages(self, row: Row) -> list[Message]:
        """The conversation as it was trained, up to the answer."""
        if not self.system_prompt or any(message["role"] == "system" for message in row.prompt):
            return row.prompt
        return [{"role": "system", "content": self.system_prompt}, *row.prompt]

    async def __call__(self, row: Row) -> Answer:
        messages = self.messages(row)
        room = self.context - len(self.tokens(messages))
        completion = await self.endpoint.chat(
            plain(messages),
            logprobs=True,
            max_tokens=min(self.max_tokens, room),
            stop_token_ids=self.ends,
        )
        return Answer(completion.text.strip(), sum(completion.logprobs) if completion.logprobs else None)


async def ask_all(ask: Ask, rows: Iterable[Row], on_answer: Callable[[Row, Answer], None]) -> None:
    """Asks CONCURRENCY rows at a time; the first failure ends it, what was answered before has been handed over."""
    waiting = iter(rows)

    async def worker() -> None:
        for row in waiting:
            on_answer(row, await ask(row))

    workers = [asyncio.create_task(worker()) for _ in range(CONCURRENCY)]
    try:
        await asyncio.gather(*workers)
    finally:
        for each in workers:
            each.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
