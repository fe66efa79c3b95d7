"""All words and phrases that the pocket base's text is made of, split into a part to train on and a part held out."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import resources
from pipeline.bases.pocket.wordnet import Meaning, read_meanings

TEXT = Path(resources.__file__).parent / "pocket" / "text"
HELD_OUT_SHARE = 10  # one word, meaning or intent in ten is only for the evaluation


@dataclass(frozen=True)
class Thing:
    """Something that customers write about; `names` mean the same."""

    kind: str
    topic: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Situation:
    """What is the matter with a thing."""

    name: str
    act: str
    mood: str
    short: tuple[str, ...]
    long: tuple[str, ...]
    says: tuple[str, ...]


@dataclass(frozen=True)
class Intent:
    """A situation of a thing: "late" x "parcel"."""

    thing: Thing
    situation: Situation


@dataclass(frozen=True)
class Lexicon:
    """The words of one part ("train" or "heldout")."""

    part: str
    intents: tuple[Intent, ...]
    words: tuple[str, ...]
    rare_words: tuple[str, ...]
    meanings: tuple[Meaning, ...]
    all_meanings: dict[str, Meaning]
    lists: dict[str, tuple[str, ...]]
    phrases: dict[str, Any]


def is_held_out(key: str) -> bool:
    """Whether a word, meaning or intent belongs to the evaluation only; the same on every machine."""
    return zlib.crc32(key.encode()) % HELD_OUT_SHARE == 0


@lru_cache(maxsize=2)
def load(part: str) -> Lexicon:
    """Reads the words of a part.

    Raises:
        BadInput: WordNet isn't installed.
    """

    def belongs(key: str) -> bool:
        return is_held_out(key) == (part == "heldout")

    everything = _wordnet()
    meanings = tuple(m for m in everything.values() if belongs(m.key) and len(m.gloss) > 8)
    single = {w for m in everything.values() for w in m.words if w.isalpha() and w.islower() and w.isascii()}
    ranked = sorted(w for w in single if belongs(w) and 3 <= len(w) <= 10)
    lists = {name: tuple(text.split()) for name, text in _yaml("words.yaml").items()}
    common = tuple(w for w in _common_words() if belongs(w))
    return Lexicon(
        part=part,
        intents=tuple(i for i in _intents() if belongs(f"{i.situation.name} {i.thing.names[0]}")),
        words=common,
        rare_words=tuple(ranked),
        meanings=meanings,
        all_meanings=everything,
        lists=lists,
        phrases=_yaml("phrases.yaml"),
    )


@lru_cache(maxsize=1)
def _wordnet() -> dict[str, Meaning]:
    return read_meanings()


@lru_cache(maxsize=4)
def _yaml(name: str) -> dict[str, Any]:
    from ruamel.yaml import YAML

    content: dict[str, Any] = YAML(typ="safe").load((TEXT / name).read_text("utf-8"))
    return content


def _intents() -> list[Intent]:
    objects = _yaml("objects.yaml")
    intents = []
    for name, spec in _yaml("situations.yaml").items():
        situation = Situation(
            name, spec["act"], spec["mood"], tuple(map(str, spec["short"])), tuple(spec["long"]), tuple(spec["says"])
        )
        for kind in spec["kinds"]:
            for topic, things in objects[kind].items():
                if topic in spec.get("topics", [topic]):
                    intents += [Intent(Thing(kind, topic, tuple(names)), situation) for names in things]
    return intents


@lru_cache(maxsize=1)
def _common_words() -> tuple[str, ...]:
    """Words that WordNet's own definitions use at least four times: the everyday ones, most frequent first."""
    from collections import Counter

    counts = Counter(w for m in _wordnet().values() for text in (m.gloss, *m.examples) for w in text.split())
    return tuple(w for w, n in counts.most_common() if n >= 4 and w.isalpha() and w.islower() and len(w) > 2)
