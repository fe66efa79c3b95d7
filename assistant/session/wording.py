"""What the built-in planner says beside its proposal: short, plain, nothing that the card says already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assistant.planner.proposal import Proposal
from assistant.session.amending import as_text
from pipeline.plan.model import Plan

_LEADS = {
    "classification": "Sorting",
    "extraction": "Pulling out fields",
    "rewriting": "Rewriting",
    "summarization": "Summarising",
    "chat": "Talking",
}
_TITLES = {
    "classification": "sort texts into categories",
    "extraction": "pull out fields",
    "rewriting": "rewrite texts",
    "summarization": "summarise",
    "chat": "talk as in the examples",
}
NOTHING_APPLIED = "Nothing is applied yet."
NOTHING_FOUND = (
    "I found nothing in this sentence that the plan can hold. It can fix a number (*5 epochs*, *rank 16*), a limit "
    "(*at most $10*, *fits 12 GB*), a base (*use Qwen3 0.6B*) or a check (*mask personal data*); or edit "
    "`plan.yaml` itself."
)
_MOST_CHANGES = 3


def reply_text(proposal: Proposal, current: Mapping[str, str], *, is_new: bool) -> str:
    """The answer in Markdown."""
    if proposal.answer is not None:
        return proposal.answer
    if proposal.plan is None:
        count = len(proposal.questions)
        return "One thing is needed first." if count == 1 else f"{count} things are needed first."
    lead = _new(proposal, proposal.plan) if is_new else _changes(proposal.plan, current)
    open_ones = len(proposal.questions)
    asked = {0: "", 1: " One question is open; the plan holds without an answer, too."}.get(
        open_ones, f" {open_ones} questions are open; the plan holds without answers, too."
    )
    return f"{lead}{asked} {NOTHING_APPLIED}"


def title(proposal: Proposal, current: Mapping[str, str], *, is_new: bool) -> str:
    """The proposal in a few words."""
    if proposal.plan is None:
        return ""
    if is_new:
        return f"Plan: {_TITLES.get(proposal.plan.task, 'answer as the examples do')}"
    changed = [name.rpartition(".")[2] for name, _value, _before in changes(proposal.plan, current)]
    return f"Change: {', '.join(changed[:_MOST_CHANGES])}" if changed else "No change"


def _new(proposal: Proposal, plan: Plan) -> str:
    columns = plan.dataset.columns
    read, written = (", ".join(columns.get(role, [])) for role in ("prompt", "completion"))
    lead = _LEADS.get(plan.task, "Answering as the examples do")
    what = f"{lead}: **{read}** is read, **{written}** is written." if read and written else f"{lead}."
    rows = proposal.reasons.get("dataset.sources", "")
    return f"{what} {rows} **{plan.model.base}** would learn it.".replace("  ", " ")


def _changes(plan: Plan, current: Mapping[str, str]) -> str:
    found = changes(plan, current)
    if not found:
        return "The plan says so already."
    shown = [
        f"**{name.rpartition('.')[2]}** becomes {_short(value)}" + (f" (was {_short(before)})" if before else "")
        for name, value, before in found[:_MOST_CHANGES]
    ]
    more = f", and {len(found) - _MOST_CHANGES} more" if len(found) > _MOST_CHANGES else ""
    return f"{', '.join(shown)}{more}."


def changes(plan: Plan, current: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Fields with their new and old value, where the two differ."""
    values = dict(_leaves("", plan.model_dump(mode="json"), current))
    return [(name, value, current.get(name, "")) for name, value in values.items() if current.get(name) != value]


def _leaves(name: str, value: Any, current: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value and name not in current:
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else key, inner, current)
    else:
        yield name, as_text(value)


def _short(value: str) -> str:
    value = value.strip('"').removesuffix(".0")
    return value if len(value) <= 40 else f"{value[:37]}…"


def pieces(text: str) -> Iterator[str]:
    """A text in words, for streaming."""
    start = 0
    while start < len(text):
        end = text.find(" ", start + 1)
        yield text[start : end if end > 0 else len(text)]
        start = end if end > 0 else len(text)
