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
from pipeline.bases.pocket.finding import Encoded, finds, repeats
from pipeline.bases.pocket.recipe import Phase, Recipe, phase_at
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


def _random_tokens(recipe: Recipe, phase: Phase, tokenizer: Any, number: int) -> list[Encoded]:
    rng = np.random.default_rng([recipe.seed, number])
    kept: list[Encoded] = []
    for share, source in ((phase.repeats, repeats(phase, tokenizer, rng)), (phase.finds, finds(phase, tokenizer, rng))):
        count = 0.0
        while count < share * recipe.shard_tokens:
            kept.append(next(source))
            count += len(kept[-1][0])
    return kept


def make_shard(recipe: Recipe, tokenizer: Any, folder: Path, number: int) -> int:
    """Writes one shard of about `shard_tokens` tokens, as its phase says, and returns their number."""
    phase = phase_at(recipe, number * recipe.shard_tokens)
    source = write_shard(recipe.seed, number, text=phase.text)
    kept = _random_tokens(recipe, phase, tokenizer, number)
    natural: set[str] = set()
    count = sum(len(ids) for ids, _ in kept)
    while count < recipe.shard_tokens:
        written = list(islice(source, 500))
        for text, (ids, weights) in zip(written, encode(tokenizer, [w.document for w in written]), strict=True):
            if len(ids) <= phase.longest and weights.any() and count < recipe.shard_tokens:
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
