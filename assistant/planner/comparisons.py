"""Numbers that a sentence gives against others: "twice the rank", "a smaller batch"."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.planner import vocabulary
from assistant.planner.phrases import Match, Token
from assistant.planner.quantities import Amount
from assistant.planner.scope import is_negated


@dataclass(frozen=True)
class Factor:
    """What a number is multiplied by, and the words that say so."""

    value: float
    said: str

    def of(self, number: float) -> float:
        """The number that is meant; a whole one stays whole and at least 1."""
        if isinstance(number, int):
            return max(1, round(number * self.value))
        return float(f"{number * self.value:.6g}")


@dataclass(frozen=True)
class FoundFactor:
    """A factor where it stands."""

    field: str
    value: float
    match: Match


def find_factors(
    tokens: Sequence[Token], amounts: Mapping[str, Amount]
) -> tuple[dict[str, list[FoundFactor]], dict[str, Amount]]:
    """The factors that a sentence gives for each field, in their order, and the numbers that are none of them.

    Args:
        tokens: of the sentence.
        amounts: the numbers in it; one that comes after a factor for its field makes it void.
    """
    # The longest first: "batch size" before "batch", "deux fois plus grand" before "rang deux".
    every = sorted(_all_factors(tokens), key=lambda each: each.match.start - each.match.end)
    amounts = {name: each for name, each in amounts.items() if not any(_holds(factor, each) for factor in every)}
    taken = {index for amount in amounts.values() for index in range(amount.start, amount.end)}
    found: dict[str, list[FoundFactor]] = {}
    for factor in every:
        place, named = range(factor.match.start, factor.match.end), amounts.get(factor.field)
        if taken.isdisjoint(place) and (named is None or named.number < factor.match.start):
            taken.update(place)
            found.setdefault(factor.field, []).append(factor)
    return {name: sorted(each, key=lambda one: one.match.start) for name, each in found.items()}, amounts


def _holds(factor: FoundFactor, amount: Amount) -> bool:
    return factor.match.start <= amount.start and amount.end <= factor.match.end


def _all_factors(tokens: Sequence[Token]) -> Iterator[FoundFactor]:
    for comparison in vocabulary.comparisons():
        for phrase in comparison.phrases:
            for match in phrase.find_all(tokens):
                number = tokens[match.numbers[0]].number if match.numbers else None
                factor = comparison.factor or number
                if factor and not is_negated(tokens, match.start):
                    yield FoundFactor(comparison.field, factor, match)


def combined(factors: Sequence[Factor]) -> Factor:
    """Several factors as one: twice, and then half of it."""
    return Factor(math.prod(each.value for each in factors), ", ".join(each.said for each in factors))
