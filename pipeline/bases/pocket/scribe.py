"""Writes the small pieces: words, names, numbers, sentences, customer messages, answers."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Sequence
from typing import TypeVar

from pipeline.bases.pocket.lexicon import Intent, Lexicon
from pipeline.bases.pocket.spin import expand
from pipeline.bases.pocket.wordnet import Meaning

T = TypeVar("T")
_CONSONANTS, _VOWELS = "bcdfghjklmnprstvwz", "aeiou"
_SHORTHAND = {
    "please": "pls",
    "you": "u",
    "are": "r",
    "your": "ur",
    "thanks": "thx",
    "because": "cuz",
    "to": "2",
    "for": "4",
    "and": "&",
}
_CONTRACTED = {
    "I am": "I'm",
    "do not": "don't",
    "does not": "doesn't",
    "is not": "isn't",
    "it is": "it's",
    "I have": "I've",
    "cannot": "can't",
    "will not": "won't",
    "did not": "didn't",
    "has not": "hasn't",
    "I will": "I'll",
    "we are": "we're",
    "that is": "that's",
}


class Scribe:
    """One random source over one lexicon; `written` keeps the natural sentences as they were before typing slips."""

    def __init__(self, lexicon: Lexicon, rng: random.Random) -> None:
        self.lexicon = lexicon
        self.rng = rng
        self.written: list[str] = []

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return options[int(self.rng.random() * len(options))]

    def chance(self, probability: float) -> bool:
        """True with `probability`."""
        return self.rng.random() < probability

    def spin(self, template: str, **slots: str) -> str:
        """One text of a template; slots that aren't given are drawn (a name stays the same within one text)."""
        known = dict(slots)

        def fill(name: str) -> str:
            if name not in known:
                known[name] = self.slot(name.rstrip("2"))
            return known[name]

        return expand(template, self.rng, fill)

    def phrase(self, key: str) -> str:
        """A phrase of `phrases.yaml`."""
        options: list[str] = self.lexicon.phrases[key]
        return self.pick(options)

    def ask(self, key: str, **slots: str) -> str:
        """An instruction of `phrases.yaml`, written out."""
        return self.spin(self.phrase(key), **slots)

    def slot(self, name: str) -> str:
        """A value for a slot of the templates."""
        makers: dict[str, Callable[[], str]] = {
            "name": lambda: self.listed("first_names"),
            "last": lambda: self.listed("last_names"),
            "city": lambda: self.listed("cities"),
            "country": lambda: self.listed("countries"),
            "colour": lambda: self.listed("colours"),
            "day": lambda: self.listed("days"),
            "month": lambda: self.listed("months"),
            "adj": lambda: self.listed("adjectives"),
            "noun": lambda: self.listed("nouns"),
            "verb": lambda: self.listed("verbs_past"),
            "company": self.company,
            "date": self.date,
            "time": self.time,
            "amount": self.amount,
            "code": self.code,
            "street": self.street,
            "n": lambda: str(self.rng.randint(2, 14)),
        }
        return makers[name]()

    def listed(self, name: str) -> str:
        """A word of a list of `words.yaml`."""
        return self.pick(self.lexicon.lists[name])

    def full_name(self) -> str:
        """First and last name."""
        return f"{self.listed('first_names')} {self.listed('last_names')}"

    def company(self) -> str:
        """A made-up company."""
        return f"{self.listed('companies')} {self.listed('company_kinds')}"

    def street(self) -> str:
        """A street and a number."""
        return (
            f"{self.rng.randint(1, 199)} {self.listed('last_names')} {self.pick(['Street', 'Road', 'Lane', 'Avenue'])}"
        )

    def date(self) -> str:
        """A date in one of the usual forms."""
        d, m, y = self.rng.randint(1, 28), self.rng.randint(1, 12), self.rng.randint(1990, 2029)
        month = self.lexicon.lists["months"][m - 1]
        return self.pick(
            [f"{d} {month}", f"{month} {d}", f"{y}-{m:02}-{d:02}", f"{d}/{m}/{y}", f"{d} {month} {y}", f"{d}.{m}.{y}"]
        )

    def time(self) -> str:
        """A time of the day."""
        h, m = self.rng.randint(1, 12), self.pick(["00", "15", "30", "45", f"{self.rng.randint(0, 59):02}"])
        return self.pick([f"{h}:{m}", f"{h} {self.pick(['am', 'pm'])}", f"{h}:{m} {self.pick(['am', 'pm'])}"])

    def amount(self) -> str:
        """An amount of money."""
        value = self.pick([str(self.rng.randint(2, 999)), f"{self.rng.randint(1, 300)}.{self.rng.randint(0, 99):02}"])
        return self.pick(
            [f"${value}", f"{value} euros", f"£{value}", f"{value} dollars", f"{value} pounds", f"€{value}"]
        )

    def digits(self, low: int = 1, high: int = 8) -> str:
        """A random number with `low` to `high` digits."""
        return "".join(self.pick(string.digits) for _ in range(self.rng.randint(low, high)))

    def code(self) -> str:
        """An order or ticket number."""
        letters = "".join(self.pick(string.ascii_uppercase) for _ in range(self.rng.randint(1, 3)))
        return self.pick(
            [
                f"{letters}-{self.digits(3, 6)}",
                f"{letters}{self.digits(3, 6)}",
                f"#{self.digits(4, 7)}",
                self.digits(5, 9),
            ]
        )

    def email(self) -> str:
        """A mail address."""
        first = self.listed("first_names").lower()
        user = f"{first}{self.pick(['.', '_', '', self.digits(1, 3)])}{self.nonsense()}"
        return f"{user}@{self.nonsense()}.{self.pick(['com', 'org', 'net', 'example', 'eu'])}"

    def nonsense(self) -> str:
        """A word that nobody knows."""
        size = self.rng.randint(2, 4)
        word = "".join(self.pick(_CONSONANTS) + self.pick(_VOWELS) for _ in range(size))
        return word[: self.rng.randint(3, len(word))] if len(word) > 4 else word

    def word(self) -> str:
        """A common word, a rare one or nonsense."""
        draw = self.rng.random()
        if draw < 0.5:
            return self.pick(self.lexicon.words)
        return self.pick(self.lexicon.rare_words) if draw < 0.8 else self.nonsense()

    def token(self) -> str:
        """Anything that can stand between two spaces."""
        draw = self.rng.random()
        if draw < 0.6:
            word = self.word()
            return word if self.chance(0.75) else self.pick([word.capitalize(), word.upper()])
        if draw < 0.75:
            return self.digits(1, 6)
        if draw < 0.85:
            return self.listed(self.pick(["first_names", "last_names", "cities", "countries"]))
        if draw < 0.93:
            return self.code()
        return "".join(
            self.pick(string.ascii_letters + string.digits + "-_#.+*é%ñüß") for _ in range(self.rng.randint(3, 9))
        )

    def distinct(self, count: int, make: Callable[[], str]) -> list[str]:
        """`count` different texts of `make` (fewer where it has no more)."""
        found: dict[str, None] = {}
        for _ in range(count * 6):
            found.setdefault(make())
            if len(found) >= count:
                break
        return list(found)

    def sentence(self) -> str:
        """An everyday sentence or an example sentence of WordNet."""
        if self.chance(0.5):
            return self.note(_start_upper(self.spin(self.pick(self.lexicon.phrases["daily"]))))
        meaning = self.meaning_with_example()
        return self.note(self.pick(meaning.examples))

    def meaning_with_example(self) -> Meaning:
        """A meaning that has example sentences."""
        while True:
            meaning = self.pick(self.lexicon.meanings)
            if meaning.examples:
                return meaning

    def note(self, text: str) -> str:
        """Remembers a natural text, and gives it back."""
        self.written.append(text)
        return text

    def object_name(self, intent: Intent) -> str:
        """One of the names of the intent's thing, everyday name first."""
        names = intent.thing.names
        return names[0] if self.chance(0.5) else self.pick(names)

    def core(self, intent: Intent, *, name: str | None = None) -> str:
        """The one sentence that says what the matter is."""
        text = self.spin(self.pick(intent.situation.says), o=name or self.object_name(intent))
        return text if text[-1] in ".?!" else text + self.pick([".", ".", ".", "!"])

    def message(self, intent: Intent, *, short: bool = False) -> str:
        """What a customer writes about an intent: its core, and often a greeting, background, an ending, typos."""
        p = self.lexicon.phrases
        parts = [_start_upper(self.core(intent))]
        if self.chance(0.12):
            parts.append(_start_upper(self.core(intent)))
        if not short and self.chance(0.6):
            for _ in range(self.pick([0, 1, 1, 2, 3])):
                parts.insert(self.rng.randint(0, len(parts)), _start_upper(self.spin(self.pick(p["contexts"]))))
            if self.chance(0.5):
                parts.insert(0, self.spin(self.pick(p["openers"])))
            if self.chance(0.5):
                parts.append(self.spin(self.pick(p["closings"])))
        self.written += parts
        return self.roughen(" ".join(parts))

    def roughen(self, text: str) -> str:
        """Writes a text as people type: contractions, lower case, no full stops, shorthand, slips."""
        if self.chance(0.35):
            for long, contracted in _CONTRACTED.items():
                text = text.replace(long, contracted)
        if self.chance(0.25):
            text = text.lower()
        if self.chance(0.15):
            text = re.sub(r"[.,!]", "", text)
        if self.chance(0.06):
            text = " ".join(_SHORTHAND.get(w, w) for w in text.split(" "))
        if self.chance(0.2):
            for _ in range(self.rng.randint(1, 3)):
                text = self._slip(text)
        return text.upper() if self.chance(0.015) else text

    def _slip(self, text: str) -> str:
        if len(text) < 6:
            return text
        at = self.rng.randrange(1, len(text) - 2)
        if not text[at : at + 2].isalpha():
            return text
        return self.pick(
            [
                text[:at] + text[at + 1] + text[at] + text[at + 2 :],
                text[:at] + text[at + 1 :],
                text[:at] + text[at] + text[at:],
            ]
        )

    def reply(self, intent: Intent, *, name: str | None = None) -> list[str]:
        """The sentences of a helpful answer, without greeting and ending."""
        p, act = self.lexicon.phrases, intent.situation.act
        sentences = [
            self.spin(self.pick(p["acknowledge"][act])),
            self.spin(self.pick(p["actions"][act]), o=name or self.object_name(intent)),
        ]
        self.written += sentences
        return sentences


def _start_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
