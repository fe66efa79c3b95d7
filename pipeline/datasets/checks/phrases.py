"""Rows that give a model orders, and answers that refuse or speak of being a model: known by phrases."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from pipeline.datasets.checks.any_case import AnyCase
from pipeline.datasets.checks.treatment import Outcome, Sought, settle_sought
from pipeline.datasets.checks.vocabulary import vocabulary
from pipeline.datasets.row import Draft
from pipeline.plan.model import Treatment

_OPENING = 200  # characters at the beginning of an answer in which a refusal stands; later it is a topic


@functools.cache
def _phrases(name: str) -> AnyCase:
    return AnyCase("|".join(f"(?:{phrase})" for phrase in vocabulary("suspicious")[name]))


def _straight(text: str) -> str:
    return text.replace("’", "'")


def has_injection(draft: Draft) -> bool:
    """Whether a turn gives a model orders; a system message of the row may."""
    turns = (turn["content"] for turn in (*draft.messages, *(draft.rejected or ())) if turn["role"] != "system")
    return any(_phrases("injection").search(_straight(text)) for text in turns)


def is_refusal(answer: str) -> bool:
    """Whether an answer opens with a refusal."""
    return _phrases("refusals").search(_straight(answer[:_OPENING])) is not None


def is_boilerplate(answer: str) -> bool:
    """Whether an answer has phrases of language models that say nothing."""
    return _phrases("boilerplate").search(_straight(answer)) is not None


_INJECTION = Sought(
    "data.injection",
    "injection",
    why="it gives a model orders.",
    what="that give a model orders (`ignore your instructions`)",
    hint="A model can learn to obey them. Set dataset.checks.injection to quarantine, unless they are your subject.",
    matches=has_injection,
)
_REFUSALS = Sought(
    "data.refusal",
    "refusals",
    why="its answer refuses.",
    what="that refuse to answer",
    hint="A model that learns them refuses more. Set dataset.checks.refusals to quarantine, unless you want that.",
    matches=lambda draft: draft.desired is not False and is_refusal(draft.completion),
    noun="answer",
)
_BOILERPLATE = Sought(
    "data.boilerplate",
    "boilerplate",
    why="its answer is a language model's set phrase.",
    what="with set phrases of language models (`As an AI`)",
    hint="They are learned like everything else. Set dataset.checks.boilerplate to quarantine, or edit the answers.",
    matches=lambda draft: draft.desired is not False and is_boilerplate(draft.completion),
    noun="answer",
)


def check_injection(drafts: Sequence[Draft], action: Treatment) -> Outcome:
    """Rows that try to give the model orders: a model learns to follow them."""
    return settle_sought(drafts, _INJECTION, action)


def check_refusals(drafts: Sequence[Draft], action: Treatment) -> Outcome:
    """Answers that refuse."""
    return settle_sought(drafts, _REFUSALS, action)


def check_boilerplate(drafts: Sequence[Draft], action: Treatment) -> Outcome:
    """Answers that speak of being a model, or frame what they say with the phrases of one."""
    return settle_sought(drafts, _BOILERPLATE, action)
