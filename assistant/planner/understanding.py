"""What a sentence says: which tasks it names, which fields it fixes, which base it wants; or that it only asks.

Nothing here looks at data. File names in the sentence are taken out first: they are names, never wishes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.planner import vocabulary
from assistant.planner.comparisons import Factor, combined, find_factors
from assistant.planner.known_bases import known_bases
from assistant.planner.phrases import Match, Phrase, Token, tokens_of, without
from assistant.planner.places import Place, find_place
from assistant.planner.quantities import find_quantities
from assistant.planner.scope import is_corrected, is_negated, negating
from assistant.planner.spelling import corrected
from assistant.planner.vocabulary import Setting, Topic
from pipeline.plan.model import Task

_FILE = re.compile(r"\S+\.(?:csv|tsv|tab|json|jsonl|ndjson|parquet|txt|xlsx?|pdf|docx?|md)\b", re.IGNORECASE)
_HUB_ID = re.compile(r"(?<![\w./-])[A-Za-z][\w-]*/[A-Za-z][\w.-]*\w")
_OF_A_SLIP = 0.8  # how much a word that had to be mended counts
WEAKER = 0.5  # strength from which a phrase is no mere hint

Stance = Literal["wanted", "ruled out"]


@dataclass(frozen=True)
class Wish:
    """A field that the sentence fixes, and the words that do it."""

    field: str
    value: Any
    said: str
    warning: str = ""
    strength: float = 1.0


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
    factors: dict[str, Factor] = field(default_factory=dict)  # field → how much more or less of it
    ruled_out: dict[str, list[Any]] = field(default_factory=dict)  # field → values that the sentence doesn't want
    denied: dict[str, str] = field(default_factory=dict)  # field → the words that rule a value out
    base_id: str | None = None
    family: str | None = None
    place: Place | None = None  # where to run
    tokens: tuple[Token, ...] = ()
    is_question: bool = False
    wants_other_columns: bool = False
    topic: Topic | None = None  # that the sentence speaks of, among those with a written answer

    def wish(self, name: str) -> Wish | None:
        """The wish for one field; mere hints are none."""
        return next((wish for wish in self.wishes if wish.field == name and wish.strength > WEAKER), None)

    def hint(self, name: str) -> Wish | None:
        """The wish for one field, be it a mere hint."""
        return next((wish for wish in self.wishes if wish.field == name), None)

    def value(self, name: str) -> Any:
        """The value wished for one field; None where there is none."""
        wish = self.wish(name)
        return wish.value if wish else None

    def stance(self, words: Iterable[str]) -> Stance | None:
        """What the sentence says about something of this name: all its words stand in it, in singular or plural."""
        return _stance(self.tokens, [_forms(word) for word in words])


def understand(sentence: str) -> Understanding:
    """Reads a sentence in any of the vocabulary's languages."""
    goal = " ".join(sentence.split())
    text = functools.reduce(without, _FILE.finditer(goal), goal)
    base_id, text = _hub_id(text)
    place, text = find_place(text)
    tokens = corrected(tokens_of(text, vocabulary.spelled_numbers()))
    found = Understanding(goal, base_id=base_id, place=place, tokens=tuple(tokens))
    found.language = _language(tokens)
    found.tasks = _tasks(tokens, goal)
    _settings(found, tokens)
    _quantities(found, tokens)
    _named_base(found, tokens)
    found.is_question = goal.endswith(("?", "？")) or _begins_as_question(tokens)
    found.wants_other_columns = any(phrase.find(tokens) for phrase in vocabulary.other_column_phrases())
    found.topic = _topic(tokens)
    return found


def _hub_id(text: str) -> tuple[str | None, str]:
    """A base's id in the hub, and the text without it; `and/or` is none."""
    known = {base.id.casefold(): base.id for base in known_bases()}
    for found in _HUB_ID.finditer(text):
        if found[0].casefold() in known or any(sign.isdigit() for sign in found[0].partition("/")[2]):
            return known.get(found[0].casefold(), found[0]), without(text, found)
    return None, text


def _language(tokens: Sequence[Token]) -> str:
    words = {token.text for token in tokens}
    counts = {language: len(words & common) for language, common in vocabulary.common_words().items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] > counts.get("en", 0) else "en"


def _words(goal: str, tokens: Sequence[Token], match: Match) -> str:
    if match.end <= match.start:
        return ""
    return goal[tokens[match.start].start : tokens[match.end - 1].end]


def _wanted(phrase: Phrase, tokens: Sequence[Token]) -> list[Match]:
    """Where a phrase stands and no "not" reaches it."""
    return [match for match in phrase.find_all(tokens) if phrase.holds_negation or not is_negated(tokens, match.start)]


