"""What the base is asked: templates of `resources/prompts`, filled with the plan's instruction, labels and examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from string import Template
from typing import Literal

from pipeline.datasets.row import Message, Row, spoken
from pipeline.evaluation.answers.examples import message_text

Style = Literal["bare", "instruction", "examples", "turns"]

PROMPTED: tuple[Style, ...] = ("instruction", "examples", "turns")
TITLES: dict[Style, str] = {
    "bare": "the label list or instruction alone",
    "instruction": "an instruction without examples",
    "examples": "an instruction with examples in it",
    "turns": "an instruction with examples as turns of the conversation",
}
_PER_TURN = 16  # tokens, surely more than a chat template puts around one turn
_SHORT = Row("", [{"role": "user", "content": "?"}, {"role": "assistant", "content": ""}], None, "", "")
_DEFAULT = "Sort the message into the category that fits it best."


@dataclass(frozen=True)
class Prompts:
    """Prompts of one style for one task.

    Args:
        style: how the base is asked.
        instruction: the plan's system prompt or goal; may be empty.
        labels: all answers of a classification; None for other tasks.
        examples: training rows, the most useful first; as many are shown as fit.
        tokens: token ids of a rendered conversation that is ready to be answered.
        room: tokens that a prompt may have.
    """

    style: Style
    instruction: str
    labels: Sequence[str] | None
    examples: Sequence[Row]
    tokens: Callable[[Sequence[Message]], list[int]]
    room: int

    def ids(self, row: Row) -> list[int]:
        """Token ids of the richest prompt that fits: fewer examples where the row is long, then no label list."""
        for count in self._counts:
            ids = self.tokens(self.messages(row, count))
            if len(ids) <= self.room:
                return ids
        return self.tokens(self._barest(row))

    def fits(self, row: Row) -> bool:
        """Whether at least the row itself, without examples and label list, fits."""
        return self._is_short(row) or len(self.tokens(self._barest(row))) <= self.room

    def shows_labels(self, row: Row) -> bool:
        """Whether the label list fits beside the row."""
        return self._is_short(row) or len(self.tokens(self.messages(row, 0))) <= self.room

    def shown(self, rows: Sequence[Row]) -> int:
        """How many examples the prompt of a row shows, at the median over `rows`."""
        counts = sorted(
            next((n for n in self._counts if len(self.tokens(self.messages(row, n))) <= self.room), 0) for row in rows
        )
        return counts[len(counts) // 2] if counts else 0

    def _is_short(self, row: Row) -> bool:
        """Surely fits without examples, at a glance: a token is at least one byte."""
        most = sum(len(message["content"].encode()) + _PER_TURN for message in row.prompt)
        return self._without_row + most <= self.room

    @cached_property
    def _without_row(self) -> int:
        return len(self.tokens(self.messages(_SHORT, 0)))

    def _barest(self, row: Row) -> list[Message]:
        return self._with_system(row, self._text("unlisted" if self.labels else "bare"))

    @cached_property
    def _counts(self) -> list[int]:
        """Numbers of examples to try, the largest that fits a short message first."""
        count, counts = len(self.examples) if self.style in ("examples", "turns") else 0, [0]
        while count:
            counts.append(count)
            count = count * 7 // 8
        fitting = [n for n in counts if n == 0 or len(self.tokens(self.messages(_SHORT, n))) < self.room]
        return sorted(fitting, reverse=True)

    def messages(self, row: Row, count: int) -> list[Message]:
        """The conversation with `count` examples."""
        text = self._text("bare" if self.style == "bare" else "instruction")
        shown = self.examples[:count]
        if self.style == "examples" and shown:
            return self._with_system(row, f"{text}\n\n{self._examples(shown)}")
        turns = [turn for example in shown for turn in spoken(example.messages) if turn["role"] != "system"]
        return self._with_system(row, text, turns)

    def _text(self, name: str) -> str:
        instruction = self.instruction or (_DEFAULT if self.labels else "")
        return _fill(self.kind, name, instruction=instruction, labels="\n".join(self.labels or ()))

    def _examples(self, rows: Sequence[Row]) -> str:
        shown = [_fill(self.kind, "example", message=message_text(row), answer=row.completion) for row in rows]
        return _fill(self.kind, "examples", examples="\n\n".join(shown))

    @property
    def kind(self) -> str:
        """Folder of the templates."""
        return "classification" if self.labels else "text"

    @staticmethod
    def _with_system(row: Row, text: str, turns: Sequence[Message] = ()) -> list[Message]:
        """The row's own system message stays, after ours."""
        own = [message["content"] for message in row.prompt if message["role"] == "system"]
        system = "\n\n".join(part for part in [text, *own] if part)
        start: list[Message] = [{"role": "system", "content": system}] if system else []
        return [*start, *turns, *(message for message in row.prompt if message["role"] != "system")]


def _fill(kind: str, name: str, **values: str) -> str:
    return Template(_template(kind, name)).substitute(values).strip()


@cache
def _template(kind: str, name: str) -> str:
    return (files("resources") / "prompts" / kind / f"{name}.txt").read_text()


def templates(kind: str) -> dict[str, str]:
    """All templates of a kind, by name."""
    folder = files("resources") / "prompts" / kind
    return {each.name: each.read_text() for each in sorted(folder.iterdir(), key=lambda each: each.name)}
