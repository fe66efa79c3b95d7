"""Rows that the plan itself sets aside or keeps, by their identity: a person has looked at them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pipeline.datasets.checks.treatment import Outcome, examples
from pipeline.datasets.problem import EXAMPLES, Problem, counted, excerpt
from pipeline.datasets.row import Draft, SetAside

# Taking these back would make no row: there is no answer, or none that this plan trains.
NOT_TO_TAKE_BACK = frozenset({"data.other_label", "data.set_aside"})


def set_chosen_aside(drafts: Sequence[Draft], chosen: Collection[str]) -> Outcome:
    """Sets the plan's rows aside."""
    if not chosen:
        return list(drafts), [], []
    wanted = frozenset(chosen)
    leaving = [i for i, draft in enumerate(drafts) if draft.id in wanted]
    if not leaving:
        return list(drafts), [], []
    kept = [draft for draft in drafts if draft.id not in wanted]
    aside = [
        SetAside(drafts[i], "data.set_aside", "the plan sets it aside (dataset.checks.set_aside).") for i in leaving
    ]
    problem = Problem(
        code="data.set_aside",
        severity="note",
        count=len(leaving),
        message=f"{counted(len(leaving), 'row')} set aside because the plan names them.",
        hint="Take an identity out of dataset.checks.set_aside to use its row again.",
        examples=examples(drafts[i] for i in leaving),
    )
    return kept, aside, [problem]


def takes_back(one: SetAside, kept: Collection[str]) -> bool:
    """Whether a row that a check sets aside stays, because the plan keeps it."""
    return one.draft.id in kept and one.reason not in NOT_TO_TAKE_BACK


def check_identities(named: Sequence[str], rows: Sequence[Draft], aside: Sequence[SetAside]) -> list[Problem]:
    """Names identities of the plan that no row has: a copy of a plan for other data, or a row that was corrected."""
    if not named:
        return []
    there = {draft.id for draft in rows} | {one.draft.id for one in aside}
    missing = [identity for identity in named if identity not in there]
    if not missing:
        return []
    return [
        Problem(
            code="data.unknown_identity",
            severity="note",
            count=len(missing),
            message=f"{counted(len(missing), 'identity', 'identities')} of checks.keep or set_aside stand in no row.",
            hint="A corrected row has a new identity. Take the old ones out of the plan.",
            examples=[excerpt(identity, 40) for identity in missing[:EXAMPLES]],
        )
    ]
