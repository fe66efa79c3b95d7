"""What the plan wants done with rows that a check found: nothing, a word about it, set them aside, or refuse them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from pipeline.datasets.problem import EXAMPLES, Fix, Problem, counted, excerpt
from pipeline.datasets.row import Draft, SetAside
from pipeline.errors import BadInput
from pipeline.plan.model import Severity, Treatment

Outcome = tuple[list[Draft], list[SetAside], list[Problem]]
DONE: dict[Severity, str] = {
    "warn": "kept as they are",
    "mask": "masked",
    "quarantine": "set aside",
    "drop": "set aside",
    "block": "not accepted by this plan",
}


@dataclass(frozen=True)
class Found:
    """Rows that a check found.

    Attributes:
        code: of the problem and of the rows that are set aside.
        field: in `dataset.checks` that says what happens to them.
        what: the sentence about them; `{done}` is what happened.
        hint: what to do where they are only named.
        why: position of a row → why it was found, as its reason in the quarantine.
    """

    code: str
    field: str
    what: str
    hint: str
    why: Mapping[int, str]


@dataclass(frozen=True)
class Sought:
    """Rows that a check tells one by one.

    Attributes:
        code, field, hint: see `Found`.
        why: the reason of each row.
        what: what is said of them, after their number.
        noun: what is counted.
        matches: whether a row is one of them.
    """

    code: str
    field: str
    why: str
    what: str
    hint: str
    matches: Callable[[Draft], bool]
    noun: str = "row"


def settle_sought(drafts: Sequence[Draft], sought: Sought, action: Treatment) -> Outcome:
    """Looks at every row, and does with those that match what the plan says.

    Raises:
        BadInput: see `settle`.
    """
    if action == "off":
        return list(drafts), [], []
    why = {i: sought.why for i, draft in enumerate(drafts) if sought.matches(draft)}
    what = f"{counted(len(why), sought.noun)} {sought.what}, {{done}}."
    return settle(drafts, Found(sought.code, sought.field, what, sought.hint, why), action)


def settle(drafts: Sequence[Draft], found: Found, action: Treatment) -> Outcome:
    """Does with the found rows what the plan says; the user's own test file stays whole.

    Raises:
        BadInput: with the check's code, where the plan says `block`.
    """
    if action == "off" or not found.why:
        return list(drafts), [], []
    problem = Problem(
        code=found.code,
        severity="note" if action == "quarantine" else "warning",
        count=len(found.why),
        message=found.what.format(done=DONE[action]),
        hint=found.hint if action == "warn" else "",
        examples=examples(drafts[index] for index in found.why),
        fixes=fixes(found.field) if action == "warn" else [],
    )
    if action == "block":
        raise BadInput(found.code, problem.message, f"Take them out, or set dataset.checks.{found.field}: quarantine.")
    if action == "warn":
        return list(drafts), [], [problem]
    leaving = {index: why for index, why in found.why.items() if drafts[index].own_split != "test"}
    kept = [draft for index, draft in enumerate(drafts) if index not in leaving]
    return kept, [SetAside(drafts[index], found.code, why) for index, why in leaving.items()], [problem]


def fixes(field: str) -> list[Fix]:
    """Set the rows aside, or stop looking for them."""
    name = f"dataset.checks.{field}"
    return [
        Fix(title="Set these rows aside", field=name, value="quarantine"),
        Fix(title="They are meant to be so", field=name, value="off"),
    ]


def examples(drafts: Iterable[Draft]) -> list[str]:
    """The first rows with their place."""
    return [f"{draft.source}: {excerpt(draft.prompt_text, 70)}" for draft in islice(drafts, EXAMPLES)]
