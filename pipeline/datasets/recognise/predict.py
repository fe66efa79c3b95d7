"""Whether a text's words predict a column: evidence that the column is what the text is sorted into."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random

from pipeline.datasets.recognise.columns import sampled_indices

_WORD = re.compile(r"\w+")
_ROWS = 600
_WORDS = 40  # of each text
_SMOOTHING = 0.3


def predictability(texts: Sequence[str], labels: Sequence[str]) -> tuple[float, float]:
    """How well a naive Bayes classifier does on rows that it has not seen.

    Args:
        texts: one per row.
        labels: one per row; more than one kind.

    Returns:
        (share of held-out rows predicted, share that always saying the most frequent label would get), from at most
        600 rows in two folds.
    """
    rows = [(_words(texts[index]), labels[index]) for index in sampled_indices(len(texts), _ROWS)]
    Random(len(rows)).shuffle(rows)  # a file may alternate between labels
    folds = rows[0::2], rows[1::2]
    if not folds[1]:
        return 0.0, 1.0
    hits = _hits(folds[0], folds[1]) + _hits(folds[1], folds[0])
    majority = Counter(label for _, label in rows).most_common(1)[0][1]
    return hits / len(rows), majority / len(rows)


def _words(text: str) -> list[str]:
    return _WORD.findall(text[:1000].lower())[:_WORDS]


def _hits(train: Sequence[tuple[list[str], str]], test: Sequence[tuple[list[str], str]]) -> int:
    counts: dict[str, Counter[str]] = defaultdict(Counter)  # word → label → times
    totals: Counter[str] = Counter()
    priors = Counter(label for _, label in train)
    for words, label in train:
        totals[label] += len(words)
        for word in words:
            counts[word][label] += 1
    vocabulary = len(counts) + 1
    base = {label: math.log(total + _SMOOTHING * vocabulary) for label, total in totals.items()}
    return sum(1 for words, label in test if _best(words, counts, priors, base) == label)


def _best(
    words: list[str], counts: dict[str, Counter[str]], priors: Counter[str], base: dict[str, float]
) -> str | None:
    known = [counts[word] for word in words if word in counts]
    scores = {label: math.log(prior) - len(known) * base[label] for label, prior in priors.items()}
    unseen = len(known) * math.log(_SMOOTHING)
    for label in scores:
        scores[label] += unseen
    for seen in known:
        for label, count in seen.items():
            scores[label] += math.log((count + _SMOOTHING) / _SMOOTHING)
    return max(scores, key=lambda label: (scores[label], label), default=None)
