"""What a sentence says: which tasks it names, which fields it fixes, which base it wants; or that it only asks.

Nothing here looks at data. File names in the sentence are taken out first: they are names, never wishes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.planner import vocabulary
from assistant.planner.known_bases import known_bases
from assistant.planner.phrases import Match, Token, tokens_of
from assistant.planner.vocabulary import Topic
from pipeline.plan.fields import find_field, parse_path
from pipeline.plan.model import Task

_FILE = re.compile(r"\S+\.(?:csv|tsv|tab|json|jsonl|ndjson|parquet|txt|xlsx?|pdf|docx?|md)\b", re.IGNORECASE)
_HUB_ID = re.compile(r"(?<![\w./-])[A-Za-z][\w-]*/[A-Za-z][\w.-]*\w")
_NEGATION_REACH = 4  # words that a "not" reaches over


@dataclass(frozen=True)
class Wish:
    """A field that the sentence fixes, and the words that do it."""

    field: str
    value: Any
    said: str
    warning: str = ""


@dataclass(frozen=True)
class Said:
    """How surely a sentence speaks of something, 0 to 1, and in which words."""

    strength: float
    words: str


@dataclass
class Understanding:
    """A sentence, read."""

    goal: str
    language: str = "en"
    tasks: dict[Task, Said] = field(default_factory=dict)
    wishes: list[Wish] = field(default_factory=list)
    ruled_out: dict[str, list[Any]] = field(default_factory=dict)  # field → values that the sentence doesn't want
    base_id: str | None = None
    family: str | None = None
    words: frozenset[str] = frozenset()  # of the sentence, without case
    is_question: bool = False
    topic: Topic | None = None  # that the sentence speaks of, among those with a written answer

    def wish(self, name: str) -> Wish | None:
        """The wish for one field."""
        return next((wish for wish in self.wishes if wish.field == name), None)

    def value(self, name: str) -> Any:
        """The value wished for one field; None where there is none."""
        wish = self.wish(name)
        return wish.value if wish else None


def understand(sentence: str) -> Understanding:
    """Reads a sentence in any of the vocabulary's languages."""
    goal = " ".join(sentence.split())
    text = _FILE.sub(lambda found: " " * len(found[0]), goal)
    base_id, text = _hub_id(text)
    tokens = tokens_of(text, vocabulary.spelled_numbers())
    found = Understanding(goal, base_id=base_id, words=frozenset(token.text for token in tokens))
    found.language = _language(found.words)
    found.tasks = _tasks(tokens, goal)
    _settings(found, tokens)
    _quantities(found, tokens)
    _named_base(found, tokens)
    found.is_question = goal.endswith(("?", "？")) or _begins_as_question(tokens)
    found.topic = _topic(tokens)
    return found


def _hub_id(text: str) -> tuple[str | None, str]:
    """A base's id in the hub, and the text without it; `and/or` is none."""
    known = {base.id.casefold(): base.id for base in known_bases()}
    for found in _HUB_ID.finditer(text):
        if found[0].casefold() in known or any(sign.isdigit() for sign in found[0].partition("/")[2]):
            rest = text[: found.start()] + " " * len(found[0]) + text[found.end() :]
            return known.get(found[0].casefold(), found[0]), rest
    return None, text


def _language(words: frozenset[str]) -> str:
    counts = {language: len(words & common) for language, common in vocabulary.common_words().items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > counts.get("en", 0) else "en"


def _words(goal: str, tokens: Sequence[Token], match: Match) -> str:
    if match.end <= match.start:
        return ""
    return goal[tokens[match.start].start : tokens[match.end - 1].end]


def is_negated(tokens: Sequence[Token], start: int) -> bool:
    """Whether a "not" before token `start` reaches it."""
    for token in reversed(tokens[max(0, start - _NEGATION_REACH) : start]):
        if token.is_end or token.text in vocabulary.borders():
            return False
        if token.text in vocabulary.negations():
            return True
    return False


def _tasks(tokens: Sequence[Token], goal: str) -> dict[Task, Said]:
    found: dict[Task, Said] = {}
    for task, phrases in vocabulary.task_phrases().items():
        doubt, words, strongest = 1.0, "", 0.0
        for phrase in phrases:
            match = phrase.find(tokens)
            if match is None or is_negated(tokens, match.start):
                continue
            doubt *= 1 - phrase.strength
            if phrase.strength > strongest:
                strongest, words = phrase.strength, _words(goal, tokens, match)
        if words:
            found[task] = Said(round(1 - doubt, 3), words)
    return dict(sorted(found.items(), key=lambda item: -item[1].strength))


def _settings(found: Understanding, tokens: Sequence[Token]) -> None:
    for setting in vocabulary.settings():
        for phrase in setting.phrases:
            match = phrase.find(tokens)
            if match is None:
                continue
            if is_negated(tokens, match.start):
                found.ruled_out.setdefault(setting.field, []).append(setting.value)
            elif found.wish(setting.field) is None:
                found.wishes.append(Wish(setting.field, setting.value, _words(found.goal, tokens, match)))
            break
    _next_best(found)


def _next_best(found: Understanding) -> None:
    """Where only the usual value is ruled out, the next one of the vocabulary is meant: "not LoRA" is full training."""
    for name, values in found.ruled_out.items():
        options = [setting.value for setting in vocabulary.settings() if setting.field == name]
        left = [option for option in options if option not in values]
        if found.wish(name) is None and options[0] in values and left and name == "training.adapter.type":
            found.wishes.append(Wish(name, left[0], f"not {options[0]}"))


def _quantities(found: Understanding, tokens: Sequence[Token]) -> None:
    for quantity in vocabulary.quantities():
        if found.wish(quantity.field):
            continue
        match = next((match for phrase in quantity.phrases if (match := phrase.find(tokens))), None)
        if match is None:
            continue
        number = match.numbers[0] * quantity.factor
        value = _in_type(quantity.field, number)
        found.wishes.append(Wish(quantity.field, value, _words(found.goal, tokens, match), quantity.warning))


def _in_type(name: str, number: float) -> float | int:
    """A number as its field takes it: whole where it is whole, without the noise of a factor."""
    rounded = float(f"{number:.6g}")
    takes_whole = find_field(parse_path(name)) is not None and rounded.is_integer()
    return int(rounded) if takes_whole else rounded


def _named_base(found: Understanding, tokens: Sequence[Token]) -> None:
    if found.base_id is not None:
        return
    for base in known_bases():
        matches = [match for phrase in base.phrases if (match := phrase.find(tokens))]
        if matches and not is_negated(tokens, matches[0].start):
            found.base_id = base.id
            return
    families = {base.family for base in known_bases()}
    named = (
        token.text for index, token in enumerate(tokens) if token.text in families and not is_negated(tokens, index)
    )
    found.family = next(named, None)


def _begins_as_question(tokens: Sequence[Token]) -> bool:
    return any((match := phrase.find(tokens)) and match.start == 0 for phrase in vocabulary.question_phrases())


def _topic(tokens: Sequence[Token]) -> Topic | None:
    for topic in vocabulary.topics():
        matches = [match for phrase in topic.phrases if (match := phrase.find(tokens))]
        said = [token for token in tokens if not token.is_end]
        if matches and (not topic.is_alone or max(match.end - match.start for match in matches) >= len(said) - 1):
            return topic
    return None
