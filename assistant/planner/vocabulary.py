"""The planner's words, as data: `resources/vocabulary/*.yaml`."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal, cast

from assistant.planner.phrases import Phrase, Token, parse_phrase
from pipeline.plan.model import TASKS, Task


@dataclass(frozen=True)
class Setting:
    """Phrases that give one field one value."""

    field: str
    value: Any
    phrases: tuple[Phrase, ...]
    is_item: bool = False  # one of a list, to which others may come


@dataclass(frozen=True)
class Quantity:
    """Phrases that give one field a number."""

    field: str
    phrases: tuple[Phrase, ...]
    factor: float = 1.0
    warning: str = ""
    value: float | None = None  # that the phrase means by itself: "overnight"
    number: int = 0  # which of the phrase's numbers it is
    is_share: bool = False  # 20 means 0.2


@dataclass(frozen=True)
class Comparison:
    """Phrases that multiply one field's number."""

    field: str
    factor: float | None  # None: the number in the phrase
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True)
class Topic:
    """Something that the planner answers in words."""

    name: str
    phrases: tuple[Phrase, ...]
    answer: str
    is_alone: bool = False  # only counts where nothing else is said
    is_refusal: bool = False
    computes: str = ""  # memory or load: what is computed from the question's numbers
    sources: tuple[str, ...] = ()
    title: str = ""
    fields: tuple[str, ...] = ()  # of a plan, that it is about


def read_words(name: str) -> dict[str, Any]:
    """One file of the planner's data, such as `vocabulary/tasks` or `recipes/tasks`."""
    from ruamel.yaml import YAML

    text = resources.files("resources").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return cast("dict[str, Any]", YAML(typ="safe", pure=True).load(text))


def _phrases(by_language: dict[str, list[str]]) -> tuple[Phrase, ...]:
    return tuple(parse_phrase(text) for phrases in by_language.values() for text in phrases)


@functools.cache
def task_phrases() -> dict[Task, tuple[Phrase, ...]]:
    """Each task's phrases, of all languages."""
    words = read_words("vocabulary/tasks")
    return {task: _phrases(words[task]) for task in TASKS if task in words}


@functools.cache
def settings() -> tuple[Setting, ...]:
    """All settings that a sentence can fix."""
    return tuple(
        Setting(field.removesuffix("[]"), value, _phrases(by_language), field.endswith("[]"))
        for field, values in read_words("vocabulary/settings").items()
        if field != "version"
        for value, by_language in values.items()
    )


@functools.cache
def quantities() -> tuple[Quantity, ...]:
    """All numbers that a sentence can fix."""
    return tuple(
        Quantity(
            field,
            tuple(parse_phrase(text) for text in entry["phrases"]),
            float(entry.get("factor", 1)),
            str(entry.get("warning", "")),
            entry.get("value"),
            int(entry.get("number", 0)),
            bool(entry.get("is_share", False)),
        )
        for field, entries in read_words("vocabulary/quantities").items()
        if field != "version"
        for entry in entries
    )


@functools.cache
def comparisons() -> tuple[Comparison, ...]:
    """All factors that a sentence can give, for every field that has names."""
    words = read_words("vocabulary/comparisons")
    return tuple(
        Comparison(field, entry.get("factor"), tuple(_named_phrases(entry, names)))
        for field, names in words["names"].items()
        for entry in words["factors"]
    )


def _named_phrases(entry: dict[str, Any], names: dict[str, list[str]]) -> Iterator[Phrase]:
    """Phrases with a field's names of the same language, or of all languages."""
    for language, patterns in entry.items():
        if language != "factor":
            for name in (*names.get(language, ()), *names.get("all", ())):
                yield from (parse_phrase(pattern.replace("{name}", name)) for pattern in patterns)


@functools.cache
def _talk() -> dict[str, Any]:
    return read_words("vocabulary/talk")


@functools.cache
def question_phrases() -> tuple[Phrase, ...]:
    """How a question begins."""
    return _phrases(_talk()["questions"])


@functools.cache
def _request_phrases() -> tuple[Phrase, ...]:
    return _phrases(_talk()["requests"])


def asks_for_something(tokens: Sequence[Token]) -> bool:
    """Whether a question is a wish in polite words."""
    return any((match := phrase.find(tokens)) and match.start <= 1 for phrase in _request_phrases())


@functools.cache
def topics() -> tuple[Topic, ...]:
    """What can be answered: talk first, then what is written in the knowledge base."""
    return (*talk(), *knowledge())


@functools.cache
def talk() -> tuple[Topic, ...]:
    """Greetings and refusals, in the order in which they are tried."""
    return tuple(_topic(name, entry) for name, entry in _talk()["topics"].items())


@functools.cache
def knowledge() -> tuple[Topic, ...]:
    """Common questions."""
    return tuple(_topic(name, entry) for name, entry in read_words("knowledge/answers")["entries"].items())


def _topic(name: str, entry: dict[str, Any]) -> Topic:
    return Topic(
        name,
        tuple(parse_phrase(text) for text in entry["phrases"]),
        entry["answer"].strip(),
        entry.get("is_alone", False),
        entry.get("is_refusal", False),
        entry.get("computes", ""),
        tuple(entry.get("sources", ())),
        entry.get("title", name),
        tuple(entry.get("fields", ())),
    )


def unknown_answer() -> str:
    """What is said to a question that nothing is written about."""
    return str(_talk()["unknown"]).strip()


@functools.cache
def _small() -> dict[str, Any]:
    return read_words("vocabulary/small_words")


@functools.cache
def spelled_numbers() -> dict[str, float]:
    """Words that are numbers."""
    return {word: float(number) for words in _small()["numbers"].values() for word, number in words.items()}


@functools.cache
def small_words(kind: Literal["negation", "replacement", "limits", "borders", "denials", "no_slips"]) -> frozenset[str]:
    """Words of one kind, of all languages; `small_words.yaml` says what each kind does to a sentence."""
    return frozenset(word for words in _small()[kind].values() for word in words)


@functools.cache
def correction_phrases() -> tuple[Phrase, ...]:
    """How a speaker corrects himself."""
    return _phrases(_small()["corrections"])


@functools.cache
def other_column_phrases() -> tuple[Phrase, ...]:
    """How the column that was not chosen is asked for."""
    return _phrases(_small()["other_column"])


def all_words() -> Iterator[tuple[str, bool]]:
    """Every word of all phrases, and whether it is a beginning only."""
    groups: list[Iterable[Phrase]] = [*task_phrases().values()]
    groups += [each.phrases for each in settings()]
    groups += [each.phrases for each in quantities()]
    groups += [each.phrases for each in topics()]
    for phrases in groups:
        for phrase in phrases:
            yield from phrase.words


@functools.cache
def common_words() -> dict[str, frozenset[str]]:
    """Language → words that carry no meaning of their own."""
    return {language: frozenset(words) for language, words in _small()["common"].items()}


@functools.cache
def task_recipes() -> dict[str, Any]:
    """Task → method, metrics, gates, system prompt and the shapes of rows that suit it."""
    return cast("dict[str, Any]", read_words("recipes/tasks")["tasks"])


@functools.cache
def judge_recipe() -> dict[str, Any]:
    """The usual judge: model, why one needs it, and what it costs in privacy."""
    return read_words("recipes/judge")
