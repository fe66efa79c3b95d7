"""Rows with insults and obscene words, known by a list that is kept as hashes."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Sequence
from importlib import resources

from pipeline.datasets.checks.treatment import Outcome, Sought, settle_sought
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


_OFFENSIVE = Sought(
    "data.offensive",
    "offensive",
    why="it has a word from the list of insults.",
    what="with insults or obscene words",
    hint="Customers swear; answers should not. Set dataset.checks.offensive to quarantine to train without them.",
    matches=lambda draft: any(map(is_offensive, draft.texts)),
)


def check_offensive(drafts: Sequence[Draft], action: Treatment) -> Outcome:
    """Rows with words of the list."""
    return settle_sought(drafts, _OFFENSIVE, action)
