"""Near duplicates: what is found against brute force, and n-grams of many texts against those of one."""

from __future__ import annotations

import random

import numpy as np
import pytest

from pipeline.datasets.checks import near
from pipeline.datasets.checks.near import near_pairs


def reworded(count: int) -> list[str]:
    """Sentences with one to a third of their words exchanged: pairs on both sides of any threshold."""
    chance = random.Random(2)
    words = ["".join(chance.choices("abcdefghiklmnoprstu", k=chance.randint(3, 8))) for _ in range(800)]
    texts: list[str] = []
    while len(texts) < count:
        sentence = chance.choices(words, k=chance.randint(8, 20))
        texts.append(" ".join(sentence))
        for _ in range(3):
            other = sentence.copy()
            for at in chance.sample(range(len(other)), chance.randint(1, len(other) // 3)):
                other[at] = chance.choice(words)
            texts.append(" ".join(other))
    return list(dict.fromkeys(texts))


@pytest.mark.parametrize("threshold", [0.6, 0.7, 0.8])
def test_pairs_are_those_of_brute_force(threshold: float) -> None:
    texts = reworded(600)
    sets = [{f" {text} "[i : i + 3] for i in range(len(text))} for text in texts]
    similarity = {(i, j): len(sets[i] & sets[j]) / len(sets[i] | sets[j]) for j in range(len(sets)) for i in range(j)}
    alike = {pair for pair, share in similarity.items() if share >= threshold}
    assert len(alike) > 50
    assert sum(threshold - 0.1 <= share < threshold for share in similarity.values()) > 50
    found = {(first, second): share for first, second, share in near_pairs(texts, threshold)}
    assert found.keys() <= alike
    assert len(found) >= 0.98 * len(alike)
    assert all(share == pytest.approx(similarity[pair]) for pair, share in found.items())


@pytest.mark.parametrize(
    "texts",
    [["one text", "ü", "包裹 and 🎁", "x" * 2000], ["a", "", "b"], ["short", "y" * 2500], ["half \ud83d", "whole"]],
)
def test_grams_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    flat, ends = near._flat_grams(texts)
    parts = np.split(flat, ends[1:-1].astype(np.int64))
    assert len(parts) == len(texts)
    for text, part in zip(texts, parts, strict=True):
        assert np.array_equal(part, near._all_grams(text))


def test_a_crowd_hangs_together_without_all_of_its_pairs() -> None:
    texts = [f"the very same sentence about one and the same parcel that never came, number {i:03}" for i in range(200)]
    pairs = [(first, second) for first, second, _ in near_pairs(texts, 0.8)]
    assert len(pairs) < len(texts) * (len(texts) - 1) / 2
    roots = near._components([(first, second, 1.0) for first, second in pairs], 0.8)
    assert {roots[index] for index in range(len(texts))} == {0}
