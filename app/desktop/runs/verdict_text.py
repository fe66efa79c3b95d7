"""A verdict's parts as words and rows for the widgets that show them."""

from __future__ import annotations

import html
import re

from app.desktop.theme.theme import theme
from app.desktop.widgets.interval_rows import IntervalRow
from app.workbench.verdict_parts import ADAPTER, Answered, Contender


def coloured(sentence: str, colour: str) -> str:
    """The sentence as markup, its number of points in the outcome's colour."""
    points = rf'<span style="color: {theme().color(colour).name()}">\1</span>'
    return re.sub(r"([+−]?[\d.]+ points)", points, html.escape(sentence, quote=False), count=1)


def opponent_row(each: Contender, metric: str, address: str) -> IntervalRow:
    """A contender's value and the adapter's lead over it; the adapter itself is named by its address."""
    value, low, high = each.values[metric]
    lead = each.leads.get(metric)
    aside, colour = "", "text"
    if lead is not None:
        points = f"{100 * lead.value:+.0f} ({100 * lead.low:.0f} to {100 * lead.high:.0f})"
        aside = points.replace("-", "−")
        colour = {"better": "good", "worse": "bad"}.get(lead.outcome, "muted")
    is_ours = each.model == ADAPTER
    token = "num" if each.model.startswith("linear") else "muted"
    note = address if is_ours else each.term
    return IntervalRow(each.title, note, value, low, high, f"{100 * value:.1f}", aside, token, colour, is_ours)


def whole_text(answer: Answered, *, has_signs: bool) -> str:
    """A test row in full, with all answers to it; signs for right and wrong where that can be told."""
    parts = [answer.message, f"\nright answer:  {answer.expected}"]
    for model, (text, is_right) in answer.given.items():
        sign = ("✓ " if is_right else "× ") if has_signs else ""
        parts.append(f"{sign}{model}:  {text}")
    if answer.surety is not None and has_signs:
        parts.append(f"\nThe adapter gave its answer a probability of {100 * answer.surety:.0f} %.")
    return "\n".join([*parts, f"\nfrom {answer.source}" if answer.source else ""])
