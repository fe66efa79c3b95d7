"""Everything that can be said about a plan's data before a run; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.bases.base import Base
from pipeline.datasets.checks.languages import language_of
from pipeline.datasets.checks.linear import LearningCurve, agreement, learning_curve
from pipeline.datasets.checks.quality import Quality, quality
from pipeline.datasets.facts import TokenLengths, token_lengths
from pipeline.datasets.problem import EXAMPLES, Fix, Problem, counted, excerpt, listed
from pipeline.datasets.row import Draft
from pipeline.datasets.seen.lengths import RowLength, longest_lengths
from pipeline.datasets.seen.teachable import NAMED, token_limit, unteachable
from pipeline.datasets.versions.prepare import Prepared, prepare
from pipeline.plan.model import Plan

_ORDER = {"block": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Examination:
    """What was found.

    Attributes:
        rows: that would go into a version; `aside` by reason.
        lengths: tokens of whole rows; None without a base.
        limit: tokens a row may have; None without a base.
        languages: of the prompts; an empty name counts those that can't be told.
        enough: None where rows have no labels, or it was not asked for.
    """

    problems: list[Problem]
    rows: int
    aside: dict[str, int]
    labels: dict[str, int]
    lengths: TokenLengths | None
    limit: int | None
    languages: dict[str, int]
    quality: Quality
    enough: LearningCurve | None

    @property
    def is_blocked(self) -> bool:
        """Whether a run would refuse these rows."""
        return any(problem.severity == "block" for problem in self.problems)

    def as_json(self) -> dict[str, Any]:
        """Plain values; of the quality, the score, its parts and what is proposed."""
        parts = {"score": round(self.quality.score, 1), "parts": self.quality.parts}
        return {
            "blocked": self.is_blocked,
            "rows": self.rows,
            "aside": self.aside,
            "labels": self.labels,
            "tokens": None if self.lengths is None else {**asdict(self.lengths), "limit": self.limit},
            "languages": self.languages,
            "quality": parts | {"leave_out": len(self.quality.leave_out)},
            "enough": None if self.enough is None else asdict(self.enough),
            "problems": [problem.model_dump() for problem in self.problems],
        }


def examine(plan: Plan, project: Path, base: Base | None = None, *, is_quick: bool = False) -> Examination:
    """Checks a plan's data as a run would, and says more than a run has to.

    Args:
        plan: whose data is read.
        project: folder that the plan's paths are relative to.
        base: whose tokens are counted; without one, lengths are left out.
        is_quick: leaves out what trains a linear model.

    Raises:
        BadInput: sources that can't be used, or a check that the plan wants to block.
    """
    prepared = prepare(plan, project)
    drafts = prepared.drafts
    lengths = longest_lengths(base, drafts, plan.dataset.system_prompt) if base else []
    texts, labels = [draft.prompt_text for draft in drafts], [draft.label or "" for draft in drafts]
    has_labels = plan.task == "classification" and not is_quick
    score = quality(drafts, agreement(texts, labels) if has_labels else None)
    problems = [*_too_much(prepared, lengths, plan, base), *prepared.problems, *_doubtful(plan, drafts, score)]
    return Examination(
        problems=sorted(problems, key=lambda problem: _ORDER[problem.severity]),
        rows=len(drafts),
        aside=dict(Counter(one.reason for one in prepared.aside)),
        labels=dict(Counter(label for label in labels if label).most_common()),
        lengths=token_lengths([length.total for length in lengths]) if base else None,
        limit=token_limit(plan, base) if base else None,
        languages=dict(Counter(language_of(text) for text in texts).most_common()),
        quality=score,
        enough=learning_curve(texts, labels, [draft.group for draft in drafts]) if has_labels else None,
    )


def _too_much(prepared: Prepared, lengths: Sequence[RowLength], plan: Plan, base: Base | None) -> list[Problem]:
    if base is None:
        return []
    # The user's own test rows are asked, not trained: a long one stops no run.
    trained = [i for i, draft in enumerate(prepared.drafts) if draft.own_split != "test"]
    named = [(prepared.drafts[i].id, prepared.drafts[i].source) for i in trained]
    return unteachable(named, [lengths[i] for i in trained], plan, base)


def _doubtful(plan: Plan, drafts: Sequence[Draft], score: Quality) -> list[Problem]:
    """The proposed best subset: everything but the worst rows."""
    worst = score.leave_out[:NAMED]
    if not worst:
        return []
    together = list(dict.fromkeys([*plan.dataset.checks.set_aside, *(drafts[i].id for i in worst)]))
    failed = Counter(part for i in worst for part in score.why[i])
    reasons = listed([f"{part} ({count})" for part, count in failed.most_common()])
    return [
        Problem(
            code="data.low_quality",
            severity="note",
            count=len(worst),
            message=f"{counted(len(worst), 'row')} not {reasons or 'new'}: "
            f"the other {len(drafts) - len(worst):,} are the proposed best subset.",
            hint="Look at them first: a rare row can look like a wrong one.",
            examples=[
                f"{drafts[i].source}: {excerpt(drafts[i].prompt_text, 60)} → {excerpt(drafts[i].completion, 30)}"
                for i in worst[:EXAMPLES]
            ],
            fixes=[Fix(title="Use the best subset", field="dataset.checks.set_aside", value=together)],
        )
    ]
