"""Graphics cards, processors and prices as `resources/hardware.yaml` knows them. Prices have a date: they go stale."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field


class Card(BaseModel):
    """A graphics card.

    Attributes:
        name: part of what its driver calls it.
        memory_gib: of the usual variant.
        flops: dense products a second in 16 bits; None where no source was found.
        price_usd: lowest and highest price of an hour, rented; None where no source was found.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    memory_gib: float
    flops: float | None = None
    price_usd: tuple[float, float] | None = None
    price_source: str = ""
    source: str
    names: list[str] = Field(default_factory=list, description="how people write it, beside its name")


class Tokens(BaseModel):
    """What a million tokens cost at somebody's endpoint, US dollars."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    usd_in: float
    usd_out: float
    up_to_params_b: float | None = None
    source: str


class Hardware(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    gpus: list[Card]
    endpoints: list[Tokens]
    apis: list[Tokens]
    other_gpu: dict[str, Any]
    reached: dict[str, Any]
    processor: dict[str, Any]
    fixed_s: dict[str, Any]
    price_date: str


@functools.cache
def hardware() -> Hardware:
    """The file, read once."""
    from ruamel.yaml import YAML

    text = resources.files("resources").joinpath("hardware.yaml").read_text(encoding="utf-8")
    return Hardware.model_validate(cast("dict[str, Any]", YAML(typ="safe", pure=True).load(text)))


def find_card(name: str) -> Card | None:
    """The card that a driver or a person calls so: `NVIDIA A100-SXM4-80GB`, `rtx 4090`; the longest name counts."""
    plain = _plain(name)
    named = [(card, alias) for card in hardware().gpus for alias in (card.name, *card.names) if _plain(alias) in plain]
    return max(named, key=lambda each: len(each[1]))[0] if named else None


def _plain(name: str) -> str:
    return f" {' '.join(name.casefold().replace('-', ' ').split())} "


def price_of_hour(card: Card) -> float | None:
    """The middle of what an hour of a card costs, US dollars."""
    return None if card.price_usd is None else sum(card.price_usd) / 2
