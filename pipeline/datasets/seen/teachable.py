"""Rows that a run would refuse, found before it starts, with the change of the plan that lets it start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from pipeline.bases.base import Base
from pipeline.datasets.problem import EXAMPLES, Fix, Problem, counted
from pipeline.datasets.seen.lengths import Flaw, RowLength
from pipeline.errors import BadInput
from pipeline.plan.model import Plan

_WHAT: dict[Flaw, tuple[str, str, str]] = {
    "no_prompt": (
        "data.no_prompt",
        "with an answer but no question: nothing says when to give it",
        "Map a column to `prompt`.",
    ),
    "no_target": ("data.no_target", "with an empty answer: no token of it would be trained", "Fill in the answers."),
    "no_end": (
        "data.no_end",
        "whose answer has no end token: the model would not learn to stop",
        "Choose a base whose chat template ends every answer, such as `pocket`.",
    ),
    "refused": ("data.template_refuses", "that the base's chat template refuses", "Change the roles of these rows."),
    "too_long": (
        "data.too_long",
        "longer than {limit:,} tokens; rows are never cut",
        "Shorten them, or raise training.max_length.",
    ),
}
NAMED = 500  # identities that a plan can be asked to hold


def token_limit(plan: Plan, base: Base) -> int:
    """Tokens that a row may have: the plan's number, and never more than the base can read."""
    wanted = plan.training.max_length
    return min(wanted, base.context) if isinstance(wanted, int) else base.context


def flaw_of(length: RowLength, limit: int) -> Flaw:
    """Why a run would refuse a row; empty for nothing."""
    return length.flaw or ("too_long" if length.total > limit else "")


def unteachable(rows: Sequence[tuple[str, str]], lengths: Sequence[RowLength], plan: Plan, base: Base) -> list[Problem]:
    """What would stop a run, one problem for each reason.

    Args:
        rows: identity and source of each row that is trained or watched.
        lengths: of these rows.
        plan: whose length limit counts.
        base: that the rows were counted with.
    """
    limit = token_limit(plan, base)
    by_flaw: dict[Flaw, list[int]] = defaultdict(list)
    for index, length in enumerate(lengths):
        flaw = flaw_of(length, limit)
        if flaw and not (flaw == "no_prompt" and plan.training.method == "cpt"):  # text is learned as it stands
            by_flaw[flaw].append(index)
    return [_problem(flaw, rows, lengths, indices, plan, limit) for flaw, indices in by_flaw.items()]


def refuse_unteachable(problems: Sequence[Problem]) -> None:
    """Stops before a run is made.

    Raises:
        BadInput: the first problem's code; the message counts the rows, the hint names the fix.
    """
    if not problems:
        return
    first = problems[0]
    fix = f" Or take them out: vibetune data check --fix {first.code}" if first.fixes else ""
    details = [problem.model_dump() for problem in problems]
    raise BadInput(first.code, f"{first.message} First: {first.examples[0]}.", f"{first.hint}{fix}", problems=details)


def _problem(
    flaw: Flaw,
    rows: Sequence[tuple[str, str]],
    lengths: Sequence[RowLength],
    indices: list[int],
    plan: Plan,
    limit: int,
) -> Problem:
    code, what, hint = _WHAT[flaw]
    error = lengths[indices[0]].error
    return Problem(
        code=code,
        severity="block",
        count=len(indices),
        message=f"{counted(len(indices), 'row')} {what.format(limit=limit)}; no run starts with them.",
        hint=f"{error.message} {error.hint}" if error else hint,
        examples=[f"{rows[i][1]}: {lengths[i].total:,} tokens" for i in indices[:EXAMPLES]],
        fixes=_fixes(flaw, [rows[i][0] for i in indices], max(lengths[i].total for i in indices), plan, limit),
    )


def _fixes(flaw: Flaw, identities: list[str], longest: int, plan: Plan, limit: int) -> list[Fix]:
    if flaw == "too_long":
        found = [Fix(title="Set these rows aside", field="dataset.checks.too_long", value="quarantine")]
        wanted = plan.training.max_length
        if isinstance(wanted, int) and wanted == limit:
            found.append(Fix(title=f"Allow {longest:,} tokens", field="training.max_length", value=longest))
        return found
    if len(identities) > NAMED:
        return []
    together = list(dict.fromkeys([*plan.dataset.checks.set_aside, *identities]))
    return [Fix(title="Set these rows aside", field="dataset.checks.set_aside", value=together)]
