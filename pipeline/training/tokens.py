"""Rows as the trainer takes them: token ids, and which of them are trained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.bases.base import Base
from pipeline.bases.chat import answer_text, render
from pipeline.datasets.row import Row
from pipeline.errors import BadInput

if TYPE_CHECKING:
    from tokenizers import Tokenizer

IGNORED = -100  # a label that takes no part in the loss; torch's and transformers' convention


@dataclass(frozen=True)
class TokenizedRow:
    """One row.

    Attributes:
        row: that it was made from.
        input_ids: [t]
        labels: [t], the token's own id where it is trained, else -100.
    """

    row: Row
    input_ids: list[int]
    labels: list[int]

    @property
    def prompt_ids(self) -> list[int]:
        """Everything before the last answer."""
        return self.input_ids[: self._answer_start]

    @property
    def answer_ids(self) -> list[int]:
        """The last answer with its end token."""
        return self.input_ids[self._answer_start :]

    @property
    def _answer_start(self) -> int:
        last_ignored = max((at for at, label in enumerate(self.labels) if label == IGNORED), default=-1)
        return last_ignored + 1


class RowTokenizer:
    """Renders and tokenizes conversations for one base.

    Each answer is tokenized on its own, as it will be generated: after a prompt whose tokens are final. What the model is
    trained on is therefore exactly what it has to write.
    """

    def __init__(self, base: Base, system_prompt: str | None, *, trains_every_answer: bool) -> None:
        self._base = base
        self._system_prompt = system_prompt
        self._trains_every_answer = trains_every_answer
        self._tokenizer = load_tokenizer(base)
        self._stop_ids = {self._tokenizer.token_to_id(token) for token in base.stop_tokens}

    def __call__(self, row: Row) -> TokenizedRow:
        """Tokenizes one row; its last label is the answer's end token.

        Raises:
            BadInput: `training.row_without_prompt`, `training.row_without_target`, `training.row_without_end`.
        """
        if not row.prompt:
            text = f"Row {row.source} has no question: its first message is the answer."
            raise BadInput("training.row_without_prompt", text, "Give it a prompt, or set it aside.", row=row.id)
        input_ids: list[int] = []
        labels: list[int] = []
        rendered = ""
        for end in self._answers(row):
            messages = row.messages[:end]
            prompt, answer = self._parts(messages)
            if not prompt.startswith(rendered):  # an answer of before looks different now: only the last one is sure
                input_ids, labels, rendered = [], [], ""
            prompt_ids = self._ids(prompt[len(rendered) :])
            answer_ids = self._ids(answer)
            input_ids += [*prompt_ids, *answer_ids]
            labels += [IGNORED] * len(prompt_ids) + answer_ids
            rendered = prompt + answer
        tokenized = TokenizedRow(row, input_ids, labels)
        self._require_target(tokenized)
        return tokenized

    def _answers(self, row: Row) -> list[int]:
        """Numbers of messages up to and with each answer that is trained."""
        ends = [at + 1 for at, message in enumerate(row.messages) if message["role"] == "assistant" and at > 0]
        return ends if self._trains_every_answer else ends[-1:]

    def _parts(self, messages: Sequence[dict[str, str]]) -> tuple[str, str]:
        answer = answer_text(self._base, messages, self._system_prompt)
        if answer is None:
            text = f"The chat template of {self._base.id} writes a question differently once it has been answered."
            raise BadInput("base.template_rewrites", text, "Choose another base.")
        return render(self._base, messages[:-1], self._system_prompt), answer

    def _ids(self, text: str) -> list[int]:
        # The template has written all special tokens already.
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _require_target(self, tokenized: TokenizedRow) -> None:
        row = tokenized.row
        if all(label == IGNORED or label in self._stop_ids for label in tokenized.labels):
            text = f"Row {row.source} has nothing to learn: its answer is empty."
            raise BadInput("training.row_without_target", text, "Give it an answer, or set it aside.", row=row.id)
        if tokenized.input_ids[-1] not in self._stop_ids:
            text = f"Row {row.source} has no end: no stop token follows its answer, so the model would never stop."
            raise BadInput(
                "training.row_without_end", text, "Choose a base whose chat template ends answers.", row=row.id
            )


def load_tokenizer(base: Base) -> Tokenizer:
    """The base's tokenizer, without truncation and padding."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(base.folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def tokenize_rows(tokenizer: RowTokenizer, rows: Iterable[Row], *, max_length: int) -> list[TokenizedRow]:
    """Tokenizes all rows; nothing is cut.

    Args:
        tokenizer: of the base.
        rows: of one split.
        max_length: tokens that a row may have.

    Raises:
        BadInput: what `RowTokenizer` refuses, and `training.row_too_long`, naming the row.
    """
    tokenized = []
    for row in rows:
        one = tokenizer(row)
        if len(one.input_ids) > max_length:
            text = f"Row {row.source} has {len(one.input_ids)} tokens; training.max_length is {max_length}."
            hint = "Raise max_length, or shorten the row: nothing is cut silently."
            raise BadInput("training.row_too_long", text, hint, row=row.id, tokens=len(one.input_ids))
        tokenized.append(one)
    return tokenized
