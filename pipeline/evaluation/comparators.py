"""Opponents without a language model, so that one sees what fine-tuning is worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipeline.datasets.row import Row
from pipeline.evaluation.answers.examples import message_text

MAJORITY = "majority"
LINEAR = "linear (TF-IDF)"


def majority_answers(train: Sequence[Row], rows: Sequence[Row]) -> list[str]:
    """The most frequent training label for every row; of equally frequent ones the first in the alphabet."""
    counts = Counter(row.completion for row in train)
    answer = min(counts, key=lambda label: (-counts[label], label))
    return [answer] * len(rows)


def linear_answers(train: Sequence[Row], rows: Sequence[Row]) -> list[str]:
    """Labels by a linear classifier over weighted words, word pairs and letter groups, trained on the training rows.

    Settings are fixed, the usual ones: nothing is tuned, as nothing is tuned for the adapter on these rows either.

    Source:
        Joachims, ECML 1998; scikit-learn's TfidfVectorizer and LinearSVC.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    tokens = r"\w+|[^\w\s]"
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=tokens)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    classifier = make_pipeline(make_union(words, letters), LinearSVC(random_state=0))
    classifier.fit([message_text(row) for row in train], [row.completion for row in train])
    return [str(label) for label in classifier.predict([message_text(row) for row in rows])]
