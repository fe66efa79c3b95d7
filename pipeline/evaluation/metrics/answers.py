"""What a metric looks at: expected and given texts, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

NO_ANSWER = ""


@dataclass(frozen=True)
class Answers:
    """One model's answers beside the expected ones, in the same order.

    Args:
        expected: texts [n].
        given: texts [n].
        labels: all allowed answers of a classification; None for other tasks.
    """

    expected: Sequence[str]
    given: Sequence[str]
    labels: frozenset[str] | None = None

    def with_doubt(self, *, is_first: bool) -> Answers:
        """Two rows more: one that only the first of two models answers, one that only the second does.

        Resampling these too keeps a handful of rows that all agree from looking like certainty: the interval of 10 rows
        out of 10 is not a point. The measured values are computed without them.

        Source:
            Bonett & Price, Journal of Educational and Behavioral Statistics 37 (2012), 479-488: adjusted interval of a
            difference of paired shares, one count added to each kind of disagreement.
        """
        text = Counter(self.expected).most_common(1)[0][0]
        pair = [text, NO_ANSWER] if is_first else [NO_ANSWER, text]
        return Answers([*self.expected, text, text], [*self.given, *pair], self.labels)
