"""Three ways to do the same: cheap, balanced, best; each with time, memory, money and why it differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assistant.planner.base_choice import BaseChoice, trainable_bases
from assistant.planner.known_bases import KnownBase, facts_of, known_base
from assistant.planner.rows import RowMeasure
from pipeline.bases.base import POCKET, Base, find_base
from pipeline.errors import BadInput
from pipeline.machine.machine import Machine
from pipeline.plan.model import Plan
from pipeline.training.estimate import estimate
from pipeline.training.hyperparameters import resolve

_SMALLEST_RANK = 8
_MOST_RANK = 64  # what the server takes as it is
_NUMBERS = ("learning_rate", "num_train_epochs", "per_device_train_batch_size", "max_length", "save_steps")
_OF_ADAPTER = ("lora_dropout", "target_embeddings")  # that depend on the base


@dataclass(frozen=True)
class Setting:
    """Where a run executes: the machine, memory of the card (0 for the processor), the card's name if it is another."""

    machine: Machine
    card_gib: float
    card: str = ""


@dataclass(frozen=True)
class _Change:
    field: str
    value: Any
    reason: str


def choices(
    plan: Plan, chosen: BaseChoice, rows: RowMeasure, setting: Setting, fixed: frozenset[str]
) -> list[dict[str, Any]]:
    """The three choices, as the estimate carries them; fewer where the user has fixed what would differ.

    Args:
        plan: the balanced one, with numbers.
        chosen: its base.
        rows: that are trained.
        setting: where.
        fixed: fields that no choice touches.
    """
    if chosen.facts is None:
        return []
    found = []
    ways: tuple[tuple[str, list[_Change]], ...] = (
        ("cheap", list(_cheaper(plan, fixed))),
        ("balanced", []),
        ("best", list(_better(plan, chosen, setting, fixed))),
    )
    for name, changes in ways:
        made = _with(plan, chosen.facts, changes, rows, fixed)
        if made is None or (name != "balanced" and not changes):
            continue
        changed, base = made
        values = estimate(changed, base, rows.load, setting.machine, setting.card_gib, setting.card)
        found.append(
            {
                "name": name,
                "changes": {change.field: change.value for change in changes},
                "reasons": {change.field: change.reason for change in changes},
                **{key: values[key] for key in ("memory_gib", "seconds", "seconds_low", "seconds_high", "cost_usd")},
            }
        )
    return found


def _cheaper(plan: Plan, fixed: frozenset[str]) -> Iterator[_Change]:
    epochs, rank = float(plan.training.num_train_epochs), int(plan.training.adapter.r)
    if "training.num_train_epochs" not in fixed and epochs >= 2:
        half = max(1, int(epochs // 2))
        yield _Change(
            "training.num_train_epochs", half, "Half the passes cost half the time; the first teach the most."
        )
    if "training.adapter.r" not in fixed and rank > _SMALLEST_RANK:
        yield _Change(
            "training.adapter.r", max(_SMALLEST_RANK, rank // 2), "A narrower adapter is smaller and learns less."
        )


def _better(plan: Plan, chosen: BaseChoice, setting: Setting, fixed: frozenset[str]) -> Iterator[_Change]:
    larger = _larger_base(plan, chosen, setting)
    if larger is not None and "model.base" not in fixed:
        text = f"The largest open base that fits; {larger.weights_gib:.1f} GiB to download, {larger.licence}."
        yield _Change("model.base", larger.id, text)
    elif "training.adapter.r" not in fixed and int(plan.training.adapter.r) * 2 <= _MOST_RANK:
        yield _Change("training.adapter.r", int(plan.training.adapter.r) * 2, "A wider adapter can learn more.")


def _larger_base(plan: Plan, chosen: BaseChoice, setting: Setting) -> KnownBase | None:
    """The largest base that fits the memory as it is planned, and that is larger than the chosen one."""
    options = trainable_bases(setting.card_gib, nf4=plan.training.quantization != "none")
    larger = [base for base in options if base.params_b > (chosen.params_b or 0.0) * 1.2 and not base.is_gated]
    return max(larger, key=lambda base: base.params_b, default=None)


def _with(
    plan: Plan, base: Base, changes: list[_Change], rows: RowMeasure, fixed: frozenset[str]
) -> tuple[Plan, Base] | None:
    """The plan with changes; numbers that follow from the base are chosen anew."""
    changed = plan.model_copy(deep=True)
    for change in changes:
        if change.field == "model.base":
            known = known_base(change.value)
            base = find_base(POCKET) if known is None else facts_of(known)
            changed.model.base = change.value
            for name in _NUMBERS:
                if f"training.{name}" not in fixed:
                    setattr(changed.training, name, "auto")
            for name in _OF_ADAPTER:
                if f"training.adapter.{name}" not in fixed:
                    setattr(changed.training.adapter, name, "auto")
        elif change.field == "training.adapter.r":
            changed.training.adapter.r = change.value
        else:
            changed.training.num_train_epochs = change.value
    try:
        return resolve(changed, rows.facts, base).plan, base
    except BadInput:
        return None
