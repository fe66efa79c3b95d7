"""The bases that the planner knows by name: `resources/base_models.yaml`."""

from __future__ import annotations

import functools
import math
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from assistant.planner.phrases import Phrase, parse_phrase
from assistant.planner.vocabulary import read_words
from pipeline.bases.base import POCKET, Base, find_base
from pipeline.machine.machine import GIB


class KnownBase(BaseModel):
    """Facts about a base, whether or not it is on this machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    source: str = Field(description="where its numbers come from; 0 where no source was found")
    params_b: float = Field(0.0, description="billions; 0 for the embedded base, whose files say it")
    context: int = 0
    head_size: int = 0
    hidden_size: int = 0
    layers: int = 0
    vocab_size: int = 0
    licence: str
    languages: list[str]
    names: list[str]
    family: str
    is_gated: bool = False

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """How people write it."""
        return tuple(parse_phrase(name) for name in self.names)

    @property
    def weights_gib(self) -> float:
        """Its weights in 16 bits."""
        return self.params_b * 1e9 * 2 / GIB


@functools.cache
def known_bases() -> tuple[KnownBase, ...]:
    """All of them, the smallest of each family first."""
    return tuple(KnownBase.model_validate(entry) for entry in read_words("base_models")["models"])


def hub_bases() -> list[KnownBase]:
    """Those of the hub."""
    return [base for base in known_bases() if base.id != POCKET]


def known_base(base_id: str) -> KnownBase | None:
    """The base with this id."""
    return next((base for base in known_bases() if base.id == base_id), None)


def facts_of(base: KnownBase) -> Base:
    """A base that is not here, as far as numbers are chosen from it; what is not known is typical of its size."""
    typical = typical_base(base.params_b, layers=base.layers)
    return replace(
        typical,
        id=base.id,
        context=base.context or typical.context,
        vocab_size=base.vocab_size or typical.vocab_size,
        hidden_size=base.hidden_size or typical.hidden_size,
        head_dim=base.head_size or typical.head_dim,
    )


def typical_base(params_b: float, *, layers: int = 0) -> Base:
    """A base of a size, shaped like the known one of the nearest size; rows are counted with the embedded tokenizer.

    Source:
        Kaplan et al. 2020, arXiv 2001.08361, section 2.1: 12 x layers x hidden size squared parameters.
    """
    shaped = [base for base in hub_bases() if base.hidden_size and base.layers]
    near = min(shaped, key=lambda base: abs(math.log(base.params_b / params_b)))
    layers = layers or near.layers
    hidden = max(64, round(math.sqrt(params_b * 1e9 / (12 * layers)) / 64) * 64)
    return replace(
        find_base(POCKET),
        id=f"a base of {params_b:g} billion parameters",
        params=round(params_b * 1e9),
        revision=None,
        licence="",
        context=4096,  # what nearly every chat model reads
        vocab_size=near.vocab_size,
        hidden_size=hidden,
        num_layers=layers,
        head_dim=near.head_size,
    )
