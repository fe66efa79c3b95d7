"""What would help next, from what was measured alone: each advice names its rows and what it could gain at most."""

from __future__ import annotations

from collections.abc import Sequence

from app.workbench.verdict_parts import Advice
from pipeline.evaluation.comparators import LINEAR
from pipeline.evaluation.verdict import ADAPTER, Verdict

MOST = 4
MIN_PAIR = 2  # rows; a single mix-up says nothing about a pair
ENOUGH_ROWS = 40  # of a label: its share is then known to about ±15 points


def advice(
    verdict: Verdict, pairs: Sequence[tuple[str, str, int]], few: Sequence[tuple[str, int]], by_heart: str
) -> tuple[Advice, ...]:
    """What the measurement speaks for, the largest gain first.

    Args:
        verdict: of the evaluation.
        pairs: expected, given, rows of the mistakes, most frequent first.
        few: labels with too few test rows, and how many they have.
        by_heart: what the curve says where the run began to learn by heart; empty otherwise.
    """
    found = [*_linear(verdict), *_pair(verdict, pairs), *_invalid(verdict)]
    if by_heart:
        found.append(Advice("Train for fewer passes", by_heart, "Open plan", "verdict.open_plan"))
    found += _few(few)
    if verdict.more_rows:
        why = f"The interval is too wide for an answer; {verdict.more_rows:,} more test rows would narrow it enough."
        found.insert(0, Advice(f"Add about {verdict.more_rows:,} test rows", why, "Open data", "verdict.open_data"))
    return tuple(found[:MOST])


def _linear(verdict: Verdict) -> list[Advice]:
    lead = next((each for each in verdict.differences if each.against == LINEAR), None)
    if lead is None or lead.outcome != "worse":
        return []
    value = verdict.metrics[LINEAR][lead.metric]
    points = f"{100 * abs(lead.value):.0f} points"
    why = (
        f"A word counter that needs no language model reaches {100 * value:.1f} %, {points} more: "
        "the rows hold more than this adapter learned from them."
    )
    return [Advice("Try a larger base, or use the word counter", why, "Open plan", "verdict.open_plan")]


def _pair(verdict: Verdict, pairs: Sequence[tuple[str, str, int]]) -> list[Advice]:
    if not pairs or pairs[0][2] < MIN_PAIR:
        return []
    expected, given, rows = pairs[0]
    both = rows + sum(count for one, other, count in pairs if (one, other) == (given, expected))
    gain = 100 * both / verdict.n
    why = f"{expected} and {given} are mixed up in {both} of {verdict.n} test rows: at most +{gain:.1f} points."
    return [Advice(f"Look at {expected} / {given}", why, "Show rows", "verdict.show_cell", (expected, given))]


def _invalid(verdict: Verdict) -> list[Advice]:
    rows = round(verdict.metrics[ADAPTER].get("invalid", 0.0) * verdict.n)
    if not rows:
        return []
    why = f"{rows} of {verdict.n} answers are none of the labels: at most +{100 * rows / verdict.n:.1f} points."
    return [Advice("Look at answers outside the label list", why, "Show rows", "verdict.show_wrong")]


def _few(few: Sequence[tuple[str, int]]) -> list[Advice]:
    if not few:
        return []
    label, rows = few[0]
    missing = ENOUGH_ROWS - rows
    others = f", as for {len(few) - 1} more labels" if len(few) > 1 else ""
    why = f"Only {rows} test rows: too few to tell how well it does there{others}."
    return [Advice(f"Add about {missing} test rows of “{label}”", why, "Open data", "verdict.open_data")]
