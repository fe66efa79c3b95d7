"""Findings about the texts themselves, and about rows that could not be used."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from pipeline.datasets.checks.treatment import examples
from pipeline.datasets.problem import EXAMPLES, Fix, Problem, counted
from pipeline.datasets.row import Draft, SetAside

# UTF-8 that was read as Windows-1252 before it was exported: `Ã¼` for `ü`, `â€™` for `’`.
_MOJIBAKE = re.compile(r"Ã[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[\u0080-\u00bf™œ˜”“¦¢]")
RARE = 10  # rows below which a label can hardly be learned, nor measured


def is_mojibake(text: str) -> bool:
    """Whether a text was decoded wrongly before it came here."""
    return not text.isascii() and _MOJIBAKE.search(text) is not None


def check_mojibake(drafts: Sequence[Draft]) -> list[Problem]:
    """Counts texts that were decoded wrongly before they came here."""
    found = [draft for draft in drafts if any(map(is_mojibake, draft.texts))]
    if not found:
        return []
    return [
        Problem(
            code="data.mojibake",
            severity="warning",
            count=len(found),
            message=f"{counted(len(found), 'row')} with letters that an earlier program read in the wrong encoding.",
            hint="Export from the source again, as UTF-8; the rows are kept as they are.",
            examples=examples(found),
        )
    ]


def check_rare_labels(drafts: Sequence[Draft]) -> list[Problem]:
    """Names labels with few rows."""
    counts = Counter(draft.label for draft in drafts)
    rare = sorted((count, label) for label, count in counts.items() if label is not None and count < RARE)
    if not rare:
        return []
    return [
        Problem(
            code="data.rare_labels",
            severity="warning",
            count=len(rare),
            message=f"{counted(len(rare), 'label')} with fewer than {RARE} rows.",
            hint="Add rows for them, or leave them out with dataset.labels.",
            examples=[f"{label}: {counted(count, 'row')}" for count, label in rare[:EXAMPLES]],
            fixes=_without(counts, [label for _, label in rare]),
        )
    ]


def _without(counts: Counter[str | None], rare: Sequence[str]) -> list[Fix]:
    others = sorted(label for label in counts if label is not None and label not in rare)
    if len(others) < 2:
        return []
    return [Fix(title=f"Leave {counted(len(rare), 'label')} out", field="dataset.labels", value=others)]


def unusable_rows(aside: Sequence[SetAside], known: Sequence[Problem]) -> list[Problem]:
    """One problem for each reason that rows were set aside for and that nothing else reports."""
    reported = {problem.code for problem in known}
    by_reason: dict[str, list[SetAside]] = defaultdict(list)
    for one in aside:
        if one.reason not in reported:
            by_reason[one.reason].append(one)
    return [
        Problem(
            code=reason,
            severity="warning",
            count=len(ones),
            message=f"{counted(len(ones), 'row')} set aside; the first is {ones[0].draft.source}: {ones[0].message}",
            examples=examples(one.draft for one in ones),
        )
        for reason, ones in by_reason.items()
    ]
