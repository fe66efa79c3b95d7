"""The recipe behind every `auto`: `resources/recipes/training.yaml` as typed entries."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib import resources

from pydantic import BaseModel, ConfigDict, Field


class Entry(BaseModel):
    """Numbers, and where they come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(min_length=10, description="paper, vendor or measurement")
    why: str = Field("", description="in the user's words")


class Choice(Entry):
    """A number that applies up to a limit; without a limit, always."""

    value: float
    up_to_params: float | None = None
    up_to_rows: float | None = None
    up_to_labels: float | None = None

    @property
    def limit(self) -> float:
        limits = (self.up_to_params, self.up_to_rows, self.up_to_labels)
        return next((limit for limit in limits if limit is not None), float("inf"))


class Factor(Entry):
    factor: float


class Threshold(Entry):
    up_to_params: float


class Steps(Entry):
    least: int
    most: int
    most_epochs: int


class Length(Entry):
    multiple: int = Field(description="tokens")
    room: int = Field(description="tokens")


class Checkpoints(Entry):
    per_run: int
    least: int = Field(description="steps")
    most: int = Field(description="steps")


class Recipe(BaseModel):
    """The whole file; every part is a list of entries."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    learning_rate: list[Choice]
    full_training: list[Factor]
    rank: dict[str, list[Choice]]
    alpha: list[Choice]
    dropout: list[Choice]
    embeddings: list[Choice]
    epochs: dict[str, list[Choice]]
    steps: list[Steps]
    tiny: list[Threshold]
    batch_size: list[Choice]
    least_steps_per_epoch: list[Choice]
    max_length: list[Length]
    checkpoints: list[Checkpoints]


def choose(choices: Sequence[Choice], size: float) -> Choice:
    """The first entry whose limit `size` does not exceed."""
    return next(choice for choice in choices if size <= choice.limit)


@functools.cache
def training_recipe() -> Recipe:
    """The recipe that is shipped."""
    from ruamel.yaml import YAML

    text = resources.files("resources").joinpath("recipes/training.yaml").read_text(encoding="utf-8")
    return Recipe.model_validate(YAML(typ="safe", pure=True).load(text))
