"""Training rows that show a base what is wanted: typical ones first, each label in turn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from pipeline.datasets.row import Row

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PER_LABEL = (
    4  # source: Zhao et al. 2021, arXiv 2102.09690, figure 1: most of the gain of examples comes with the first 4
)
WITHOUT_LABELS = 3
_LOOKED_AT = 300  # rows of one label: choosing costs rows x words


def choose_examples(rows: Sequence[Row], *, length: Callable[[Row], int]) -> list[Row]:
    """Rows for a prompt, the most useful first: one per label, then a second one, and so on.

    Of each label the shorter half is looked at, so that more fit. The first is the one most like its label's rows, each
    further one is also unlike those chosen. No chance is involved: the same rows give the same prompt.

    Args:
        rows: training rows; labels may be missing.
        length: tokens of a row.

    Returns:
        At most PER_LABEL rows of each label, or WITHOUT_LABELS rows.

    Source:
        Carbonell & Goldstein, maximal marginal relevance (SIGIR 1998), with equal weights.
    """
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.id):
        groups[row.label or ""].append(row)
    count = PER_LABEL if len(groups) > 1 else WITHOUT_LABELS
    rounds = zip_longest(*(_typical(_shorter_half(groups[label], length), count) for label in sorted(groups)))
    return [row for round_ in rounds for row in round_ if row is not None]


def _shorter_half(rows: Sequence[Row], length: Callable[[Row], int]) -> list[Row]:
    rows = rows[:_LOOKED_AT]  # ids are hashes, so the first ones are a fair sample
    lengths = np.array([length(row) for row in rows])
    return [row for row, tokens in zip(rows, lengths, strict=True) if tokens <= np.median(lengths)]


def _typical(rows: list[Row], count: int) -> list[Row]:
    if len(rows) <= count:
        return rows
    vectors = _vectors([message_text(row) for row in rows])
    centre = vectors @ vectors.mean(axis=0)
    nearest = np.zeros(len(rows))
    chosen: list[int] = []
    while len(chosen) < count:
        gain = centre / centre.max() - nearest if centre.max() > 0 else -nearest
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
        nearest = np.maximum(nearest, vectors @ vectors[chosen[-1]])
    return [rows[n] for n in chosen]


def _vectors(texts: list[str]) -> Floats:
    """Unit vectors of word counts, rare words weighing more, [n, words]."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(token_pattern=r"\w+|[^\w\s]")  # noqa: S106 - a pattern of words
    vectors: Floats = vectorizer.fit_transform(texts).toarray()
    return vectors


def message_text(row: Row) -> str:
    """What the answer depends on, as one text."""
    return "\n".join(message["content"] for message in row.prompt if message["role"] != "system")
