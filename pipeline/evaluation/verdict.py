"""The verdict: the statistically stated outcome of an evaluation, as `verdict.json`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import BadInput
from pipeline.evaluation.statistics import Outcome
from pipeline.files import read_json, write_json

ADAPTER = "adapter"
BASE = "base"
PROMPTED_BASE = "base+prompt"


class Part(BaseModel):
    """Base of the verdict's parts; a newer writer's fields are no error."""

    model_config = ConfigDict(extra="ignore")


class Difference(Part):
    """The adapter's value less an opponent's, 0 to 1, with its 95 % interval."""

    metric: str
    against: str = Field(description="model key")
    value: float
    low: float
    high: float
    outcome: Outcome
    p: float | None = Field(None, description="exact McNemar test; accuracy only")
    more_rows: int | None = Field(None, description="further test rows that would tell, where the outcome can't")


class GateResult(Part):
    """One gate of the plan."""

    metric: str
    rule: str
    measured: float | None = Field(description="against a model: the difference; null where it was not measured")
    passed: bool | None
    note: str = ""


class LabelScore(Part):
    """How well one label is found by each model, as the share of its rows that get it (recall)."""

    label: str
    rows: int
    recall: dict[str, float]
    precision: float | None = Field(description="of the adapter; null where it never gives the label")


class Confusion(Part):
    """How often the adapter gave one label in place of another."""

    expected: str
    given: str
    rows: int


class PromptChoice(Part):
    """Which prompt `base+prompt` has, and what it was chosen by."""

    style: str
    title: str
    examples: int = Field(description="examples that it shows")
    metric: str
    validation_rows: int = Field(description="0: nothing to choose by, the usual one was taken")
    validation: dict[str, float] = Field(default_factory=dict, description="style: metric on validation rows")


class Verdict(Part):
    """What an evaluation found. Models are adapter, base, base+prompt, majority and linear (TF-IDF)."""

    version: Literal[1] = 1
    run: str
    task: str
    n: int = Field(description="test rows that were measured")
    left_out: int = Field(0, description="test rows that are longer than the base's context")
    metrics: dict[str, dict[str, float]] = Field(description="model: metric: value")
    intervals: dict[str, dict[str, tuple[float, float]]] = Field(description="model: metric: 95 % interval")
    difference: Difference | None = Field(description="the deciding metric against the best base")
    differences: list[Difference]
    outcome: Outcome
    more_rows: int | None = None
    gates: list[GateResult] = Field(default_factory=list)
    prompt: PromptChoice | None = None
    labels: list[LabelScore] = Field(default_factory=list)
    confusions: list[Confusion] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list, description="what a reader has to know besides")
    seconds: dict[str, float] = Field(default_factory=dict, description="model: seconds of asking")
    text: str = ""


def write_verdict(path: Path, verdict: Verdict) -> None:
    """Replaces `verdict.json`."""
    write_json(path, verdict.model_dump(mode="json"))


def read_verdict(path: Path) -> Verdict:
    """Reads `verdict.json`.

    Raises:
        BadInput: `evaluation.no_verdict`, `evaluation.bad_verdict`.
    """
    if not path.is_file():
        raise BadInput("evaluation.no_verdict", f"{path.parent.name} has not been measured yet.", "Evaluate the run.")
    try:
        verdict = Verdict.model_validate(read_json(path))
        if ADAPTER not in verdict.metrics:
            raise ValueError("it says nothing about the adapter")
        return verdict
    except ValueError as error:
        raise BadInput("evaluation.bad_verdict", f"{path} can't be read: {error}", "Evaluate the run again.") from error
