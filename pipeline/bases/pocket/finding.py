"""Documents of random tokens: to repeat, and to find by what stands beside or before them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.bases.pocket.document import END, START, Weight
from pipeline.bases.pocket.recipe import Phase

Encoded = tuple[NDArray[np.uint16], NDArray[np.uint8]]
ALL = 7165  # all tokens but the special ones
ORDER = np.random.default_rng(0).permutation(ALL) + 3  # so that a small vocabulary isn't the signs of the layouts
TURN = f"{END}\n{START}assistant\n"
GAPS = [TURN, TURN, f"?{TURN}", f":{TURN}", "\n", ": ", " = ", "\nA: ", " -> ", "\nAnswer: "]
ENDS = ["\n", f"{END}\n{START}user\n", f"{END}\n{START}user\n", "; ", "\n\n", ", "]
GLUES = ["", " ", ": ", " = ", " -> ", ", ", " | ", " - "]
SEPARATORS = ["\n", ", ", "; ", " | ", "\n- ", " "]
JOINTS = ["", "", " ", "_", "-"]


def repeats(phase: Phase, tokenizer: Any, rng: np.random.Generator) -> Iterator[Encoded]:
    """Random tokens said again and again: what teaches looking back first.

    It is learned within 300 steps from a hundred different tokens, and not within 500 from all of them at once.
    """
    blank = tokenizer.token_to_id("Ġ")
    while True:
        size = int(rng.choice([32, 48, 64]))
        drawn = rng.integers(0, int(rng.choice(phase.vocabularies)), int(rng.integers(4, size // 2 + 1)))
        stretch = ORDER[drawn]
        if phase.blanks and rng.random() < phase.blanks:
            stretch = np.stack([stretch, np.full_like(stretch, blank)], axis=1).ravel()
            size *= 2
        ids = np.tile(stretch, size // len(stretch) + 1)[:size].astype(np.uint16)
        weights = np.full(size, int(Weight.ANSWER), dtype=np.uint8)
        weights[: len(stretch) + 1] = int(Weight.SKIP)
        yield ids, weights


def finds(phase: Phase, tokenizer: Any, rng: np.random.Generator) -> Iterator[Encoded]:
    """Random tokens to find: a key's value, the one of a list that the question names, the head of a hint.

    Question and answer are some tokens apart, as in a conversation.
    """
    gaps, ends, glues, separators, joints = (
        [tokenizer.encode(text).ids for text in texts] for texts in (GAPS, ENDS, GLUES, SEPARATORS, JOINTS)
    )

    def one(of: list[list[int]]) -> list[int]:
        return of[int(rng.integers(len(of)))]

    while True:
        form, count = phase.forms[int(rng.integers(len(phase.forms)))], int(rng.integers(2, phase.entries + 1))
        gap, end, glue, separator, joint, blank = (
            one(choices) for choices in (gaps, ends, glues, separators, joints, joints[1:3])
        )
        pieces = _pieces(phase, count, int(rng.choice(phase.vocabularies)), rng)
        ids: list[int] = []
        for key, value, _ in pieces:
            left, right = (key, value) if form == "pairs" else (value, key)
            ids += _joined(key, joint) if form == "named" else _joined(left, joint) + glue + _joined(right, joint)
            ids += separator
        ids += end
        weights = [int(Weight.SKIP)] * len(ids)
        for n in rng.permutation(count):
            key, value, others = pieces[n]
            around = int(rng.integers(0, phase.around + 1)) * (form == "named" or rng.random() < 0.5)
            before = int(rng.integers(0, around + 1))
            named = _joined(key, joint) if form != "grouped" else [key[int(rng.integers(len(key)))]]
            words = [*([t] for t in others[:before]), named, *([t] for t in others[before:around])]
            asked = [t for word in words for t in [*word, *blank]][: -len(blank) or None] + gap
            answer = _joined(key if form == "named" else value, joint)
            ids += asked + answer + end
            weights += [int(Weight.SKIP)] * len(asked) + [int(Weight.ANSWER)] * (len(answer) + 1)
            weights += [int(Weight.SKIP)] * (len(end) - 1)
        yield np.array(ids, dtype=np.uint16), np.array(weights, dtype=np.uint8)


def _joined(piece: list[int], joint: list[int]) -> list[int]:
    return [*piece[:1], *(t for token in piece[1:] for t in [*joint, token])]


def _pieces(
    phase: Phase, count: int, vocabulary: int, rng: np.random.Generator
) -> list[tuple[list[int], list[int], list[int]]]:
    """Per entry a key, its value and other tokens; the first tokens of keys and values are all different."""
    long_key, long_value = (int(rng.integers(1, phase.piece + 1)) for _ in range(2))
    size = long_key + long_value + phase.around
    is_scarce = vocabulary < count * size
    drawn = ORDER[rng.choice(ALL if is_scarce else vocabulary, count * size, replace=False)].tolist()
    rows = [drawn[at : at + size] for at in range(0, len(drawn), size)]
    return [(row[:long_key], row[long_key : long_key + long_value], row[long_key + long_value :]) for row in rows]
