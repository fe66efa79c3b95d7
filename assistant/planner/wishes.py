"""Wishes that stand in the sentence as numbers: money, hours, epochs, rank, rate."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_NUMBER = r"(\d+(?:[.,]\d+)?(?:e-?\d+)?)"
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "twenty": 20}
_SPELLED = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Wish:
    """A field that the sentence decides."""

    field: str
    value: float | int
    said: str


@dataclass(frozen=True)
class _Rule:
    field: str
    pattern: re.Pattern[str]
    read: Callable[[str], float | int]


def _decimal(text: str) -> float:
    return float(text.replace(",", "."))


def _whole(text: str) -> int:
    return round(_decimal(text))


def _rule(field: str, expression: str, read: Callable[[str], float | int] = _decimal) -> _Rule:
    return _Rule(field, re.compile(expression, re.IGNORECASE), read)


RULES = (
    _rule("compute.max_cost_usd", rf"(?:\$|usd)\s*{_NUMBER}"),
    _rule("compute.max_cost_usd", rf"{_NUMBER}\s*(?:\$|usd|dollars?|bucks|dólares)"),
    _rule("compute.max_hours", rf"{_NUMBER}\s*(?:hours?|hrs?|h|stunden?|heures?|horas?)\b"),
    _rule("training.num_train_epochs", rf"{_NUMBER}\s*(?:epochs?|epochen|passes)\b", _whole),
    _rule("training.adapter.r", rf"(?:rank|r)\s*(?:=|of|von)?\s*{_NUMBER}\b", _whole),
    _rule("training.adapter.lora_alpha", rf"alpha\s*(?:=|of)?\s*{_NUMBER}\b"),
    _rule("training.learning_rate", rf"(?:learning rate|lr|lernrate)\s*(?:=|of|von)?\s*{_NUMBER}\b"),
    _rule("training.per_device_train_batch_size", rf"batch(?: size)?\s*(?:=|of)?\s*{_NUMBER}\b", _whole),
    _rule("dataset.split.seed", rf"seed\s*(?:=|of)?\s*{_NUMBER}\b", _whole),
)


def read_wishes(sentence: str) -> list[Wish]:
    """The numbers that a sentence fixes; the first mention of a field counts."""
    spelled = _SPELLED.sub(lambda match: str(_WORDS[match[1].lower()]), sentence)
    found: dict[str, Wish] = {}
    for rule in RULES:
        match = rule.pattern.search(spelled)
        if match and rule.field not in found:
            found[rule.field] = Wish(rule.field, rule.read(match[1]), match[0].strip())
    return list(found.values())
