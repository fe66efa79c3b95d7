"""Labels that hang on words about people: what a classifier would learn as a prejudice."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.datasets.checks.vocabulary import vocabulary
from pipeline.datasets.problem import EXAMPLES, Problem, counted
from pipeline.datasets.row import Draft

_FEWEST = 20  # rows with a group's words from which something can be said
_APART = 0.15  # difference of shares that matters
_SURE = 0.01  # chance of a false alarm, over all comparisons together (Bonferroni)


@functools.cache
def _groups() -> tuple[tuple[str, re.Pattern[str]], ...]:
    groups = vocabulary("demographic")["groups"]
    return tuple((name, re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")) for name, words in groups.items())


def check_skew(drafts: Sequence[Draft]) -> list[Problem]:
    """Compares, for each label, its share among rows with words about a group of people with that among the others.

    Two-proportion z test, corrected for the number of comparisons; small differences are not named however sure.
    """
    labels = Counter(draft.label for draft in drafts if draft.label is not None)
    if len(labels) < 2:
        return []
    texts = [draft.prompt_text.lower() for draft in drafts]
    found: list[tuple[float, str]] = []
    count = 0
    for group, pattern in _groups():
        inside = Counter(draft.label or "" for draft, text in zip(drafts, texts, strict=True) if pattern.search(text))
        skewed = list(_skewed(group, inside, labels))
        count += sum(inside.values()) if skewed else 0
        found += skewed
    if not found:
        return []
    return [
        Problem(
            code="data.label_skew",
            severity="warning",
            count=count,
            message=f"{counted(len(found), 'label')} {'hangs' if len(found) == 1 else 'hang'} on words about people: a "
            "model could learn to judge by them.",
            hint="Is that so in life, or only in these rows? Add rows that break the pattern.",
            examples=[text for _, text in sorted(found, reverse=True)[:EXAMPLES]],
        )
    ]


def _skewed(group: str, inside: Counter[str], labels: Counter[str]) -> Iterator[tuple[float, str]]:
    rows, total = inside.total(), labels.total()
    others = total - rows
    if min(rows, others) < _FEWEST:
        return
    limit = _SURE / (len(labels) * len(_groups()))
    for label, count in labels.items():
        with_words, without = inside[label] / rows, (count - inside[label]) / others
        pooled = count / total
        error = math.sqrt(pooled * (1 - pooled) * (1 / rows + 1 / others))
        apart = abs(with_words - without)
        if error and apart >= _APART and math.erfc(apart / error / math.sqrt(2)) < limit:
            text = f"{label}: {with_words:.0%} of {counted(rows, 'row')} about {group}, {without:.0%} of the others"
            yield apart, text
