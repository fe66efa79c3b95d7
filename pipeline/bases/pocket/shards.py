"""Tokenized shards on disk, and batches of documents of like length."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.bases.pocket.contamination import sentences
from pipeline.bases.pocket.corpus import write_shard
from pipeline.bases.pocket.document import END, START, Weight
from pipeline.bases.pocket.recipe import Recipe
from pipeline.bases.pocket.tokenizer import encode

POOL = 640  # documents sorted by length together: little padding, and still mixed


@dataclass(frozen=True)
class Shard:
    """Documents one after another.

    Args:
        ids: uint16 [t].
        weights: uint8 [t], see `Weight`.
        ends: int64 [documents], end of each document in `ids`.
    """

    ids: NDArray[np.uint16]
    weights: NDArray[np.uint8]
    ends: NDArray[np.int64]


def shard_path(folder: Path, number: int) -> Path:
    """Where shard `number` lies."""
    return folder / f"shard-{number:04}.npz"


def _repeats(recipe: Recipe, number: int) -> Iterator[tuple[NDArray[np.uint16], NDArray[np.uint8]]]:
    """Random tokens said again and again: what teaches looking back first.

    It is learned within 300 steps from a hundred different tokens, and not within 500 from all of them at once.
    """
    rng = np.random.default_rng([recipe.seed, number])
    while True:
        size = int(rng.choice([32, 48, 64]))
        known = int(rng.choice(recipe.repeat_vocabularies[number]))
        stretch = rng.integers(3, 3 + known, int(rng.integers(4, size // 2 + 1)))
        ids = np.tile(stretch, size // len(stretch) + 1)[:size].astype(np.uint16)
        weights = np.full(size, int(Weight.ANSWER), dtype=np.uint8)
        weights[: len(stretch) + 1] = int(Weight.SKIP)
        yield ids, weights


GAPS = [f"{END}\n{START}assistant\n", "\n", ":", " =", "\nA:", f"{END}\n{START}assistant\n", " ->", "\nAnswer:"]


def _finds(recipe: Recipe, tokenizer: Any, number: int) -> Iterator[tuple[NDArray[np.uint16], NDArray[np.uint8]]]:
    """Random tokens to find by what stands before an answer: a key of pairs, or the one of several that is in a list.

    The step from copying to looking up: the question and its answer are some tokens apart, as in a conversation.
    """
    rng = np.random.default_rng([recipe.seed, number])
    encoded = [tokenizer.encode(gap).ids for gap in GAPS]
    ends = [tokenizer.encode(end).ids for end in ("\n", f"{END}\n{START}user\n", ";", " ", ",")]
    while True:
        known = int(rng.choice(recipe.find_vocabularies.get(number, [100, 1000, 7165])))
        count = int(rng.integers(2, 11))
        drawn = rng.choice(known, 5 * count, replace=False) + 3
        gap, end = encoded[int(rng.integers(len(encoded)))], ends[int(rng.integers(len(ends)))]
        keys, values, others = drawn[:count], drawn[count : 2 * count], drawn[2 * count :]
        is_pairs = bool(rng.random() < 0.5)
        ids = [int(t) for k, v in zip(keys, values, strict=True) for t in ((k, v) if is_pairs else (k,))] + end
        weights = [int(Weight.SKIP)] * len(ids)
        for n in rng.permutation(count):
            size = 0 if is_pairs else int(rng.integers(0, 4))
            asked = [int(t) for t in rng.permutation([keys[n], *others[3 * n : 3 * n + size]])]
            ids += [*asked, *gap, int(values[n] if is_pairs else keys[n]), *end]
            weights += (
                [int(Weight.SKIP)] * (len(asked) + len(gap)) + [int(Weight.ANSWER)] + [int(Weight.SKIP)] * len(end)
            )
        yield np.array(ids, dtype=np.uint16), np.array(weights, dtype=np.uint8)


def make_shard(recipe: Recipe, tokenizer: Any, folder: Path, number: int) -> int:
    """Writes one shard of about `shard_tokens` tokens and returns their number; the first hold short documents only."""
    limit = recipe.short_limit if number * recipe.shard_tokens < recipe.short_tokens else recipe.longest
    source = write_shard(recipe.seed, number)
    kept: list[tuple[NDArray[np.uint16], NDArray[np.uint8]]] = []
    natural: set[str] = set()
    count = 0
    if number < len(recipe.repeat_vocabularies):
        kept = list(islice(_repeats(recipe, number), recipe.shard_tokens // 48))  # 48 tokens each on average
        count = recipe.shard_tokens
    finding = 1.0 if number in recipe.find_vocabularies else recipe.find_share * (number >= recipe.find_from)
    for ids, weights in _finds(recipe, tokenizer, number):
        if count >= finding * recipe.shard_tokens:
            break
        kept.append((ids, weights))
        count += len(ids)
    while count < recipe.shard_tokens:
        written = list(islice(source, 500))
        for text, (ids, weights) in zip(written, encode(tokenizer, [w.document for w in written]), strict=True):
            if len(ids) <= limit and weights.any() and count < recipe.shard_tokens:
                kept.append((ids, weights))
                count += len(ids)
                natural.update(" ".join(words) for said in text.sentences for words in sentences(said))
    path = shard_path(folder, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp.npz")
    np.savez(
        temporary,
        ids=np.concatenate([i for i, _ in kept]),
        weights=np.concatenate([w for _, w in kept]),
        ends=np.cumsum([len(i) for i, _ in kept]),
    )
    path.with_suffix(".txt").write_text("\n".join(sorted(natural)), "utf-8")
    temporary.replace(path)
    return count


def read_shard(folder: Path, number: int) -> Shard:
    """Loads a shard into memory."""
    with np.load(shard_path(folder, number)) as content:
        return Shard(content["ids"], content["weights"], content["ends"])


def batches(shard: Shard, step_tokens: int, seed: str) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint8]]]:
    """Batches of at most about `step_tokens` tokens in random order, right-padded with id 0 and weight 0.

    Yields:
        ids int64 [b, t] and weights uint8 [b, t].
    """
    rng = random.Random(seed)
    starts = np.concatenate([[0], shard.ends[:-1]])
    order = list(range(len(shard.ends)))
    rng.shuffle(order)
    groups: list[list[int]] = []
    for at in range(0, len(order), POOL):
        groups += _groups(order[at : at + POOL], shard.ends - starts, step_tokens)
    rng.shuffle(groups)
    for group in groups:
        longest = -(-max(int(shard.ends[d] - starts[d]) for d in group) // 16) * 16  # few distinct shapes
        ids = np.zeros((len(group), longest), dtype=np.int64)
        weights = np.zeros((len(group), longest), dtype=np.uint8)
        for row, d in enumerate(group):
            size = int(shard.ends[d] - starts[d])
            ids[row, :size] = shard.ids[starts[d] : shard.ends[d]]
            weights[row, :size] = shard.weights[starts[d] : shard.ends[d]]
        yield ids, weights


def _groups(documents: list[int], lengths: NDArray[np.int64], step_tokens: int) -> list[list[int]]:
    groups: list[list[int]] = [[]]
    for d in sorted(documents, key=lambda d: int(lengths[d])):
        if groups[-1] and int(lengths[d]) * (len(groups[-1]) + 1) > step_tokens:
            groups.append([])
        groups[-1].append(d)
    return groups
