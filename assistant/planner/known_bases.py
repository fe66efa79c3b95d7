"""The bases that the planner knows by name: `resources/base_models.yaml`."""

from __future__ import annotations

import functools

from pydantic import BaseModel, ConfigDict, Field

from assistant.planner.phrases import Phrase, parse_phrase
from assistant.planner.vocabulary import read_words
from pipeline.bases.base import POCKET

GIB = 1024**3


class KnownBase(BaseModel):
    """Facts about a base, whether or not it is on this machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
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
