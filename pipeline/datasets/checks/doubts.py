"""Rows whose label a person should look at: missing, contradicted, or unlike that of the rows around them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.datasets.cell import folded, label_key
from pipeline.datasets.checks.near import NearGroups
from pipeline.datasets.recognise.columns import sampled_indices

DoubtKind = Literal["contradiction", "near", "unlabelled", "unlike"]
MOST_COMPARED = 20_000  # rows; near duplicates and neighbours among more take minutes
_NEIGHBOURS = 5
_MOST_VOTERS = 6_000
_STEP = 500  # rows compared with all voters at one time: 500 x 6,000 similarities are 12 MB
_CLEAR = 0.8  # share of the neighbours' votes that makes another label likelier than the row's own
_LEAST_ALIKE = 0.05  # cosine below which a neighbour has nothing to say


@dataclass(frozen=True)
class Doubt:
    """One row to look at.

    Attributes:
        other: a row with nearly the same text and another label.
        guess: what most rows around it are labelled; empty where there are none.
        share: of the neighbours' votes that the guess has, 0 to 1.
    """

    row: int
    kind: DoubtKind
    other: int | None = None
    guess: str = ""
    share: float = 0.0


def doubts(
    texts: Sequence[str], labels: Sequence[str], settled: Collection[int] = (), *, is_quick: bool = False
) -> list[Doubt]:
    """Rows to look at: contradictions, near duplicates under other labels, unlabelled rows, then unlikely labels.

    Unlabelled rows come with the least certain ones first: those teach the most. Neighbours vote with the cosine of
    their TF-IDF vectors. Rows without a text are left out: there is nothing to decide by.

    Args:
        texts: what a label depends on.
        labels: empty where a row has none.
        settled: rows that a person has decided; they vote, and are not doubted.
        is_quick: leaves out the vote, so that no label is guessed or found unlikely.
    """
    keys = [label_key(label) for label in labels]
    plain = [folded(text) for text in texts]
    decided = frozenset(settled) | {row for row, text in enumerate(plain) if not text}
    found = {doubt.row: doubt for doubt in _contradictions(plain, keys, "contradiction")}
    if len(texts) <= MOST_COMPARED:
        for doubt in _contradictions(NearGroups(texts).group_of, keys, "near"):
            found.setdefault(doubt.row, doubt)
    open_ones = [row for row, key in enumerate(keys) if not key and row not in decided]
    asked = [*open_ones, *(row for row, key in enumerate(keys) if key and row not in decided and row not in found)]
    votes = {} if is_quick or len(texts) > MOST_COMPARED else _votes(texts, labels, keys, asked)
    lonely = [Doubt(row, "unlabelled", None, *votes.get(row, ("", 0.0))) for row in open_ones]
    unlike = [
        Doubt(row, "unlike", None, *votes[row])
        for row in asked
        if keys[row] and row in votes and label_key(votes[row][0]) != keys[row] and votes[row][1] >= _CLEAR
    ]
    return [
        *(doubt for doubt in found.values() if doubt.row not in decided),
        *sorted(lonely, key=lambda doubt: doubt.share),
        *sorted(unlike, key=lambda doubt: -doubt.share),
    ]


def _contradictions(groups: Sequence[str] | Sequence[int], keys: Sequence[str], kind: DoubtKind) -> Iterator[Doubt]:
    """Rows of one group under several labels, each with the first row that says otherwise."""
    by_group: dict[object, list[int]] = defaultdict(list)
    for row, group in enumerate(groups):
        if keys[row]:
            by_group[group].append(row)
    for rows in by_group.values():
        if len({keys[row] for row in rows}) > 1:
            for row in rows:
                yield Doubt(row, kind, next(other for other in rows if keys[other] != keys[row]))


def _votes(
    texts: Sequence[str], labels: Sequence[str], keys: Sequence[str], asked: Sequence[int]
) -> dict[int, tuple[str, float]]:
    """Row → the label that its neighbours vote for, and its share of the votes."""
    labelled = [row for row, key in enumerate(keys) if key]
    if not asked or len({keys[row] for row in labelled}) < 2:
        return {}
    import numpy as np

    voters = np.array([labelled[at] for at in sampled_indices(len(labelled), _MOST_VOTERS)])
    vectors = _vectors(texts)
    if vectors is None:
        return {}
    references = vectors[voters].T.tocsc()
    names = _names(labels, keys)
    found: dict[int, tuple[str, float]] = {}
    for start in range(0, len(asked), _STEP):
        rows = np.array(asked[start : start + _STEP])
        alike = (vectors[rows] @ references).toarray()
        alike[voters[None, :] == rows[:, None]] = 0.0  # nobody votes on itself
        nearest = np.argsort(-alike, axis=1)[:, :_NEIGHBOURS]
        for position, row in enumerate(rows.tolist()):
            votes: dict[str, float] = defaultdict(float)
            for voter in nearest[position].tolist():
                if alike[position, voter] >= _LEAST_ALIKE:
                    votes[keys[int(voters[voter])]] += float(alike[position, voter])
            if votes:
                key = max(sorted(votes), key=votes.__getitem__)
                found[row] = names[key], round(votes[key] / sum(votes.values()), 3)
    return found


def _names(labels: Sequence[str], keys: Sequence[str]) -> dict[str, str]:
    """The most frequent spelling of each label."""
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    for label, key in zip(labels, keys, strict=True):
        spelled[key][label.strip()] += 1
    return {key: counts.most_common(1)[0][0] for key, counts in spelled.items()}


def _vectors(texts: Sequence[str]) -> Any:
    """TF-IDF vectors, float64 [texts, terms], each of length 1; None where no text has a letter."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts).tocsr()
    except ValueError:  # no word of two letters anywhere
        return None
