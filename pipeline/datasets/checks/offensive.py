"""Rows with insults and obscene words, known by a list that is kept as hashes."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence
from importlib import resources

from pipeline.datasets.checks.treatment import Found, Outcome, settle
from pipeline.datasets.problem import counted
from pipeline.datasets.row import Draft
from pipeline.plan.model import Treatment

_WORD = re.compile(r"[^\W\d_]{4,}")
_HASH_DIGITS = 12


@functools.cache
def _hashes() -> frozenset[str]:
    text = (resources.files("resources") / "vocabulary" / "offensive.txt").read_text("utf-8")
    return frozenset(one for line in text.splitlines() if not line.startswith("#") for one in line.split())


@functools.lru_cache(maxsize=100_000)
def _is_listed(word: str) -> bool:
    return hashlib.sha256(word.encode()).hexdigest()[:_HASH_DIGITS] in _hashes()


def is_offensive(text: str) -> bool:
    """Whether a text has a word of the list; it knows words, not meanings."""
    return any(_is_listed(word) for word in set(_WORD.findall(text.lower())))


def check_offensive(drafts: Sequence[Draft], action: Treatment) -> Outcome:
    """Rows with words of the list."""
    if action == "off":
        return list(drafts), [], []
    why = {
        i: "it has a word from the list of insults."
        for i, draft in enumerate(drafts)
        if any(is_offensive(turn["content"]) for turn in draft.messages)
    }
    what = f"{counted(len(why), 'row')} with insults or obscene words, {{done}}."
    hint = "Customers swear; answers should not. Set dataset.checks.offensive to quarantine to train without them."
    return settle(drafts, Found("data.offensive", "offensive", what, hint, why), action)
