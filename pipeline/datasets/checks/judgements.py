"""Judged answers that contradict each other: an answer both wanted and not, two answers each better than the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import Literal

from pipeline.datasets.checks.treatment import Found, Outcome, settle
from pipeline.datasets.problem import counted
from pipeline.datasets.row import Draft, turns_of


def settle_judgements(drafts: Sequence[Draft], action: Literal["off", "warn", "quarantine"] = "quarantine") -> Outcome:
    """Does with rows that contradict each other what the plan says; which of them is right nobody here knows."""
    if action == "off":
        return list(drafts), [], []
    said: dict[Hashable, dict[Hashable, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, (subject, judgement) in _judgements(drafts):
        said[subject][judgement].append(index)
    why: dict[int, str] = {}
    for judgements in said.values():
        for judgement, rows in judgements.items():
            other = next((others[0] for one, others in judgements.items() if one != judgement), None)
            if other is not None:
                why |= dict.fromkeys(rows, f"{drafts[other].source} judges the same answers the other way round.")
    what = f"{counted(len(why), 'row')} whose judgement another row contradicts, {{done}}."
    hint = "Decide which is right and correct the rows, or set dataset.checks.contradictions to quarantine."
    return settle(drafts, Found("data.contradiction", "contradictions", what, hint, dict(sorted(why.items()))), action)


def _judgements(drafts: Sequence[Draft]) -> Iterator[tuple[int, tuple[Hashable, Hashable]]]:
    """Of each judged row: what is judged, and how."""
    for index, draft in enumerate(drafts):
        if draft.desired is not None:
            yield index, (tuple(draft.turns), draft.desired)
        elif draft.rejected is not None:
            prompt, chosen = draft.turns[: 2 * draft.answer_start], draft.turns[2 * draft.answer_start :]
            pair = tuple(chosen), tuple(turns_of(draft.rejected))
            yield index, ((tuple(prompt), frozenset(pair)), pair[0])
