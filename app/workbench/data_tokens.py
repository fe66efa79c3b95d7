"""How long rows are in the tokens of the plan's base, for a column, a histogram and three numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.bases.base import Base
from pipeline.bases.chat import answer_text, render
from pipeline.bases.tokenizer import base_tokenizer
from pipeline.datasets.facts import token_lengths
from pipeline.datasets.row import Message
from pipeline.errors import BadInput
from pipeline.plan.model import Plan

BINS = 24
MOST_COUNTED = 20_000  # rows; the rest of a large source is drawn from, and it is said


@dataclass(frozen=True)
class TokenRule:
    """Whose tokens are counted.

    Args:
        project: folder that the base may be relative to.
        max_length: of the plan; None where the run decides.
    """

    project: Path
    base: str
    revision: str | None = None
    system_prompt: str | None = None
    max_length: int | None = None


@dataclass(frozen=True)
class LengthFacts:
    """How long a source's rows are.

    Args:
        counted: rows that were counted; fewer than `rows` in a large source.
        bins: rows by length, from 0 to `longest`, each as wide as the others.
        limit: tokens a row may have: the plan's number, else what the base can read.
        over: counted rows that are longer than `limit`.
        is_planned: whether the plan names the limit.
    """

    base: str
    rows: int
    counted: int
    p50: int
    p95: int
    longest: int
    bins: tuple[int, ...]
    limit: int
    context: int
    over: int
    is_planned: bool

    def bars(self, most: int) -> tuple[int, ...]:
        """The bins that hold rows, as at most `most` counts."""
        filled = [at for at, count in enumerate(self.bins) if count]
        if not filled:
            return ()
        kept = self.bins[filled[0] : filled[-1] + 1]
        wide = -(-len(kept) // most)
        return tuple(sum(kept[at : at + wide]) for at in range(0, len(kept), wide))

    @property
    def sentence(self) -> str:
        """The same in words."""
        of = f"{self.counted:,} of {self.rows:,} rows, drawn" if self.counted < self.rows else f"{self.rows:,} rows"
        half = f"Half of {of} have at most {self.p50:,} tokens, 95 of 100 at most {self.p95:,}, the longest"
        return f"{half} {self.longest:,}. {self.limit_sentence}"

    @property
    def limit_sentence(self) -> str:
        """What the limit means for the rows."""
        whose = "the plan's limit" if self.is_planned else f"the limit of {self.base}"
        if not self.over:
            return f"None is longer than {whose}, {self.limit:,}."
        verb = "is" if self.over == 1 else "are"
        return f"{self.over:,} {verb} longer than {whose}, {self.limit:,}: a run refuses them."


def rule_of(project: Path, plan: Plan | None) -> TokenRule:
    """Whose tokens the open plan counts; without one, the embedded base's."""
    from pipeline.bases.base import POCKET

    if plan is None:
        return TokenRule(project, POCKET)
    wanted = plan.training.max_length
    return TokenRule(
        project,
        plan.model.base,
        plan.model.revision,
        plan.dataset.system_prompt,
        wanted if isinstance(wanted, int) else None,
    )


class TokenCounter:
    """Counts tokens of conversations as training will render them.

    Raises:
        BadInput: the base isn't there.
    """

    def __init__(self, rule: TokenRule) -> None:
        from pipeline.bases.base import find_base_in

        self.rule = rule
        self.base: Base = find_base_in(rule.project, rule.base, rule.revision)
        self._tokenizer = base_tokenizer(self.base)

    def count(self, conversations: Sequence[Sequence[Message]]) -> list[int]:
        """Tokens of each conversation; 0 for one that the base's template refuses, or that is empty."""
        texts = [text for messages in conversations for text in self._texts(messages)]
        lengths = [len(each.ids) for each in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
        return [lengths[at] + lengths[at + 1] for at in range(0, len(lengths), 2)]

    def facts(self, counts: Sequence[int], rows: int) -> LengthFacts:
        """What a view shows of the lengths."""
        seen, context = token_lengths(counts), self.base.context
        limit = min(self.rule.max_length or context, context)
        bins = [0] * BINS
        for count in counts:
            bins[min(BINS - 1, count * BINS // (seen.max + 1))] += 1
        over = sum(1 for count in counts if count > limit)
        return LengthFacts(
            self.base.id, rows, len(counts), seen.p50, seen.p95, seen.max, tuple(bins), limit, context, over,
            self.rule.max_length is not None,
        )  # fmt: skip

    def _texts(self, messages: Sequence[Message]) -> tuple[str, str]:
        if not messages:
            return "", ""
        answer = messages[-1]["content"]
        if len(messages) < 2:
            return "", answer
        try:
            ended = answer_text(self.base, messages, self.rule.system_prompt)
            return render(self.base, messages[:-1], self.rule.system_prompt), answer if ended is None else ended
        except BadInput:
            return "", ""
