"""Words that are typed wrong, taken for the word of the vocabulary that they are nearly alike."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.planner import vocabulary
from assistant.planner.phrases import Token

_SHORTEST = 6  # letters; among shorter words nearly everything is alike
_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "n", "en", "e", "ly")
_LONG = 9  # letters from which two slips are forgiven


def corrected(tokens: Sequence[Token]) -> list[Token]:
    """The tokens, with slips of the keyboard mended: `clasify` is read as `classif...`, `lerning` as `learning`.

    Only words that mean nothing as they stand are touched, and only where one word of the vocabulary is nearest.
    """
    return [_mended(token) for token in tokens]


def _mended(token: Token) -> Token:
    if len(token.text) < _SHORTEST or token.number is not None or not token.text.isalpha():
        return token
    meant = _meant(token.text)
    return token if meant is None else replace(token, text=meant, is_corrected=True)


@functools.lru_cache(maxsize=4096)
def _meant(word: str) -> str | None:
    if word in _plain() or any(word.startswith(each) for each in _known()[1].get(word[0], ())):
        return None
    if any(word.endswith(ending) and word.removesuffix(ending) in _plain() for ending in _ENDINGS):
        return None
    allowed = 2 if len(word) >= _LONG else 1
    found = {(near, text) for near, text in _near(word, allowed)}
    best = min((near for near, _ in found), default=0)
    nearest = {text for near, text in found if near == best}
    return nearest.pop() if len(nearest) == 1 else None


def _near(word: str, allowed: int) -> Iterator[tuple[int, str]]:
    words, beginnings = _known()
    for other in words.get(word[0], ()):
        if abs(len(other) - len(word)) <= allowed and (far := distance(word, other, allowed)) <= allowed:
            yield far, other
    for begin in beginnings.get(word[0], ()):
        for length in {len(begin) - 1, len(begin), len(begin) + 1}:
            if length <= len(word) and distance(word[:length], begin, 1) == 1:
                yield 1, begin + word[length:]
                break


@functools.cache
def _known() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    """Words and beginnings of words of the vocabulary, by their first letter."""
    words: dict[str, set[str]] = {}
    beginnings: dict[str, set[str]] = {}
    for text, is_beginning in vocabulary.all_words():
        if len(text) >= _SHORTEST and text.isascii() and text.isalpha():
            (beginnings if is_beginning else words).setdefault(text[0], set()).add(text)
    return (
        {letter: frozenset(found) for letter, found in words.items()},
        {letter: frozenset(found) for letter, found in beginnings.items()},
    )


@functools.cache
def _plain() -> frozenset[str]:
    """Words that are no slips, however near they are to one of the vocabulary."""
    words = {word for found in _known()[0].values() for word in found}
    common = {word for words_of in vocabulary.common_words().values() for word in words_of}
    return frozenset(words | common | vocabulary.small_words("no_slips"))


def distance(first: str, second: str, most: int) -> int:
    """Letters left out, added, changed or swapped with their neighbour; `most + 1` where there are more."""
    before: list[int] = []
    last = list(range(len(second) + 1))
    for row, left in enumerate(first, 1):
        current = [row]
        for column, right in enumerate(second, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (left != right))
            if row > 1 and column > 1 and left == second[column - 2] and first[row - 2] == right:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > most:
            return most + 1
        before, last = last, current
    return last[-1]
