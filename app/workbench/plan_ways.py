"""Ways to do what the open proposal does: cheap, balanced, best, as the planner's estimate offers them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BALANCED = "balanced"  # the proposal as it was made
Offer = Mapping[str, Any]  # one of the estimate's `choices`


@dataclass(frozen=True)
class Way:
    """One of them.

    Args:
        name: cheap, balanced or best.
        base, rank, passes: what it would train.
        cost_usd: None where it is not known.
        reasons: for what differs from the balanced one.
    """

    name: str
    base: str
    rank: str
    passes: str
    memory_gib: float
    seconds: float
    cost_usd: float | None
    reasons: tuple[str, ...]
    is_chosen: bool


def ways(offers: Sequence[Offer], values: Mapping[str, str], chosen: str) -> tuple[Way, ...]:
    """The ways in the planner's order; none where there is nothing to choose.

    Args:
        offers: of the proposal as it was made.
        values: its plain values by field.
        chosen: name of the way that the proposal follows.
    """
    return tuple(_way(offer, values, chosen) for offer in offers) if len(offers) > 1 else ()


def overrides(offers: Sequence[Offer], name: str) -> dict[str, str]:
    """What a way fixes, by field, as `FIELD=VALUE` takes it."""
    changes: Mapping[str, Any] = next((offer["changes"] for offer in offers if offer["name"] == name), {})
    return {field: json.dumps(value) for field, value in changes.items()}


def reasons(offers: Sequence[Offer], name: str) -> dict[str, str]:
    """Why a way differs from the balanced one, by field."""
    return next((dict(offer["reasons"]) for offer in offers if offer["name"] == name), {})


def _way(offer: Offer, values: Mapping[str, str], chosen: str) -> Way:
    def value(field: str) -> str:
        return str(offer["changes"].get(field, json.loads(values.get(field, '"?"'))))

    cost = offer.get("cost_usd")
    return Way(
        offer["name"],
        value("model.base"),
        value("training.adapter.r"),
        value("training.num_train_epochs").removesuffix(".0"),
        float(offer["memory_gib"]),
        float(offer["seconds"]),
        None if cost is None else float(cost),
        tuple(offer["reasons"].values()),
        offer["name"] == chosen,
    )