def _strength(phrase: Phrase, tokens: Sequence[Token], match: Match) -> float:
    is_mended = any(token.is_corrected for token in tokens[match.start : match.end])
    return phrase.strength * (_OF_A_SLIP if is_mended else 1.0)


def _tasks(tokens: Sequence[Token], goal: str) -> dict[Task, Said]:
    found: dict[Task, Said] = {}
    for task, phrases in vocabulary.task_phrases().items():
        doubt, words, strongest = 1.0, "", 0.0
        for phrase in phrases:
            match = next(iter(_wanted(phrase, tokens)), None)
            if match is None:
                continue
            strength = _strength(phrase, tokens, match)
            doubt *= 1 - strength
            if strength > strongest:
                strongest, words = strength, _words(goal, tokens, match)
        if words:
            found[task] = Said(round(1 - doubt, 3), words)
    return dict(sorted(found.items(), key=lambda item: -item[1].strength))


def _settings(found: Understanding, tokens: Sequence[Token]) -> None:
    last: dict[str, tuple[int, Wish]] = {}
    for setting in vocabulary.settings():
        wanted = [(match, phrase) for phrase in setting.phrases for match in _wanted(phrase, tokens)]
        if not wanted:
            _rule_out(found, setting, tokens)
            continue
        match, phrase = max(wanted, key=lambda each: (each[1].strength, each[0].start))
        wish = Wish(
            setting.field, setting.value, _words(found.goal, tokens, match), strength=_strength(phrase, tokens, match)
        )
        before = last.get(setting.field)
        if setting.is_item:
            values = [*(before[1].value if before else []), setting.value]
            wish = Wish(setting.field, values, f"{before[1].said}, {wish.said}" if before else wish.said)
        # What is said last counts, unless it is only hinted at.
        if before is None or setting.is_item or (wish.strength, match.start) > (before[1].strength, before[0]):
            last[setting.field] = (match.start, wish)
    found.wishes += [wish for _, wish in last.values()]
    _next_best(found)


def _rule_out(found: Understanding, setting: Setting, tokens: Sequence[Token]) -> None:
    match = next((match for phrase in setting.phrases if (match := phrase.find(tokens))), None)
    if match is not None:
        found.ruled_out.setdefault(setting.field, []).append(setting.value)
        start = negating(tokens, match.start)
        found.denied[setting.field] = _words(
            found.goal, tokens, Match(match.start if start is None else start, match.end)
        )


def _next_best(found: Understanding) -> None:
    """Where the usual adapter is ruled out, the next one of the vocabulary is meant: "not LoRA" is full training."""
    name = "training.adapter.type"
    options = [setting.value for setting in vocabulary.settings() if setting.field == name]
    values = found.ruled_out.get(name, [])
    left = [option for option in options if option not in values]
    if options[0] in values and left and found.wish(name) is None:
        found.wishes.append(Wish(name, left[0], found.denied[name]))


def _quantities(found: Understanding, tokens: Sequence[Token]) -> None:
    factors, amounts = find_factors(tokens, find_quantities(tokens))
    for name, each in amounts.items():
        if found.wish(name) is None:
            said = _words(found.goal, tokens, Match(each.start, each.end))
            found.wishes.append(Wish(name, each.value, said, each.warning))
    for name, each_of in factors.items():
        found.factors[name] = combined([Factor(one.value, _words(found.goal, tokens, one.match)) for one in each_of])


def _named_base(found: Understanding, tokens: Sequence[Token]) -> None:
    if found.base_id is not None:
        return
    for base in known_bases():
        if any(_wanted(phrase, tokens) for phrase in base.phrases):
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
    """What is spoken of: talk before knowledge, and of that the entry that the most words speak for."""
    words = [token for token in tokens if not token.is_end]
    for topic in vocabulary.talk():
        length = _longest(topic, tokens)
        if length and (not topic.is_alone or length >= len(words) - 1):
            return topic
    best = max(vocabulary.knowledge(), key=lambda topic: _longest(topic, tokens))
    return best if _longest(best, tokens) else None


def _longest(topic: Topic, tokens: Sequence[Token]) -> int:
    """Words of its phrase that is found, without those that a gap skips."""
    return max((len(phrase.elements) for phrase in topic.phrases if phrase.find(tokens)), default=0)


def _forms(word: str) -> frozenset[str]:
    word = word.casefold()
    return frozenset((word, f"{word}s", f"{word}n", f"{word}en", f"{word[:-1]}ies", word.removesuffix("s")))


def _stance(tokens: Sequence[Token], parts: Sequence[frozenset[str]]) -> Stance | None:
    places = [[index for index, token in enumerate(tokens) if token.text in forms] for forms in parts]
    if not parts or not all(places):
        return None
    last = places[0][-1]
    if is_negated(tokens, last):
        return "ruled out"
    return "ruled out" if is_corrected(tokens, last, len(tokens)) else "wanted"
