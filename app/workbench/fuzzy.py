"""How well a few typed letters fit a title: letters in order, better at the starts of words and in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Hit(Generic[Item]):
    """An item with its score and the places of the matched letters in its text."""

    item: Item
    score: float
    places: tuple[int, ...]


def match(wanted: str, text: str) -> tuple[float, tuple[int, ...]] | None:
    """Score (higher is better) and matched places of `wanted` in `text`; None when a letter is missing."""
    letters, low = wanted.lower().replace(" ", ""), text.lower()
    if not letters:
        return 0.0, ()
    whole = low.find(wanted.lower())
    if whole >= 0:
        at_start = whole == 0 or not low[whole - 1].isalnum()
        return 100.0 + 50.0 * at_start + 20.0 * (whole == 0) - 0.1 * len(text), tuple(range(whole, whole + len(wanted)))
    best: tuple[float, tuple[int, ...]] | None = None
    for start in (at for at, letter in enumerate(low) if letter == letters[0]):
        found = _from(letters, low, start)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    return best


def _from(letters: str, low: str, start: int) -> tuple[float, tuple[int, ...]] | None:
    places, at, score = list[int](), start, 0.0
    for letter in letters:
        found = _next(letter, low, at, is_first=not places)
        if found < 0:
            return None
        is_word_start = found == 0 or not low[found - 1].isalnum()
        is_next = bool(places) and found == places[-1] + 1
        score += 1.0 + 4.0 * is_word_start + 3.0 * is_next
        places.append(found)
        at = found + 1
    return score - 0.2 * (places[-1] - places[0]) - 0.05 * len(low), tuple(places)


def _next(letter: str, low: str, at: int, *, is_first: bool) -> int:
    """The next place of a letter; the start of a word is worth a jump."""
    found = low.find(letter, at)
    if is_first or found <= at:
        return found
    word = next((p for p in range(found, len(low)) if low[p] == letter and not low[p - 1].isalnum()), -1)
    return word if word >= 0 else found


def rank(wanted: str, items: Iterable[Item], text: Callable[[Item], str], *, most: int = 50) -> list[Hit[Item]]:
    """The best `most` items, best first; among equals the order stays."""
    hits = [Hit(item, *found) for item in items if (found := match(wanted, text(item))) is not None]
    return sorted(hits, key=lambda hit: -hit.score)[:most]
