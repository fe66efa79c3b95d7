"""Column names that data sets use for each role. They tip the scale where content leaves a choice, no more.

The sets below are English; what other languages call such columns is in `resources/vocabulary/headers.csv`.
"""

from __future__ import annotations

import csv
import functools
import re
import unicodedata
from collections.abc import Sequence
from importlib import resources


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PROMPTS = _words(
    "prompt instruction instructions question query input source request user note document dialogue article "
    "conversation ctx context src english problem human incoming user_input text message"
)
COMPLETIONS = _words(
    "completion output response answer answers target reply summary assistant canonical_solution solution result tgt "
    "translation expected gold highlights bot outgoing rewrite rewritten sql query resolution"
)
QUESTIONS = _words("prompt instruction instructions question query input")
# What follows an instruction in the same prompt: Alpaca's `input`, Dolly's `context`.
PROMPT_PARTS = ("input", "context")
TEXTS = _words(
    "text message body content description comment review tweet sentence utterance question prompt input email post "
    "ticket document title request feedback query transcript headline"
)
LABELS = _words(
    "label labels category class intent topic sentiment type tag target queue department team folder theme reason "
    "classification group genre emotion priority urgency severity completion output answer label_text stars rating "
    "is_spam spam toxic"
)
# A column that is called so is there to be learned, even where it has one value only.
TARGETS = _words(
    "label labels category class intent topic sentiment queue target classification completion spam is_spam"
)
NOT_LABELS = _words(
    "agent assignee author user customer name owner channel source language lang locale country region city status "
    "state split date created updated time id model version product platform device browser activity_label"
)
CONVERSATIONS = _words("conversation_id thread_id thread dialogue_id dialog_id session_id conversation_hash")
SYSTEMS = _words("system system_prompt")
# One turn per row: who speaks, when, and in which conversation.
SPEAKERS = _words("role roles speaker sender author from sender_name user_name who participant")
TIMES = _words("timestamp time date datetime created created_at sent sent_at ts")
THREADS = _words("thread channel chat dialogue_id chat_id ticket_id ticket case_id") | CONVERSATIONS
# Judged answers: lists of them, their ranks, and whether one is wanted.
RANKED = _words("responses completions answers candidates outputs output response ranked_responses")
RANKS = _words("ranks rank ranking scores score ratings rating rewards")
VERDICTS = _words("label labels desirable is_desirable thumbs liked is_good feedback kto_tag helpful is_helpful")
TOOLS = _words("tools functions")

_ROLES = (PROMPTS, COMPLETIONS, TEXTS, LABELS, CONVERSATIONS, SYSTEMS)
_OTHERS = _words("id messages conversations role chosen rejected subject created agent author sender")


_BORDER = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")
# Languages that write the parts of a name together: Kundennachricht is a message, 客户问题 a question.
_COMPOUNDING = {"de": 4, "nl": 4, "ja": 2, "zh": 2, "ko": 2}  # letters that the last part has at least


def normal(name: str) -> str:
    """`Customer-Query` and `customerQuery` become `customer_query`, and so does what another language calls it."""
    plain = _plain(name)
    return next(iter(_english(plain)), plain)


def _plain(name: str) -> str:
    text = unicodedata.normalize("NFC", name)
    return "_".join(part for part in _BORDER.split(text) if part).lower()


def _english(plain: str) -> tuple[str, ...]:
    """English names of what another language calls so; none for a word that English has, too."""
    return () if _is_english(plain) else _words_abroad()[0].get(plain, ())


@functools.cache
def _words_abroad() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Words of other languages → English names: all of them, and those that end a compound."""
    text = (resources.files("resources") / "vocabulary" / "headers.csv").read_text("utf-8")
    every: dict[str, tuple[str, ...]] = {}
    ending: dict[str, tuple[str, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        for word in map(_plain, row["words"].split("|")):
            every[word] = (*every.get(word, ()), row["name"])
            if len(word) >= _COMPOUNDING.get(row["language"], len(word) + 1):
                ending[word] = (*ending.get(word, ()), row["name"])
    return every, ending


def _meanings(plain: str) -> set[str]:
    """What a name may mean: itself, its last word, and what these are in English."""
    last = plain.rpartition("_")[2]
    found = {plain, last, *_english(plain), *_english(last)}
    if _is_english(last) or len(found) > len({plain, last}):
        return found
    ends = (last[start:] for start in range(1, len(last)))
    compound = next((end for end in ends if end in _words_abroad()[1]), None)
    return found if compound is None else found | set(_words_abroad()[1][compound])


def first_of(columns: Sequence[str], known: frozenset[str]) -> int | None:
    """Position of the first column that is called one of `known`."""
    return next((at for at, name in enumerate(columns) if normal(name) in known), None)


def means(name: str, known: frozenset[str]) -> bool:
    """Whether a name is one of `known`, or ends in one: `customer_message` is a message."""
    return not known.isdisjoint(_meanings(_plain(name)))


def may_be_label(name: str) -> bool:
    """Whether a name does not speak of a person, a channel, a time or the like: `split_type` is no type."""
    first = _plain(name).partition("_")[0]
    return not means(name, NOT_LABELS) and NOT_LABELS.isdisjoint((first, *_english(first)))


def is_known(name: str) -> bool:
    """Whether data sets use this very name for a column."""
    plain = normal(name)
    return bool(plain) and _is_english(plain)


def _is_english(plain: str) -> bool:
    return any(plain in known for known in (*_ROLES, _OTHERS))
