"""What the model sees of a row: its tokens, and which of them it learns to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from app.workbench.data_rows import Turn

if TYPE_CHECKING:
    from pipeline.bases.base import Base
    from pipeline.plan.model import Plan
    from pipeline.runs.layout import ProjectFolder

TokenKind = Literal["read", "special", "learned", "end"]
_encoders: dict[Path, tuple[Any, Any]] = {}
MOST = 4_000  # tokens that are shown; all are counted


@dataclass(frozen=True)
class ModelView:
    """A row in tokens.

    Args:
        tokens: text and kind, at most `MOST`.
        limit: tokens a row may have by the plan; None where the run decides.
        context: tokens that the base can read.
        base: whose tokens these are.
    """

    tokens: tuple[tuple[str, TokenKind], ...]
    read: int
    learned: int
    ends: int
    limit: int | None
    context: int
    base: str

    @property
    def total(self) -> int:
        return self.read + self.learned + self.ends

    @property
    def sentence(self) -> str:
        """How the tokens divide, in words."""
        ends = f"{self.ends} end" if self.ends == 1 else f"{self.ends} ends"
        return (
            f"{self.total:,} tokens: {self.read:,} read, {self.learned:,} learned, {ends}. "
            "The loss, what training reduces, counts only the coloured ones."
        )

    @property
    def fits(self) -> bool:
        """Whether a run takes the row."""
        return self.total <= min(self.limit or self.context, self.context)

    @property
    def length_sentence(self) -> str:
        """What the length limit means for this row."""
        limit = min(self.limit or self.context, self.context)
        whose = "in the plan" if self.limit is not None else f"that {self.base} can read"
        if self.fits:
            return f"All {self.total:,} of {limit:,} tokens {whose} fit: answer and end are learned."
        return f"{self.total - limit:,} tokens over the {limit:,} {whose}: a run refuses the row, nothing is ever cut."


def model_view(
    project: ProjectFolder, plan: Plan | None, turns: Sequence[Turn], system_prompt: str | None = None
) -> ModelView:
    """Encodes a conversation as training does. Reads the tokenizer: call it in the background.

    Args:
        plan: names the base, the system prompt and the length limit; without one, the embedded base is taken.
        system_prompt: instead of the plan's.

    Raises:
        BadInput: the base isn't there, or its template refuses the conversation.
    """
    from pipeline.bases.base import POCKET, find_base

    if plan is None:
        base = find_base(POCKET)
    else:
        from app.workbench.preparing import base_of

        base = base_of(project, plan)
    if system_prompt is None and plan is not None:
        system_prompt = plan.dataset.system_prompt
    is_every_answer = plan is not None and "messages" in plan.dataset.columns
    messages: Any = [{"role": turn.role, "content": turn.text} for turn in turns]
    encoder, tokenizer = _encoder(base)
    encoded = encoder.encode(messages, system_prompt, last_only=not is_every_answer)
    kinds = [_kind(token, is_trained, encoder.end_ids) for token, is_trained in _marked(encoded)]
    shown = tuple(
        (_text(tokenizer, token), _special(tokenizer, token, kind))
        for token, kind in zip(encoded.input_ids[:MOST], kinds[:MOST], strict=True)
    )
    limit = plan.training.max_length if plan is not None else "auto"
    return ModelView(
        tokens=shown,
        read=kinds.count("read"),
        learned=kinds.count("learned"),
        ends=kinds.count("end"),
        limit=limit if isinstance(limit, int) else None,
        context=base.context,
        base=base.id,
    )


def _marked(encoded: Any) -> list[tuple[int, bool]]:
    return list(zip(encoded.input_ids, encoded.trained, strict=True))


def _kind(token: int, is_trained: bool, ends: frozenset[int]) -> TokenKind:
    if not is_trained:
        return "read"
    return "end" if token in ends else "learned"


def _special(tokenizer: Any, token: int, kind: TokenKind) -> TokenKind:
    """Tokens that stand for no text, such as the borders of turns, look quieter."""
    return "special" if kind == "read" and not tokenizer.decode([token], skip_special_tokens=True) else kind


def _text(tokenizer: Any, token: int) -> str:
    text: str = tokenizer.decode([token], skip_special_tokens=False)
    if not text or "\ufffd" in text:  # a part of a character
        text = tokenizer.id_to_token(token) or "?"
    return text.replace("\n", "\\n").replace("\t", "\\t")


def _encoder(base: Base) -> tuple[Any, Any]:
    """The encoder of a base and its bare tokenizer; the last two bases' are kept."""
    from tokenizers import Tokenizer

    from pipeline.bases.encoding import ChatEncoder

    if base.folder not in _encoders:
        if len(_encoders) > 1:
            _encoders.clear()
        _encoders[base.folder] = (ChatEncoder(base), Tokenizer.from_file(str(base.folder / "tokenizer.json")))
    return _encoders[base.folder]
