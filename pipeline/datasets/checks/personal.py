"""Personal data: mail addresses and phone numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from pipeline.datasets.problem import Problem, counted
from pipeline.datasets.row import Draft, Message, SetAside
from pipeline.errors import BadInput
from pipeline.plan.model import Severity

Kind = Literal["mail", "phone"]

_MAIL = re.compile(r"\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+\b")
# An international number, or a national one that begins with 0; nine to fifteen digits with the usual signs between.
_PHONE = re.compile(r"(?<![\w+.,/-])(?<!\d )(?:\+\d|\(?0(?![.,]\d))(?:[ ()./-]{0,2}\d){7,13}(?![\w-]|[.,]\d)")
_DIGIT = re.compile(r"\d")
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$")


def personal_data(text: str) -> list[tuple[Kind, int, int]]:
    """Mail addresses and phone numbers of a text as (kind, start, end), in order."""
    found: list[tuple[Kind, int, int]] = []
    if "@" in text:
        found += [("mail", match.start(), match.end()) for match in _MAIL.finditer(text)]
    if _DIGIT.search(text):
        for match in _PHONE.finditer(text):
            digits = sum(character.isdigit() for character in match[0])
            if digits >= 9 and not _DATE.match(match[0]):
                found.append(("phone", match.start(), match.end()))
    return sorted(found, key=lambda one: one[1])


def masked(text: str) -> str:
    """`text` with `[mail]` and `[phone]` in place of what was found."""
    parts, end = [], 0
    for kind, start, stop in personal_data(text):
        if start >= end:
            parts += [text[end:start], f"[{kind}]"]
            end = stop
    return "".join([*parts, text[end:]])


def check_personal_data(
    drafts: Sequence[Draft], severity: Severity
) -> tuple[list[Draft], list[SetAside], list[Problem]]:
    """Counts rows with personal data, and does with them what the plan says.

    Raises:
        BadInput: `data.personal_data`, where the plan says `block`.
    """
    if severity == "off":
        return list(drafts), [], []
    with_data = [draft for draft in drafts if any(personal_data(turn["content"]) for turn in draft.messages)]
    if not with_data:
        return list(drafts), [], []
    problem = _problem(with_data, severity)
    if severity == "block":
        raise BadInput("data.personal_data", problem.message, "Mask it (personal_data: mask) or take these rows out.")
    if severity == "mask":
        for draft in with_data:
            draft.messages = [Message(role=turn["role"], content=masked(turn["content"])) for turn in draft.messages]
    if severity in ("warn", "mask"):
        return list(drafts), [], [problem]
    marked = {id(draft) for draft in with_data}
    kept = [draft for draft in drafts if id(draft) not in marked]
    return kept, [SetAside(draft, "data.personal_data", "it has personal data.") for draft in with_data], [problem]


def _problem(with_data: Sequence[Draft], severity: Severity) -> Problem:
    kinds = {"mail": 0, "phone": 0}
    for draft in with_data:
        for kind in {kind for turn in draft.messages for kind, _, _ in personal_data(turn["content"])}:
            kinds[kind] += 1
    done = {"mask": "masked", "quarantine": "set aside", "drop": "set aside"}.get(severity, "kept as they are")
    return Problem(
        code="data.personal_data",
        severity="note" if severity in ("mask", "quarantine", "drop") else "warning",
        count=len(with_data),
        message=f"{counted(len(with_data), 'row')} with personal data, {done}: mail addresses in {kinds['mail']}, "
        f"phone numbers in {kinds['phone']}.",
        hint="" if severity != "warn" else "Set dataset.checks.personal_data to mask to train without them.",
        examples=[f"{draft.source}: {_example(draft)}" for draft in with_data[:3]],
    )


def _example(draft: Draft) -> str:
    """Where the data stood, without repeating it in a report."""
    for turn in draft.messages:
        if found := personal_data(turn["content"]):
            _, start, end = found[0]
            text = masked(turn["content"][max(0, start - 40) : end + 20])
            return " ".join(text.split())
    return ""
