"""Rows with personal data or secrets, and what the plan wants done with them."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.datasets.checks.personal_patterns import KINDS, Kind, masked, personal_data
from pipeline.datasets.checks.treatment import DONE, Outcome
from pipeline.datasets.problem import EXAMPLES, Fix, Problem, counted, listed
from pipeline.datasets.row import Draft, Message, SetAside
from pipeline.errors import BadInput
from pipeline.plan.model import Severity

_NAMES: dict[Kind, str] = {
    "secret": "keys or passwords",
    "mail": "mail addresses",
    "iban": "bank accounts",
    "card": "payment cards",
    "mac": "hardware addresses",
    "ip": "network addresses",
    "id": "numbers of states (tax, social security, identity)",
    "phone": "phone numbers",
}
_FIELD = "dataset.checks.personal_data"


def masked_messages(messages: Sequence[Message]) -> list[Message]:
    """Turns with marks in place of personal data."""
    return [{**turn, "content": masked(turn["content"])} for turn in messages]


def check_personal_data(drafts: Sequence[Draft], severity: Severity) -> Outcome:
    """Counts rows with personal data, and does with them what the plan says.

    A masked row remembers what it was, so that its split is drawn from the same content as before.

    Raises:
        BadInput: `data.personal_data`, where the plan says `block`.
    """
    if severity == "off":
        return list(drafts), [], []
    kinds_of = {id(draft): kinds for draft in drafts if (kinds := _kinds(draft))}
    if not kinds_of:
        return list(drafts), [], []
    with_data = [draft for draft in drafts if id(draft) in kinds_of]
    problem = _problem(with_data, list(kinds_of.values()), severity)
    if severity == "block":
        raise BadInput("data.personal_data", problem.message, "Mask it (personal_data: mask) or take these rows out.")
    if severity == "mask":
        for draft in with_data:
            draft.unmasked = draft.messages
            draft.messages = masked_messages(draft.messages)
            draft.rejected = None if draft.rejected is None else masked_messages(draft.rejected)
    if severity in ("warn", "mask"):
        return list(drafts), [], [problem]
    kept = [draft for draft in drafts if id(draft) not in kinds_of]
    aside = [SetAside(draft, "data.personal_data", f"it has {_named(kinds_of[id(draft)])}.") for draft in with_data]
    return kept, aside, [problem]


def _kinds(draft: Draft) -> frozenset[Kind]:
    return frozenset(kind for text in draft.texts for kind, _, _ in personal_data(text))


def _named(kinds: frozenset[Kind]) -> str:
    return listed([_NAMES[kind] for kind in KINDS if kind in kinds])


def _problem(with_data: Sequence[Draft], kinds: Sequence[frozenset[Kind]], severity: Severity) -> Problem:
    counts = {kind: sum(kind in found for found in kinds) for kind in KINDS}
    parts = ", ".join(f"{_NAMES[kind]} in {count}" for kind, count in counts.items() if count)
    is_settled = severity in ("mask", "quarantine", "drop")
    return Problem(
        code="data.personal_data",
        severity="note" if is_settled else "warning",
        count=len(with_data),
        message=f"{counted(len(with_data), 'row')} with personal data or secrets, {DONE[severity]}: {parts}.",
        hint="" if is_settled else "Set dataset.checks.personal_data to mask to train without them.",
        examples=[f"{draft.source}: {_example(draft)}" for draft in with_data[:EXAMPLES]],
        fixes=[] if is_settled else _fixes(),
    )


def _fixes() -> list[Fix]:
    return [
        Fix(title="Mask them", field=_FIELD, value="mask"),
        Fix(title="Set these rows aside", field=_FIELD, value="quarantine"),
        Fix(title="Keep them and stop looking", field=_FIELD, value="off"),
    ]


def _example(draft: Draft) -> str:
    """Where the data stood, without repeating it in a report."""
    for text in draft.texts:
        if found := personal_data(text):
            _, start, end = found[0]
            # Masked before it is cut: half a number would not be recognised as one.
            before, after = masked(text[:start]), masked(text[end:])
            return " ".join(f"{before[-40:]}[{found[0][0]}]{after[:20]}".split())
    return ""
