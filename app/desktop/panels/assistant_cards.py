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
    CardWay,
)
from app.workbench.plan_ways import Way
from app.workbench.quantities import duration, interval, memory

if TYPE_CHECKING:
    from app.workbench.plan_store import PendingProposal
    from assistant.planner.proposal import Question

_COMMENT = re.compile(r"(^|\s{2,})# .*$")
_MOST_CHOICES = 4  # as many as there are keys
_FLOW = re.compile(r"(?P<head>[^{]*\{)(?P<inside>.*)\}")
_BETWEEN = re.compile(r", (?![^\[{]*[\]}])")  # entries; not what is in an entry's own brackets
_SHORT = 48  # characters that a line of the card shows


def card_data(pending: PendingProposal, path: Path | None, title: str = "", ways: Sequence[Way] = ()) -> CardData:
    """A pending proposal, and the ways to do it, as plain data."""
    hunks = tuple(
        CardHunk(
            each.number,
            each.field,
            without_marks(each.reason),
            *_shortened(_lines(each.removed), _lines(each.added)),
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
        tuple(card_way(each) for each in ways),
    )


def _lines(lines: Sequence[str]) -> tuple[str, ...]:
    """Lines of a plan without comments and empty lines: the reason above them says more."""
    bare = [_COMMENT.sub("", line).rstrip() for line in lines]
    return tuple(textwrap.dedent("\n".join(line for line in bare if line)).splitlines())


def _shortened(removed: tuple[str, ...], added: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Without what a line `field: {a: 1, b: 2}` has on both sides: what changed would be out of sight."""
    if len(removed) != len(added):
        return removed, added
    pairs = [_changed_entries(*pair) for pair in zip(removed, added, strict=True)]
    return tuple(old for old, _ in pairs), tuple(new for _, new in pairs)


def _changed_entries(old: str, new: str) -> tuple[str, str]:
    before, after = _FLOW.fullmatch(old), _FLOW.fullmatch(new)
    if before is None or after is None or max(len(old), len(new)) <= _SHORT:
        return old, new
    entries = [_BETWEEN.split(found["inside"]) for found in (before, after)]
    shown = [_with_gaps(own, other) for own, other in (entries, entries[::-1])]
    return f"{before['head']}{shown[0]}}}", f"{after['head']}{shown[1]}}}"


def _with_gaps(entries: Sequence[str], others: Sequence[str]) -> str:
    kept = [entry if entry not in others else "…" for entry in entries]
    return ", ".join(text for number, text in enumerate(kept) if text != "…" or kept[number - 1 : number] != ["…"])


def card_way(way: Way) -> CardWay:
    """A way to do the same, in words."""
    what = f"{way.base.rpartition('/')[2]} · r {way.rank} · {way.passes} passes"
    takes = f"{duration(way.seconds)} · {memory(way.memory_gib)} · {_money(way.cost_usd)}"
    reasons = tuple(map(without_marks, way.reasons)) or ("As it is proposed.",)
    return CardWay(way.name, way.name.capitalize(), what, takes, reasons, way.is_chosen)


def _money(cost_usd: float | None) -> str:
    if cost_usd is None:
        return "cost not known"
    return f"about ${cost_usd:.2f}" if cost_usd else "electricity only"


def card_estimate(values: Mapping[str, Any]) -> CardEstimate:
    """The planner's estimate in words; empty where there is none."""
    if not values:
        return CardEstimate()
    parts = values.get("memory_parts_gib") or {"run": values["memory_gib"]}
    needed, whole = float(values["memory_gib"]), float(values.get("memory_of_gib") or 0)
    return CardEstimate(
        needed,
        whole,
        memory(needed, whole),
        tuple((str(name), float(value), memory(float(value))) for name, value in parts.items() if value),
        interval(*(float(values[name]) for name in ("seconds", "seconds_low", "seconds_high"))),
        _money(values.get("cost_usd")),
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
