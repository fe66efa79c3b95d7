"""The order of rows: batches of similar length in a shuffled order, decided by seed and epoch alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

POOL_BATCHES = 32  # rows are sorted within pools of so many batches: nearly no padding, and still shuffled


def epoch_order(lengths: Sequence[int], *, batch_size: int, seed: int, epoch: int) -> list[int]:
    """Row numbers in the order of one epoch.

    Stock TRL takes rows as they come and pays half of its time for padding; sorted as a whole, the model would see all
    short rows before the long ones.

    Args:
        lengths: tokens of each row.
        batch_size: rows a step.
        seed: of the run.
        epoch: counted from 0.
    """
    rng = random.Random(f"{seed}:{epoch}")
    rows = list(range(len(lengths)))
    rng.shuffle(rows)
    pool = batch_size * POOL_BATCHES
    batches: list[list[int]] = []
    for start in range(0, len(rows), pool):
        ordered = sorted(rows[start : start + pool], key=lambda row: lengths[row])
        batches += [ordered[at : at + batch_size] for at in range(0, len(ordered), batch_size)]
    rng.shuffle(batches)
    # The one batch that is not full goes last: the loader counts its batches by size.
    batches.sort(key=lambda batch: len(batch) < batch_size)
    return [row for batch in batches for row in batch]


class LengthSortedSampler:
    """A sampler that a resumed run continues exactly.

    Args:
        lengths: tokens of each row.
        batch_size: rows a step.
        seed: of the run.
        epoch: the present epoch, asked whenever an epoch begins. (The loaders that a resumed trainer wraps around this
            sampler count their own epochs from 0, so nobody is trusted to call `set_epoch`.)
    """

    def __init__(self, lengths: Sequence[int], *, batch_size: int, seed: int, epoch: Callable[[], int]) -> None:
        self._lengths = lengths
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        return iter(epoch_order(self._lengths, batch_size=self._batch_size, seed=self._seed, epoch=self._epoch()))
