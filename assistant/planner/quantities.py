"""Numbers in a sentence, each for the field that its unit or its neighbours name; the last word counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.planner import vocabulary
from assistant.planner.phrases import Match, Phrase, Token
from assistant.planner.scope import corrections, negating
from assistant.planner.vocabulary import Quantity
from pipeline.plan.fields import find_field, parse_path

_AFTER_CORRECTION = 3  # words between "no, wait" and the number that is meant


@dataclass(frozen=True)
class Amount:
    """A number for a field, with the tokens that say it."""

    field: str
    value: float | int
    start: int
    end: int
    number: int  # token of the number
    warning: str = ""


def find_quantities(tokens: Sequence[Token]) -> dict[str, Amount]:
    """The number that a sentence gives for each field."""
    found: dict[str, list[Amount]] = {}
    claimed: set[int] = set()
    replaced: list[tuple[Quantity, int]] = []
    for quantity in vocabulary.quantities():
        for phrase in quantity.phrases:
            for match in phrase.find_all(tokens):
                claimed.update(match.numbers)
                if (denial := _denied_by(tokens, match, quantity, phrase)) is not None:
                    replaced.append((quantity, denial))
                else:
                    found.setdefault(quantity.field, []).append(_amount(quantity, match, tokens))
    amounts = {name: _last(each) for name, each in found.items()}
    _take_replacements(amounts, replaced, tokens, claimed)
    _take_corrections(amounts, tokens, claimed)
    return amounts


def _denied_by(tokens: Sequence[Token], match: Match, quantity: Quantity, phrase: Phrase) -> int | None:
    """The "not" before a number, unless the phrase has it itself or the field is a limit: "don't spend over 5"."""
    if phrase.holds_negation or quantity.field.startswith("compute."):
        return None
    return negating(tokens, match.start)


def _amount(quantity: Quantity, match: Match, tokens: Sequence[Token]) -> Amount:
    at = match.numbers[quantity.number] if match.numbers else match.start
    number = quantity.value if quantity.value is not None else float(tokens[at].number or 0.0) * quantity.factor
    return Amount(quantity.field, _in_type(quantity, number), match.start, match.end, at, quantity.warning)


def _in_type(quantity: Quantity, number: float) -> float | int:
    """A number as its field takes it: whole where it is whole, without the noise of a factor."""
    if quantity.is_share and number >= 1:
        number /= 100
    rounded = float(f"{number:.6g}")
    takes_whole = find_field(parse_path(quantity.field)) is not None and rounded.is_integer()
    return int(rounded) if takes_whole else rounded


def _last(amounts: Sequence[Amount]) -> Amount:
    """What is said last; of readings of the same number the first in the vocabulary."""
    latest = max(amount.number for amount in amounts)
    return next(amount for amount in amounts if amount.number == latest)


def _take_replacements(
    amounts: dict[str, Amount], replaced: Sequence[tuple[Quantity, int]], tokens: Sequence[Token], claimed: set[int]
) -> None:
    """In "3 instead of 5 epochs" the bare 3 is meant."""
    for quantity, denial in replaced:
        at = denial - 1
        if quantity.field not in amounts and at >= 0 and tokens[at].number is not None and at not in claimed:
            amounts[quantity.field] = _amount(replace(quantity, number=0), Match(at, at + 1, (at,)), tokens)


def _take_corrections(amounts: dict[str, Amount], tokens: Sequence[Token], claimed: set[int]) -> None:
    """In "3 epochs, no wait, 5" the bare 5 takes the place of the number before it."""
    for at in corrections(tokens):
        number = next(_bare_numbers(tokens, at, claimed), None)
        before = [amount for amount in amounts.values() if amount.number < at]
        if number is None or not before:
            continue
        meant = max(before, key=lambda amount: amount.number)
        quantity = next(each for each in vocabulary.quantities() if each.field == meant.field)
        amounts[meant.field] = replace(
            _amount(replace(quantity, number=0, value=None), Match(number, number + 1, (number,)), tokens),
            start=meant.start,
            end=number + 1,
        )


def _bare_numbers(tokens: Sequence[Token], at: int, claimed: set[int]) -> Iterator[int]:
    for index in range(at, min(len(tokens), at + _AFTER_CORRECTION + 1)):
        if tokens[index].number is not None and index not in claimed:
            yield index
