"""Labels: spellings of one label, texts with several labels, and labels that the plan leaves out."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal

from pipeline.datasets.cell import folded, label_key
from pipeline.datasets.checks.treatment import Outcome
from pipeline.datasets.problem import EXAMPLES, Fix, Problem, counted, excerpt
from pipeline.datasets.row import Draft, Message, SetAside
from pipeline.errors import BadInput


def unify_labels(drafts: Sequence[Draft], wanted: Sequence[str] | None) -> list[Problem]:
    """Gives every row its label: the most frequent of the spellings that differ in case or blanks only.

    Args:
        drafts: changed in place.
        wanted: the plan's labels, whose spelling wins.

    Returns:
        One problem where spellings were merged.
    """
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for draft in drafts:
        spellings[label_key(draft.completion)][draft.completion] += 1
    chosen = {key: max(sorted(counts), key=counts.__getitem__) for key, counts in spellings.items()}
    chosen |= {label_key(label): label for label in wanted or ()}
    changed = 0
    for draft in drafts:
        label = chosen[label_key(draft.completion)]
        if draft.completion != label:
            draft.messages = [*draft.messages[:-1], Message(role="assistant", content=label)]
            changed += 1
        draft.label = label
    variants = {chosen[key]: sorted(counts) for key, counts in spellings.items() if len(counts) > 1}
    return [_merged(variants, changed)] if changed else []


def _merged(variants: dict[str, list[str]], changed: int) -> Problem:
    examples = [f"{label}: {', '.join(map(repr, spellings))}" for label, spellings in sorted(variants.items())]
    return Problem(
        code="data.label_spellings",
        severity="note",
        count=changed,
        message=f"{counted(changed, 'row')} spelled a label differently from most others; the spellings are merged.",
        hint="Nothing to do, unless two of these are different labels to you: then rename one.",
        examples=[excerpt(example) for example in examples[:EXAMPLES]],
    )


def keep_labels(drafts: Sequence[Draft], wanted: Sequence[str]) -> Outcome:
    """Keeps rows with one of the plan's labels.

    Raises:
        BadInput: `data.unknown_label`, for a label that no row has.
    """
    _refuse_unknown(drafts, wanted)
    kept = [draft for draft in drafts if draft.label in wanted]
    aside = [
        SetAside(draft, "data.other_label", f"its label {draft.label!r} is not among the plan's labels.")
        for draft in drafts
        if draft.label not in wanted
    ]
    return kept, aside, [_others(aside)] if aside else []


def _refuse_unknown(drafts: Sequence[Draft], wanted: Sequence[str]) -> None:
    present = {draft.label for draft in drafts if draft.label is not None}
    unknown = [label for label in wanted if label not in present]
    if unknown:
        close = difflib.get_close_matches(unknown[0], present, n=1)
        raise BadInput(
            "data.unknown_label",
            f"No row has the label {unknown[0]!r} of dataset.labels.",
            f"Did you mean {close[0]!r}?" if close else f"There are: {excerpt(', '.join(sorted(present)), 300)}.",
        )


def _others(aside: list[SetAside]) -> Problem:
    left_out = Counter(one.draft.label for one in aside)
    return Problem(
        code="data.other_label",
        severity="note",
        count=len(aside),
        message=f"{counted(len(aside), 'row')} with {counted(len(left_out), 'other label')} than the plan's are set "
        "aside.",
        hint="Add their labels to dataset.labels to use them.",
        examples=[f"{label}: {counted(count, 'row')}" for label, count in left_out.most_common(EXAMPLES)],
    )


def settle_contradictions(
    drafts: Sequence[Draft], action: Literal["off", "warn", "quarantine"] = "quarantine"
) -> Outcome:
    """Texts that stand under several labels keep the label of the majority; without one, none of their rows is kept.

    Rows of a test file of the user's own vote but stay: a measure that we thin out would not be theirs.
    """
    if action == "off":
        return list(drafts), [], []
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    keys = [folded(draft.prompt_text) for draft in drafts]
    for key, draft in zip(keys, drafts, strict=True):
        votes[key][draft.label or ""] += 1
    kept: list[Draft] = []
    aside: list[SetAside] = []
    for key, draft in zip(keys, drafts, strict=True):
        if len(votes[key]) == 1 or draft.own_split == "test" or _majority(votes[key]) == draft.label:
            kept.append(draft)
        else:
            others = ", ".join(repr(label) for label in sorted(votes[key]) if label != draft.label)
            aside.append(SetAside(draft, "data.contradiction", f"the same text is also labelled {others}."))
    texts = {key for key, counts in votes.items() if len(counts) > 1}
    problems = [_contradictions(aside, len(texts), is_kept=action == "warn")] if texts else []
    return (list(drafts), [], problems) if action == "warn" else (kept, aside, problems)


def _majority(votes: Counter[str]) -> str | None:
    (first, most), (_, second) = votes.most_common(2)
    return first if most > second else None


def _contradictions(aside: list[SetAside], texts: int, *, is_kept: bool) -> Problem:
    return Problem(
        code="data.contradiction",
        severity="warning",
        count=texts,
        message=f"{counted(texts, 'text')} stand{'s' if texts == 1 else ''} under more than one label; "
        f"{counted(len(aside), 'row')} against the majority, or without one, "
        f"{'is' if len(aside) == 1 else 'are'} {'kept' if is_kept else 'set aside'}.",
        hint="Decide which label is right and correct the rows.",
        examples=[
            f"{one.draft.source}: {excerpt(one.draft.prompt_text, 70)} → {one.draft.label}, but {one.message}"
            for one in aside[:EXAMPLES]
        ],
        fixes=[_fix("Set them aside", "quarantine")] if is_kept else [_fix("Keep them all", "warn")],
    )


def _fix(title: str, value: str) -> Fix:
    return Fix(title=title, field="dataset.checks.contradictions", value=value)
