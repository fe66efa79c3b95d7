"""The same message to several models at once, their answers streamed side by side."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from pipeline.errors import VibetuneError
from pipeline.providers.endpoint import Ending, Endpoint

BASE_COLUMN = "base"


@dataclass(frozen=True)
class Contestant:
    """One column: a served model, and what travels with it."""

    title: str
    model: str
    system_prompt: str | None = None
    max_tokens: int = 128

    def messages(self, message: str) -> list[dict[str, str]]:
        """The conversation as this model was trained to see it."""
        system = [{"role": "system", "content": self.system_prompt}] if self.system_prompt else []
        return [*system, {"role": "user", "content": message}]


@dataclass
class Answer:
    """What one contestant has said so far."""

    title: str
    text: str = ""
    first_piece_s: float | None = None
    seconds: float | None = None  # None while it is still speaking
    tokens: int = 0  # pieces so far; the server's own count at the end
    finish_reason: str | None = None  # stop | length
    error: dict[str, object] | None = None

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "model": self.title,
            "answer": self.text,
            "first_token_s": self.first_piece_s,
            "seconds": self.seconds,
            **({"error": self.error} if self.error else {}),
        }


@dataclass
class Comparison:
    """All answers to one message, updated while they stream."""

    message: str
    answers: list[Answer] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        return {"message": self.message, "answers": [answer.as_json() for answer in self.answers]}


async def compare(
    endpoint: Endpoint, contestants: Sequence[Contestant], message: str, *, seed: int = 0, temperature: float = 0.0
) -> AsyncIterator[Comparison]:
    """Asks all contestants at once and yields the comparison after every piece, last when all are done.

    A contestant that fails keeps its error in its column; the others go on.
    """
    comparison = Comparison(message, [Answer(contestant.title) for contestant in contestants])
    changed = asyncio.Event()

    async def listen(contestant: Contestant, answer: Answer) -> None:
        start, ending = time.monotonic(), Ending()
        try:
            pieces = endpoint.with_model(contestant.model).stream_chat(
                contestant.messages(message),
                ending=ending,
                max_tokens=contestant.max_tokens,
                temperature=temperature,
                seed=seed,
            )
            async for piece in pieces:
                if answer.first_piece_s is None:
                    answer.first_piece_s = time.monotonic() - start
                answer.text += piece
                answer.tokens += 1
                changed.set()
        except VibetuneError as error:
            answer.error = error.as_json()
        answer.seconds = time.monotonic() - start
        answer.tokens, answer.finish_reason = ending.completion_tokens or answer.tokens, ending.finish_reason
        changed.set()

    async with asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(listen(contestant, answer))
            for contestant, answer in zip(contestants, comparison.answers, strict=True)
        ]
        while not all(task.done() for task in running):
            await changed.wait()
            changed.clear()
            yield comparison
    yield comparison
