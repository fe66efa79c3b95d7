"""The plan that a run was made from, as fields that can be laid side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.plan.document import load_plan
from pipeline.runs.layout import RunFolder

SKIPPED = frozenset({"version", "goal"})


def plan_values(run: RunFolder) -> dict[str, str]:
    """Dotted field → value as it is read.

    Raises:
        PlanErrors: the frozen plan can't be read.
    """
    plan = load_plan(run.plan).plan.model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in _fields(plan, "") if name.split(".")[0] not in SKIPPED}


def _fields(value: dict[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        if isinstance(inner, dict) and inner:
            yield from _fields(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", _text(inner)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value) or "none"
    if isinstance(value, dict):
        return " ".join(f"{name}={_text(inner)}" for name, inner in value.items()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
