"""One question to several models: what is asked, what has come back, and who does the asking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.workbench.server_store import Target
from pipeline.errors import Failed, VibetuneError

if TYPE_CHECKING:
    from app.workbench.comparing import Answer


LEAST_S = 0.05  # seconds below which an answer came at once, and a rate would say nothing


@dataclass(frozen=True)
class Asked:
    """One column of a question."""

    title: str
    model: str
    system_prompt: str | None
    max_tokens: int


@dataclass(frozen=True)
class Question:
    """One message to several models of one server, with the same sampling."""

    target: Target
    columns: tuple[Asked, ...]
    message: str
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class ColumnAnswer:
    """What one column has said so far. The text is a model's: show it as plain text only.

    Args:
        first_s: seconds until its first word.
        seconds: that it took; None while it is speaking, or was not asked.
        tokens: so far.
        is_cut: it reached its length limit.
        was_stopped: the user stopped it.
    """

    text: str = ""
    first_s: float | None = None
    seconds: float | None = None
    tokens: int = 0
    is_cut: bool = False
    was_stopped: bool = False
    error: VibetuneError | None = None

    @property
    def is_done(self) -> bool:
        """Whether nothing more comes."""
        return self.seconds is not None or self.was_stopped or self.error is not None

    @property
    def tokens_per_s(self) -> float | None:
        """After the first word; None while it can't be told, or where all came at once."""
        if self.seconds is None or self.first_s is None or self.tokens < 2:
            return None
        spent = self.seconds - self.first_s
        return (self.tokens - 1) / spent if spent >= LEAST_S else None


Answers = tuple[ColumnAnswer, ...]
OnAnswers = Callable[[Answers], None]
OnEnd = Callable[[VibetuneError | None], None]
Cancel = Callable[[], None]


class Asker(Protocol):
    """Asks in the background and tells in the caller's thread."""

    def ask(self, question: Question, on_answers: OnAnswers, on_end: OnEnd) -> Cancel:
        """Starts to ask; `on_answers` gets all answers so far, `on_end` comes once, with an error if none was asked.

        Returns:
            Stops it; `on_end` comes then too.
        """
        ...


class WaitingAsker:
    """Asks and waits for the end: for scripts and tests."""

    def ask(self, question: Question, on_answers: OnAnswers, on_end: OnEnd) -> Cancel:
        """Asks; returns when all have answered."""
        import asyncio

        error = None
        try:
            asyncio.run(stream(question, on_answers))
        except VibetuneError as problem:
            error = problem
        on_end(error)
        return lambda: None


async def stream(question: Question, on_answers: OnAnswers) -> None:
    """Asks all columns at once; `on_answers` is called in the thread of the loop after every piece.

    Raises:
        VibetuneError: the server can't be asked at all.
    """
    from app.workbench.comparing import Contestant, compare
    from serving.engine.client import EngineClient

    contestants = [Contestant(each.title, each.model, each.system_prompt, each.max_tokens) for each in question.columns]
    async with EngineClient(question.target.url, question.target.base, key=question.target.key or None) as endpoint:
        async for comparison in compare(
            endpoint, contestants, question.message, seed=question.seed, temperature=question.temperature
        ):
            on_answers(tuple(_as_column(answer) for answer in comparison.answers))


def _as_column(answer: Answer) -> ColumnAnswer:
    error = None
    if answer.error is not None:
        told = answer.error
        error = Failed(str(told.get("code", "")), str(told.get("message", "")), str(told.get("hint", "")))
    is_cut = answer.finish_reason == "length"
    return ColumnAnswer(answer.text, answer.first_piece_s, answer.seconds, answer.tokens, is_cut, error=error)
