"""The order in which rows are trained: rows of similar length together, a function of seed and epoch alone."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

GROUP_BATCHES = 50  # source: transformers' LengthGroupedSampler, mega-batches of 50 batches


def batches_of_epoch(lengths: Sequence[int], batch_size: int, *, seed: int, epoch: int) -> list[list[int]]:
    """Row numbers of each batch of an epoch; every row once, a smaller batch where they don't divide evenly.

    Rows are drawn at random, sorted by length within groups of some batches, and the batches are drawn again: little
    padding, and no order that goes from short to long. It needs no state, so a resumed run repeats it exactly.

    Args:
        lengths: tokens of each row.
        batch_size: rows a batch, > 0.
        seed: of the run.
        epoch: from 0.
    """
    generator = random.Random(f"{seed} {epoch}")
    rows = list(range(len(lengths)))
    generator.shuffle(rows)
    size = batch_size * GROUP_BATCHES
    batches = []
    for start in range(0, len(rows), size):
        group = sorted(rows[start : start + size], key=lambda row: -lengths[row])
        batches += [group[first : first + batch_size] for first in range(0, len(group), batch_size)]
    # Trainer cuts the sequence of rows into equal batches, so the smaller one has to stay last.
    smaller = [batches.pop()] if len(batches[-1]) < batch_size else []
    generator.shuffle(batches)
    return batches + smaller


class LengthOrder:
    """A sampler for PyTorch's DataLoader: the epoch is asked for whenever an iteration begins."""

    def __init__(self, lengths: Sequence[int], batch_size: int, *, seed: int) -> None:
        self._lengths = lengths
        self._batch_size = batch_size
        self._seed = seed
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        for batch in batches_of_epoch(self._lengths, self._batch_size, seed=self._seed, epoch=self.epoch):
            yield from batch
