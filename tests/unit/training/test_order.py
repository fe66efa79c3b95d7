"""The order of rows: a function of seed and epoch, with little padding and every row once."""

from __future__ import annotations

import random

import pytest

from pipeline.training.order import LengthOrder, batches_of_epoch

LENGTHS = random.Random(7).choices(range(10, 201), k=1003)


def padding(batches: list[list[int]]) -> float:
    """Share of the tokens computed that are padding."""
    computed = sum(len(batch) * max(LENGTHS[row] for row in batch) for batch in batches)
    return 1 - sum(LENGTHS) / computed


@pytest.mark.parametrize("size", [1, 4, 8, 2000])
def test_every_row_comes_once_and_only_the_last_batch_is_smaller(size: int) -> None:
    batches = batches_of_epoch(LENGTHS, size, seed=1, epoch=0)
    assert sorted(row for batch in batches for row in batch) == list(range(len(LENGTHS)))
    assert {len(batch) for batch in batches[:-1]} <= {size}
    assert len(batches[-1]) == (len(LENGTHS) % size or size)


def test_it_depends_on_seed_and_epoch_alone() -> None:
    first = batches_of_epoch(LENGTHS, 8, seed=1, epoch=0)
    random.seed(99)
    assert batches_of_epoch(LENGTHS, 8, seed=1, epoch=0) == first
    others = [batches_of_epoch(LENGTHS, 8, seed=seed, epoch=epoch) for seed, epoch in ((1, 1), (2, 0), (11, 0))]
    assert first not in others
    assert others[0] != others[1] != others[2]


def test_batches_have_little_padding_but_do_not_run_from_long_to_short() -> None:
    batches = batches_of_epoch(LENGTHS, 8, seed=1, epoch=0)
    rows = list(range(len(LENGTHS)))
    random.Random(1).shuffle(rows)
    at_random = [rows[start : start + 8] for start in range(0, len(rows), 8)]
    assert padding(batches) < 0.05
    assert padding(at_random) > 0.3
    longest = [max(LENGTHS[row] for row in batch) for batch in batches]
    half = len(longest) // 2
    means = sum(longest[:half]) / half, sum(longest[half:]) / (len(longest) - half)
    assert abs(means[0] - means[1]) < 0.2 * min(means)


def test_the_sampler_follows_the_epoch() -> None:
    order = LengthOrder(LENGTHS, 8, seed=1)
    assert len(order) == len(LENGTHS)
    first = list(order)
    assert first == list(order) == [row for batch in batches_of_epoch(LENGTHS, 8, seed=1, epoch=0) for row in batch]
    order.epoch = 3
    assert list(order) == [row for batch in batches_of_epoch(LENGTHS, 8, seed=1, epoch=3) for row in batch]
