"""Rows that give a model orders, and answers that refuse or speak of being a model: known by phrases."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from pipeline.datasets.checks.treatment import Found, Outcome, settle
from pipeline.datasets.checks.vocabulary import vocabulary
from pipeline.datasets.problem import counted
from pipeline.datasets.row import Draft
from pipeline.plan.model import Treatment

_OPENING = 200  # characters at the beginning of an answer in which a refusal stands; later it is a topic


@functools.cache
def _phrases(name: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{phrase})" for phrase in vocabulary("suspicious")[name]), re.IGNORECASE)


def _straight(text: str) -> str:
    return text.replace("’", "'")


def has_injection(draft: Draft) -> bool:
    """Whether a turn gives a model orders; a system message of the row may."""
    turns = (turn["content"] for turn in draft.messages if turn["role"] != "system")
    return any(_phrases("injection").search(_straight(text)) for text in turns)


def is_refusal(answer: str) -> bool:
    """Whether an answer opens with a refusal."""
    return _phrases("refusals").search(_straight(answer[:_OPENING])) is not None


def is_boilerplate(answer: str) -> bool:
    """Whether an answer has phrases of language models that say nothing."""
    return _phrases("boilerplate").search(_straight(answer)) is not None


def check_injection(drafts: Sequence[Draft], action: Treatment) -> Outcome:
    """Rows that try to give the model orders: a model learns to follow them."""
    if action == "off":
        return list(drafts), [], []
    why = {i: "it gives a model orders." for i, draft in enumerate(drafts) if has_injection(draft)}
    what = f"{counted(len(why), 'row')} that give a model orders (`ignore your instructions`), {{done}}."
    hint = "A model can learn to obey them. Set dataset.checks.injection to quarantine, unless they are your subject."
    return settle(drafts, Found("data.injection", "injection", what, hint, why), action)


def check_refusals(drafts: Sequence[Draft], action: Treatment) -> Outcome:
    """Answers that refuse."""
    if action == "off":
        return list(drafts), [], []
    why = {i: "its answer refuses." for i, draft in enumerate(drafts) if is_refusal(draft.completion)}
    what = f"{counted(len(why), 'answer')} that refuse to answer, {{done}}."
    hint = "A model that learns them refuses more. Set dataset.checks.refusals to quarantine, unless you want that."
    return settle(drafts, Found("data.refusal", "refusals", what, hint, why), action)


def check_boilerplate(drafts: Sequence[Draft], action: Treatment) -> Outcome:
    """Answers that speak of being a model, or frame what they say with the phrases of one."""
    if action == "off":
        return list(drafts), [], []
    why = {
        i: "its answer is a language model's set phrase." for i, d in enumerate(drafts) if is_boilerplate(d.completion)
    }
    what = f"{counted(len(why), 'answer')} with set phrases of language models (`As an AI`), {{done}}."
    hint = "They are learned like everything else. Set dataset.checks.boilerplate to quarantine, or edit the answers."
    return settle(drafts, Found("data.boilerplate", "boilerplate", what, hint, why), action)
