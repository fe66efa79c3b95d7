"""The rows of a dataset version as token ids, and the checks that each of them teaches something. No torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.bases.encoding import ChatEncoder, Encoded
from pipeline.datasets.row import Row
from pipeline.errors import BadInput

LISTED_ROWS = 5  # of the refused ones, in the details


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One row, ready to be trained; `id` and `source` are the dataset's."""

    id: str
    source: str
    encoded: Encoded

    @property
    def length(self) -> int:
        """Tokens of the whole row."""
        return len(self.encoded.input_ids)

    @property
    def prompt_ids(self) -> list[int]:
        return self.encoded.input_ids[: self.encoded.prompt_length]

    @property
    def answer_ids(self) -> list[int]:
        """The last answer with its end token."""
        return self.encoded.input_ids[self.encoded.prompt_length :]


def encode_rows(
    rows: Iterable[Row], encoder: ChatEncoder, system_prompt: str | None, *, last_only: bool
) -> list[TrainingRow]:
    """Encodes rows in their order.

    Raises:
        BadInput: `training.row_without_prompt`, or what `ChatEncoder.encode` raises, with the row named.
    """
    return [_encode(row, encoder, system_prompt, last_only=last_only) for row in rows]


def _encode(row: Row, encoder: ChatEncoder, system_prompt: str | None, *, last_only: bool) -> TrainingRow:
    if not row.prompt:
        text = f"Row {row.id} ({row.source}) has an answer but no question: nothing says when to give it."
        raise BadInput("training.row_without_prompt", text, "Map a column to `prompt`, or remove the row.")
    try:
        encoded = encoder.encode(row.messages, system_prompt, last_only=last_only)
    except BadInput as error:
        text = f"Row {row.id} ({row.source}): {error.message}"
        raise BadInput(error.code, text, error.hint, row=row.id, source=row.source) from error
    return TrainingRow(row.id, row.source, encoded)


def check_rows(rows: Sequence[TrainingRow], encoder: ChatEncoder, max_length: int) -> None:
    """Refuses rows that would be cut, that teach nothing, or that don't teach to stop.

    Args:
        rows: that the adapter is to be trained on.
        encoder: that they were encoded with.
        max_length: tokens that a row may have.

    Raises:
        BadInput: `data.no_training_rows`, `training.row_without_target`, `training.row_without_end`,
            `training.row_too_long`; each names the first such row and counts the others.
    """
    if not rows:
        raise BadInput("data.no_training_rows", "No row is left for training.", "Give more rows.")
    _refuse(
        [row for row in rows if not _content(row, encoder)],
        "training.row_without_target",
        "has an empty answer: no token of it would be trained",
        "Fill in the answer, or remove the row.",
    )
    _refuse(
        [row for row in rows if row.answer_ids[-1] not in encoder.end_ids],
        "training.row_without_end",
        "has an answer without an end token: the model would not learn to stop",
        "Choose a base whose chat template ends every answer, such as `pocket`.",
    )
    long = sorted((row for row in rows if row.length > max_length), key=lambda row: -row.length)
    longest = long[0].length if long else 0
    _refuse(
        long,
        "training.row_too_long",
        f"has {longest:,} tokens, over `max_length: {max_length}`; rows are never cut",
        "Raise training.max_length if the base reads that much, or shorten or remove the row.",
    )


def _content(row: TrainingRow, encoder: ChatEncoder) -> bool:
    """Whether anything but end tokens is trained."""
    pairs = zip(row.encoded.input_ids, row.encoded.trained, strict=True)
    return any(is_trained and token not in encoder.end_ids for token, is_trained in pairs)


def _refuse(rows: Sequence[TrainingRow], code: str, what: str, hint: str) -> None:
    if not rows:
        return
    first = rows[0]
    others = f" So {'has' if len(rows) == 2 else 'have'} {len(rows) - 1:,} more." if len(rows) > 1 else ""
    listed = [{"id": row.id, "source": row.source, "tokens": row.length} for row in rows[:LISTED_ROWS]]
    text = f"Row {first.id} ({first.source}) {what}.{others}"
    raise BadInput(code, text, hint, rows=listed, count=len(rows))
