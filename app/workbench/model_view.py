"""What the model sees of a row: its tokens, and which of them it learns to write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.workbench.data_rows import Turn

if TYPE_CHECKING:
    from pipeline.bases.base import Base
    from pipeline.datasets.row import Message
    from pipeline.datasets.seen.tokens import RowViewer, SeenRow
    from pipeline.plan.model import Plan
    from pipeline.runs.layout import ProjectFolder

MOST = 4_000  # tokens that are shown; all are counted
_KEPT = 2  # viewers; another base, prompt or limit makes another
_viewers: dict[tuple[Path, str | None, bool, int], RowViewer] = {}


@dataclass(frozen=True)
class ModelView:
    """A row in tokens.

    Args:
        row: each token with what training does with it.
        limit: tokens that a row may have.
        is_of_plan: whether the plan sets the limit, or the base can read no more.
        base: whose tokens these are.
    """

    row: SeenRow
    limit: int
    is_of_plan: bool
    base: str

    @property
    def tokens(self) -> tuple[tuple[str, str], ...]:
        """Text and kind, at most `MOST`; a line break is a sign in its line."""
        from pipeline.datasets.seen.page import visible

        return tuple((visible(token.text).replace("\n", ""), token.kind) for token in self.row.tokens[:MOST])

    @property
    def total(self) -> int:
        return len(self.row.tokens)

    @property
    def sentence(self) -> str:
        """How the tokens divide, in words."""
        counts = self.row.counts
        ends = f"{counts['end']} end" if counts["end"] == 1 else f"{counts['end']} ends"
        cut = f", {counts['cut']:,} over the limit" if counts["cut"] else ""
        return (
            f"{self.total:,} tokens: {counts['prompt'] + counts['special']:,} read, {counts['trained']:,} learned, "
            f"{ends}{cut}. The loss, what training reduces, counts only the coloured ones."
        )

    @property
    def fits(self) -> bool:
        """Whether a run takes the row."""
        return not self.row.problem

    @property
    def length_sentence(self) -> str:
        """What the length limit means for this row, or why a run refuses it."""
        whose = "in the plan" if self.is_of_plan else f"that {self.base} can read"
        if self.total > self.limit:
            over = self.total - self.limit
            return f"{over:,} tokens over the {self.limit:,} {whose}: a run refuses the row, nothing is ever cut."
        if self.row.problem:
            return f"{self.row.problem} A run refuses the row."
        return f"All {self.total:,} of {self.limit:,} tokens {whose} fit: answer and end are learned."


def model_view(
    project: ProjectFolder, plan: Plan | None, turns: Sequence[Turn], system_prompt: str | None = None
) -> ModelView:
    """Encodes a conversation as training does. Reads the tokenizer: call it in the background.

    Args:
        plan: names the base, the system prompt and the length limit; without one, the embedded base is taken.
        system_prompt: instead of the plan's.

    Raises:
        BadInput: the base isn't there.
    """
    from app.workbench.preparing import base_of
    from pipeline.bases.base import POCKET, find_base
    from pipeline.bases.chat import NOT_LEARNED, WEIGHT
    from pipeline.datasets.seen.teachable import token_limit

    base = base_of(project, plan) if plan is not None else find_base(POCKET)
    limit = token_limit(plan, base) if plan is not None else base.context
    if system_prompt is None and plan is not None:
        system_prompt = plan.dataset.system_prompt
    last_only = plan is None or "messages" not in plan.dataset.columns
    messages: list[Message] = [
        {"role": turn.role, "content": turn.text} | ({} if turn.is_learned else {WEIGHT: NOT_LEARNED}) for turn in turns
    ]
    row = _viewer(base, system_prompt, last_only=last_only, limit=limit).batch([("", messages)])[0]
    is_of_plan = plan is not None and plan.training.max_length == limit
    return ModelView(row, limit, is_of_plan, base.id)


def _viewer(base: Base, system_prompt: str | None, *, last_only: bool, limit: int) -> RowViewer:
    from pipeline.datasets.seen.tokens import RowViewer

    key = base.folder, system_prompt, last_only, limit
    if key not in _viewers:
        if len(_viewers) >= _KEPT:
            _viewers.clear()
        _viewers[key] = RowViewer(base, system_prompt, last_only=last_only, limit=limit)
    return _viewers[key]
