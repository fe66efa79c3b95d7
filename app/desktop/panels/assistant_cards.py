"""The open proposal and its questions as the chat's cards show them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.desktop.widgets.basics import without_marks
from app.desktop.widgets.chat.card_data import (
    CardChoice,
    CardData,
    CardEstimate,
    CardHunk,
    CardQuestion,
)
from app.workbench.quantities import interval, memory

if TYPE_CHECKING:
    from app.workbench.plan_store import PendingProposal
    from assistant.planner.proposal import Question

_COMMENT = re.compile(r"(^|\s{2,})# .*$")
_MOST_CHOICES = 4  # as many as there are keys


def card_data(pending: PendingProposal, path: Path | None, title: str = "") -> CardData:
    """A pending proposal as plain data."""
    hunks = tuple(
        CardHunk(
            each.number,
            each.field,
            without_marks(each.reason),
            _lines(each.removed),
            _lines(each.added),
            each.is_ticked,
        )
        for each in pending.hunks
    )
    return CardData(
        title or pending.title or f"Changes of {path.name if path else 'plan.yaml'}",
        hunks,
        tuple(without_marks(each.message) for each in pending.warnings if each.code != "plan.copies_data"),
        card_estimate(pending.estimate),
        tuple(f"{Path(each.source).name} is copied to {each.target} when you apply." for each in pending.imports),
    )


def _lines(lines: Sequence[str]) -> tuple[str, ...]:
    """Lines of a plan without comments and empty lines: the reason above them says more."""
    bare = [_COMMENT.sub("", line).rstrip() for line in lines]
    return tuple(textwrap.dedent("\n".join(line for line in bare if line)).splitlines())


def card_estimate(values: Mapping[str, Any]) -> CardEstimate:
    """The planner's estimate in words; empty where there is none."""
    if not values:
        return CardEstimate()
    cost = values.get("cost_usd")
    parts = values.get("memory_parts_gib") or {"run": values["memory_gib"]}
    needed, whole = float(values["memory_gib"]), float(values.get("memory_of_gib") or 0)
    return CardEstimate(
        needed,
        whole,
        memory(needed, whole),
        tuple((str(name), float(value), memory(float(value))) for name, value in parts.items()),
        interval(*(float(values[name]) for name in ("seconds", "seconds_low", "seconds_high"))),
        "electricity only" if cost == 0 else f"about ${cost:.2f}" if cost else "not known",
        str(values.get("basis", "")),
    )


def card_questions(questions: Sequence[Question]) -> tuple[CardQuestion, ...]:
    """The open questions as plain data."""
    whole = len(questions)
    return tuple(
        CardQuestion(
            each.field,
            each.text,
            tuple(CardChoice(choice.value, choice.text) for choice in each.choices[:_MOST_CHOICES]),
            each.default or "",
            each.why,
            f"{number} of {whole}" if whole > 1 else "",
        )
        for number, each in enumerate(questions, start=1)
    )
